/** Calls the control API with its token and without a browser's headers. */
import assert from "node:assert/strict";
import {
  buildRequest,
  parseResponse,
  sendRequest,
  type ControlParameters,
  type ControlCall,
  type ControlResult,
} from "../../src/api/control/client.ts";
import type { TestSandbox } from "./sandbox.ts";

/** A sandbox, of which the control API is called. */
type Target = Pick<TestSandbox, "url" | "platform">;

/** Makes a call that succeeds, with the types of its route. */
export async function control<Call extends ControlCall>(
  sandbox: Target,
  call: Call,
  ...args: ControlParameters<Call>
): Promise<ControlResult<Call>> {
  const response = await sendRequest(toEndpoint(sandbox), buildRequest(call, ...args));
  assert(response.status < 300, `${call}: ${response.status} ${response.text}`);
  return parseResponse(response) as ControlResult<Call>;
}

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

/** Sends any request, valid or not, and returns the response, whatever its status. */
export async function callControl(
  sandbox: Target,
  method: string,
  path: string,
  body?: unknown,
  { token, headers = {}, text }: ControlRequestOverrides = {},
): Promise<ControlResponse> {
  const endpoint = toEndpoint(sandbox);
  const response = await sendRequest(
    { ...endpoint, token: token ?? endpoint.token },
    { method, path, body: text ?? (body === undefined ? undefined : JSON.stringify(body)) },
    { headers },
  );
  return { status: response.status, body: response.text === "" ? null : JSON.parse(response.text) };
}

const toEndpoint = ({ url, platform }: Target) => ({
  url: `${url}/control/v1`,
  token: platform.controlToken,
});
