/** Who gets through to the control API, and what becomes of a request that it cannot read. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  callControl,
  type ControlResponse,
  type ControlRequestOverrides,
} from "../../../test/support/control.ts";
import { createTestSandbox, type TestSandbox } from "../../../test/support/sandbox.ts";
import { routes } from "./routes.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

const getStatus = (unusual: ControlRequestOverrides): Promise<ControlResponse> =>
  callControl(sandbox, "GET", "/status", undefined, unusual);
const getPort = (): string => new URL(sandbox.url).port;

// 200

test("whoever has the token learns the version, the environments and the time", async () => {
  sandbox.clock.set(new Date("2030-01-02T03:04:05.000Z"));
  const { status: code, body } = await getStatus({});

  assert.equal(code, 200);
  assert.match(body.version, /^\d+\.\d+\.\d+/);
  assert.deepEqual(body.environments, ["sandbox", "live"]);
  assert.match(body.now, /^2030-01-02T03:04:0/);
});

test("this machine's own names are answered, at any port, and so is a page of this very server", async () => {
  const table = ["127.0.0.1", "localhost", "LocalHost", "[::1]"].flatMap((host) => [
    host,
    `${host}:1`,
    `${host}:${getPort()}`,
  ]);
  for (const host of table) {
    assert.equal((await getStatus({ headers: { host } })).status, 200, host);
    assert.equal((await getStatus({ headers: { host, origin: `http://${host}` } })).status, 200, host);
    assert.equal((await getStatus({ headers: { host, origin: `https://${host}` } })).status, 200, host);
  }
});

// 400

test("what is no JSON is told apart from JSON that does not fit", async () => {
  const table = [
    { text: "", says: "The body is no JSON." },
    { text: "{", says: "The body is no JSON." },
    { text: "\0", says: "The body is no JSON." },
    { text: "[".repeat(1_000_000), says: "The body is no JSON." },
    { text: `${"[".repeat(200_000)}${"]".repeat(200_000)}`, says: "The body must be object." },
    { text: "null", says: "The body must be object." },
    { text: '{"customers":[],"__proto__":{}}', says: "__proto__ is no field of this request." },
    { text: '{"customers":{}}', says: "customers must be array." },
    { text: '{"customers":[]}', says: "customers must NOT have fewer than 1 items." },
  ];
  for (const { text, says: message } of table) {
    const reply = await callControl(sandbox, "POST", "/markets/vodacomTZN/customers", undefined, { text });
    assert.deepEqual(reply, { status: 400, body: { error: "Bad Request", message } }, text.slice(0, 40));
  }
});

// 401

test("without the token, with another and with half of it, there is nothing to see", async () => {
  const { controlToken } = sandbox.platform.sandbox;
  for (const token of ["", "wrong", controlToken.slice(1), `${controlToken}x`]) {
    const reply = await getStatus({ token });
    assert.equal(reply.status, 401);
    assert.match(reply.body.message, /needs its token/);
  }
  assert.equal((await getStatus({ headers: { authorization: controlToken } })).status, 401);
});

// 403

test("a page of another place is refused, even one that lies about nothing else", async () => {
  const host = `127.0.0.1:${getPort()}`;
  const origins = [
    "http://evil.example",
    "null",
    "*",
    "http://127.0.0.1:1",
    "http://localhost",
    `ftp://${host}`,
    `http://${host}/`,
  ];
  for (const origin of origins) {
    const reply = await getStatus({ headers: { host, origin } });
    assert.equal(reply.status, 403, origin);
    assert.match(reply.body.message, /Origin/);
  }
});

// 404

test("what is not there is answered in JSON", async () => {
  assert.equal((await callControl(sandbox, "GET", "/nothing")).status, 404);
  assert.equal((await callControl(sandbox, "PUT", "/status")).status, 404);
});

test("a market that does not exist is named as the reason, on every path that has one", async () => {
  const inMarkets = routes.filter(({ method, path }) => method === "GET" && path.includes("{market}"));
  for (const { path } of inMarkets) {
    for (const market of ["nowhere", "toString", "__proto__", "safaricomKEN", "%00"]) {
      const reply = await callControl(
        sandbox,
        "GET",
        path.replace("{market}", market).replaceAll(/\{\w+\}/g, "0000"),
      );
      assert.equal(reply.status, 404, path);
      assert.match(reply.body.message, /There is no such market. The markets: vodafoneGHA, /);
    }
  }
});

// 413

test("a body of more than four megabytes is cut off", async () => {
  const text = JSON.stringify({ customers: "x".repeat(5_000_000) });
  const reply = await callControl(sandbox, "POST", "/markets/vodacomTZN/customers", undefined, {
    text,
  }).catch(() => null);
  if (reply !== null) assert.equal(reply.status, 413);
});

// 421

test("a name that was made to resolve to this machine is not answered, with the token or without", async () => {
  for (const host of [
    "evil.example",
    `evil.example:${getPort()}`,
    "127.0.0.1.evil.example",
    "localhost.",
    "127.0.0.1@evil.example",
  ]) {
    for (const token of [sandbox.platform.sandbox.controlToken, "wrong"]) {
      const reply = await getStatus({ token, headers: { host } });
      assert.equal(reply.status, 421, host);
      assert.match(reply.body.message, /Host header/);
    }
  }
});
