/** Calls the portal's API as its pages do: from this machine, as the sandbox's own developer. */
import assert from "node:assert/strict";
import type { TestSandbox } from "./sandbox.ts";

export interface PortalResponse {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- any JSON of the route; the assertions check it
  readonly body: any;
}

/** Sends any request, and returns the response, whatever its status. */
export async function callPortal(
  sandbox: Pick<TestSandbox, "url">,
  method: string,
  path: string,
  body?: object,
): Promise<PortalResponse> {
  const response = await fetch(`${sandbox.url}/portal/api${path}`, {
    method,
    headers: {
      "sec-fetch-site": "same-origin",
      origin: sandbox.url,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

/** The body of a response that must be a success. */
export async function usePortal(...args: Parameters<typeof callPortal>): Promise<PortalResponse["body"]> {
  const { status, body } = await callPortal(...args);
  assert(status < 300, `${args[1]} ${args[2]}: ${status} ${JSON.stringify(body)}`);
  return body;
}
