/** Calls the control API with its token and without a browser's headers. */
import { request } from "node:http";
import type { TestSandbox } from "./sandbox.ts";

export interface ControlResponse {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- any JSON of the route; the assertions check it
  readonly body: any;
}

export interface ControlRequestOverrides {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent unchanged instead of `body`. */
  readonly text?: string;
}

/** Uses `node:http` because `fetch` does not allow a test to set the Host header. */
export async function callControl(
  sandbox: TestSandbox,
  method: string,
  path: string,
  body?: unknown,
  overrides: ControlRequestOverrides = {},
): Promise<ControlResponse> {
  const { controlToken } = sandbox.platform;
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
