/** The local tools open without a password, so whatever is not a browser or a page on this machine must not reach them. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { after, before, test } from "node:test";
import { getOrCreateLocalPassword } from "../../src/accounts/local-password.ts";
import { sandboxDeveloper } from "../../src/developers/sandbox-developer.ts";
import { callPortal, toPageHeaders } from "../support/developers.ts";
import { testSecretKey } from "../support/cluster.ts";
import { createTestSandbox, type TestSandbox } from "../support/sandbox.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

/** The status of a request with exactly these headers: fetch does not allow another Host. */
function send(
  path: string,
  headers: Readonly<Record<string, string>>,
  { method = "GET", host = "127.0.0.1" }: { readonly method?: string; readonly host?: string } = {},
): Promise<number> {
  const { port } = new URL(sandbox.url);
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host,
      port,
      path,
      method,
      headers: { host: `127.0.0.1:${port}`, ...headers },
    });
    outgoing.once("error", reject);
    outgoing.once("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    outgoing.end();
  });
}

const account = "/portal/api/account";
const page = { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" };
const navigation = { "sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };

test("a page of this server, and a plain navigation, reach the local tools", async () => {
  assert.equal(await send(account, page), 200);
  assert.equal(await send("/mailbox", navigation), 200);
  assert.equal(
    await send("/mailbox", { ...navigation, "sec-fetch-site": "cross-site" }),
    200,
    "a link elsewhere",
  );
});

test("forwarded requests, foreign hosts, other sites and programs do not", async () => {
  const { port } = new URL(sandbox.url);
  for (const headers of [
    {},
    { "sec-fetch-site": "none" },
    // As nginx without settings for it.
    { ...page, connection: "close" },
    ...[
      "forwarded",
      "via",
      "x-forwarded-for",
      "x-forwarded-host",
      "x-forwarded-proto",
      "x-forwarded-port",
      "cf-connecting-ip",
      "true-client-ip",
      "x-real-ip",
    ].map((name) => ({
      ...page,
      [name]: "127.0.0.1",
    })),
  ])
    assert.equal(await send(account, headers), 401, JSON.stringify(headers));
  for (const headers of [
    { ...page, "sec-fetch-site": "cross-site" },
    { ...page, "sec-fetch-site": "same-site" },
    { ...page, origin: "https://shop.example" },
    { ...page, origin: `http://localhost.shop.example:${port}` },
    { ...page, origin: "null" },
  ])
    assert.equal(await send(account, headers), 403, JSON.stringify(headers));
  for (const host of [
    "shop.example",
    `127.0.0.1.shop.example:${port}`,
    "localhost.",
    "127.0.0.1@shop.example",
    "127.1",
  ])
    assert.equal(await send(account, { ...page, host }), 421, host);
});

test("a request of HTTP/1.0, as older proxies send it, does not", async () => {
  const { port } = new URL(sandbox.url);
  const socket = connect(Number(port), "127.0.0.1");
  const lines = Object.entries(page).map(([name, value]) => `${name}: ${value}`);
  socket.write([`GET ${account} HTTP/1.0`, `host: 127.0.0.1:${port}`, ...lines, "", ""].join("\r\n"));
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  assert.match(text, /^HTTP\/1\.1 401 /);
});

test("the mailbox is closed for forwarded requests, foreign hosts, frames, scripts and forms of other sites", async () => {
  for (const headers of [
    {},
    page,
    { ...navigation, "x-forwarded-for": "127.0.0.1" },
    { ...navigation, host: "shop.example" },
    { ...navigation, "sec-fetch-site": "cross-site", "sec-fetch-dest": "iframe" },
    { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" },
  ]) {
    const expected = headers === page ? 200 : 403;
    assert.equal(await send("/mailbox", headers), expected, JSON.stringify(headers));
  }
  const { headers } = await fetch(`${sandbox.url}/mailbox`, { headers: navigation });
  assert.match(headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/);
});

test("a peer that is not this machine reaches nothing, whatever it sends", async (t) => {
  const address = Object.values(networkInterfaces())
    .flat()
    .find((each) => each?.family === "IPv4" && !each.internal)?.address;
  if (address === undefined) return t.diagnostic("this machine has the loopback interface only");
  const everywhere = await createTestSandbox({ host: "0.0.0.0" });
  try {
    const { port } = new URL(everywhere.url);
    const response = await new Promise<number>((resolve, reject) => {
      const outgoing = request({
        host: address,
        port,
        path: account,
        localAddress: address,
        headers: { host: `127.0.0.1:${port}`, ...page },
      });
      outgoing.once("error", reject);
      outgoing.once("response", (incoming) => {
        incoming.resume();
        resolve(incoming.statusCode ?? 0);
      });
      outgoing.end();
    });
    assert.equal(response, 401);
  } finally {
    await everywhere[Symbol.asyncDispose]();
  }
});

test("the password of sandbox.json signs in on this machine alone, and its session is worth nothing elsewhere", async () => {
  const password = await getOrCreateLocalPassword(sandbox.stores.main, testSecretKey);
  const body = { email: sandboxDeveloper.email, password };
  const headers = toPageHeaders(sandbox);
  const signIn = (from: Readonly<Record<string, string>>, to = sandbox, content: object = body) =>
    callPortal(to, from, "POST", "/account/sign-in", content);
  assert.equal((await signIn(headers, sandbox, { ...body, password: "wrong" })).status, 401);
  assert.equal((await signIn({ ...headers, "x-forwarded-for": "127.0.0.1" })).status, 401);
  const signedIn = await signIn(headers);
  assert.equal(signedIn.status, 200);
  const cookie = /^[^;]+/.exec(signedIn.headers.getSetCookie()[0] ?? "")?.[0] ?? "";
  const local = await callPortal(sandbox, { ...headers, cookie }, "GET", "/session");
  assert.deepEqual([local.body.developer.isLocal, local.body.developer.hasSession], [true, true]);
  const forwarded = { ...headers, cookie, "x-forwarded-for": "127.0.0.1" };
  assert.equal((await callPortal(sandbox, forwarded, "GET", "/account")).status, 401);
  assert.equal(
    (await callPortal(sandbox, { cookie }, "GET", "/account")).status,
    401,
    "a program with the cookie",
  );
});

test("no one can register or reset the sandbox's own developer, or change them by a page", async () => {
  const { email } = sandboxDeveloper;
  const headers = toPageHeaders(sandbox);
  const password = "correct horse battery";
  await callPortal(sandbox, headers, "POST", "/account/register", { email, name: "x", password });
  await callPortal(sandbox, headers, "POST", "/account/reset-link", { email });
  const other = { email: "after@example.com", name: "x", password };
  await callPortal(sandbox, headers, "POST", "/account/register", other);
  const mails = async () => sandbox.stores.main`select 1 from mails`;
  while ((await mails()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal((await mails()).length, 1, "the later registration has the only mail");
  for (const [method, path, body] of [
    ["PATCH", "/account", { name: "x" }],
    ["POST", "/account/password", { currentPassword: "x", password }],
    ["POST", "/account/email", { email: "x@example.com", currentPassword: "x" }],
    ["POST", "/account/second-factor", { currentPassword: "x" }],
  ] as const)
    assert.equal((await callPortal(sandbox, headers, method, path, body)).status, 403, path);
});

test("without the local tools, nothing opens without a session", async () => {
  const closed = await createTestSandbox({ portal: { localTools: false } });
  try {
    const password = await getOrCreateLocalPassword(closed.stores.main, testSecretKey);
    const headers = toPageHeaders(closed);
    assert.equal((await callPortal(closed, headers, "GET", "/account")).status, 401);
    const body = { email: sandboxDeveloper.email, password };
    assert.equal((await callPortal(closed, headers, "POST", "/account/sign-in", body)).status, 401);
    assert.equal((await fetch(`${closed.url}/mailbox`, { headers: navigation })).status, 403);
  } finally {
    await closed[Symbol.asyncDispose]();
  }
});
