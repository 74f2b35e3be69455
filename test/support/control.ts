/** The control API as a test uses it: with the token, and none of the headers that a browser adds. */
import { request } from "node:http";
import type { TestSandbox } from "./sandbox.ts";

export interface ControlResponse {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever JSON the route answers; the assertions say what it should be
  readonly body: any;
}

export interface ControlRequestOverrides {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent instead of `body`, as it is. */
  readonly text?: string;
}

/** `node:http` rather than `fetch`, which would not let a test say which Host it asks. */
export async function callControl(
  sandbox: TestSandbox,
  method: string,
  path: string,
  body?: unknown,
  overrides: ControlRequestOverrides = {},
): Promise<ControlResponse> {
  const { controlToken } = sandbox.platform.sandbox;
  const text = overrides.text ?? (body === undefined ? undefined : JSON.stringify(body));
  const headers = { authorization: `Bearer ${overrides.token ?? controlToken}`, ...overrides.headers };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${sandbox.url}/control/v1${path}`,
      { method, headers, agent: false },
      (response) => {
        response.setEncoding("utf8");
        let responseText = "";
        response.on("data", (chunk: string) => (responseText += chunk));
        response.on("end", () => {
          resolve({
            status: response.statusCode ?? 0,
            body: responseText === "" ? null : JSON.parse(responseText),
          });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(text);
  });
}
