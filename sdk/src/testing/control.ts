/** The control API, by which a test does things to the sandbox that no customer or application could do. */
import { SandboxError } from "./sandbox-error.ts";

export interface Control {
  /** Asks it, and gives what it answers. Throws `SandboxError` with the server's own sentence. */
  <T = unknown>(method: string, path: string, body?: object): Promise<T>;
}

interface Door {
  readonly url: string;
  readonly token: string;
}

/** `lastWords` says why nobody answers, if that is known. */
export function openControl({ url, token }: Door, lastWords: () => string | null): Control {
  return async <T>(method: string, path: string, body?: object): Promise<T> => {
    let status: number;
    let said: string;
    try {
      const headers = { authorization: `Bearer ${token}` };
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(url + path, { method, headers, ...sent });
      status = response.status;
      said = await response.text();
    } catch (cause) {
      throw new SandboxError(lastWords() ?? `The sandbox at ${url} does not answer.`, { cause });
    }
    const answer = said === "" ? undefined : parsed(said);
    if (status >= 200 && status < 300) return answer as T;
    throw new SandboxError(`${method} ${path}: ${sentence(answer) ?? `it answered ${status}.`}`, {
      httpStatus: status,
    });
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function sentence(answer: unknown): string | null {
  const { message } = (answer ?? {}) as { message?: unknown };
  return typeof message === "string" ? message : null;
}
