/** Calls the control API, which a test uses to change the sandbox's state. */
import { SandboxError } from "./sandbox-error.ts";

export interface CallControl {
  /** Sends a request and returns the response body. Throws `SandboxError` with the server's message. */
  <T = unknown>(method: string, path: string, body?: object): Promise<T>;
}

interface ControlEndpoint {
  readonly url: string;
  readonly token: string;
}

/** `exitReport` returns why the server ended, if that is known. */
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
      throw new SandboxError(exitReport() ?? `The sandbox at ${url} does not respond. Is it running?`, {
        cause,
      });
    }
    const parsedBody = text === "" ? undefined : parseJson(text);
    if (status >= 200 && status < 300) return parsedBody as T;
    throw new SandboxError(`${method} ${path}: ${readMessage(parsedBody) ?? `HTTP ${status}.`}`, {
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
