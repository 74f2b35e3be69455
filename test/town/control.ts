/** The control API as a test uses it: with the token, and none of the headers that a browser adds. */
import { request } from "node:http";
import type { Town } from "./town.ts";

export interface ControlReply {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever JSON the route answers; the assertions say what it should be
  readonly body: any;
}

export interface Unusual {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent instead of `body`, as it is. */
  readonly text?: string;
}

/** `node:http` rather than `fetch`, which would not let a test say which Host it asks. */
export async function control(
  town: Town,
  method: string,
  path: string,
  body?: unknown,
  unusual: Unusual = {},
): Promise<ControlReply> {
  const { controlToken } = town.platform.sandbox;
  const text = unusual.text ?? (body === undefined ? undefined : JSON.stringify(body));
  const headers = { authorization: `Bearer ${unusual.token ?? controlToken}`, ...unusual.headers };
  return new Promise((resolve, reject) => {
    const sent = request(`${town.url}/control/v1${path}`, { method, headers, agent: false }, (response) => {
      response.setEncoding("utf8");
      let answer = "";
      response.on("data", (piece: string) => (answer += piece));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, body: answer === "" ? null : JSON.parse(answer) });
      });
    });
    sent.on("error", reject);
    sent.end(text);
  });
}
