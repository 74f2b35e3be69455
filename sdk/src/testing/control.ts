/** The control API, by which a test does things to the sandbox that no customer or application could do. */
import { SandboxError } from "./sandbox-error.ts";

export interface CallControl {
  /** Asks it, and gives what it answers. Throws `SandboxError` with the server's own sentence. */
  <T = unknown>(method: string, path: string, body?: object): Promise<T>;
}

interface ControlEndpoint {
  readonly url: string;
  readonly token: string;
}

/** `lastWords` says why nobody answers, if that is known. */
export function createCallControl(
  { url, token }: ControlEndpoint,
  exitReport: () => string | null,
): CallControl {
  return async <T>(method: string, path: string, body?: object): Promise<T> => {
    let status: number;
    let text: string;
    try {
      const headers = { authorization: `Bearer ${token}` };
      const bodyInit = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(url + path, { method, headers, ...bodyInit });
      status = response.status;
      text = await response.text();
    } catch (cause) {
      throw new SandboxError(exitReport() ?? `The sandbox at ${url} does not answer.`, { cause });
    }
    const parsedBody = text === "" ? undefined : parseJson(text);
    if (status >= 200 && status < 300) return parsedBody as T;
    throw new SandboxError(`${method} ${path}: ${readMessage(parsedBody) ?? `it answered ${status}.`}`, {
      httpStatus: status,
    });
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function readMessage(body: unknown): string | null {
  const { message } = (body ?? {}) as { message?: unknown };
  return typeof message === "string" ? message : null;
}
