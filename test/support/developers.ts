/** Developers of the portal, signed in with a session of their own, as a browser is. */
import assert from "node:assert/strict";
import { createSession } from "../../src/accounts/sessions.ts";
import { findOrCreateDeveloper } from "../../src/store/main/applications.ts";
import type { TestSandbox } from "./sandbox.ts";

export interface PortalReply {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- any JSON of the route
  readonly body: any;
}

export interface TestDeveloper {
  readonly id: bigint;
  readonly email: string;
  readonly name: string;
  /** The cookie's token. */
  readonly token: string;
  /** The headers of a page of the workspace, with the session's cookie. */
  readonly headers: Readonly<Record<string, string>>;
  /** Calls the portal's API as a page does: `call("GET", "/applications")`. */
  call(method: string, path: string, body?: object): Promise<PortalReply>;
}

let developerCount = 0;

/** A developer with a session, who is not the sandbox's own one. */
export async function createDeveloper(
  sandbox: TestSandbox,
  name = `Developer ${(developerCount += 1)}`,
): Promise<TestDeveloper> {
  const email = `${name.toLowerCase().replaceAll(/\W+/g, ".")}@example.com`;
  const { main } = sandbox.stores;
  const id = await main.begin((tx) => findOrCreateDeveloper(tx, email, name));
  const token = await createSession(main, id, { address: "127.0.0.1", userAgent: "test" });
  const headers = toPageHeaders(sandbox, token);
  return {
    id,
    email,
    name,
    token,
    headers,
    call: (method, path, body) => callPortal(sandbox, headers, method, path, body),
  };
}

/** The headers that a browser sends from a page of the workspace. Without a token, it has no session. */
export const toPageHeaders = (
  { url }: Pick<TestSandbox, "url">,
  token: string | null = null,
): Readonly<Record<string, string>> => ({
  origin: url,
  "sec-fetch-site": "same-origin",
  "sec-fetch-mode": "cors",
  "sec-fetch-dest": "empty",
  ...(token === null ? {} : { cookie: `pesarail_session=${token}` }),
});

export async function callPortal(
  { url }: Pick<TestSandbox, "url">,
  headers: Readonly<Record<string, string>>,
  method: string,
  path: string,
  body?: object,
): Promise<PortalReply> {
  const response = await fetch(`${url}/portal/api${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  assert(response.status < 500, `${method} ${path}: ${text}`);
  return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
}
