/** Access control of the control API, and invalid requests. */
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

test("with the token, the status has the version, the environments and the time", async () => {
  sandbox.clock.set(new Date("2030-01-02T03:04:05.000Z"));
  const { status: code, body } = await getStatus({});

  assert.equal(code, 200);
  assert.match(body.version, /^\d+\.\d+\.\d+/);
  assert.deepEqual(body.environments, ["sandbox", "live"]);
  assert.match(body.now, /^2030-01-02T03:04:0/);
});

test("names of this machine are accepted with any port, and so are pages of this server", async () => {
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

test("invalid JSON and invalid fields have different messages", async () => {
  const table = [
    { text: "", message: "The body must be object." },
    { text: "{", message: "The body is not valid JSON." },
    { text: "\0", message: "The body is not valid JSON." },
    { text: "[".repeat(1_000_000), message: "The body is not valid JSON." },
    { text: `${"[".repeat(200_000)}${"]".repeat(200_000)}`, message: "The body must be object." },
    { text: "null", message: "The body must be object." },
    {
      text: '{"customers":[],"__proto__":{}}',
      message: "__proto__ is not a field of this request. The fields: customers.",
    },
    { text: '{"customers":{}}', message: "customers must be array." },
    { text: '{"customers":[]}', message: "customers must not have fewer than 1 items." },
  ];
  for (const { text, message } of table) {
    const reply = await callControl(sandbox, "POST", "/markets/vodacomTZN/customers", undefined, { text });
    assert.deepEqual(reply, { status: 400, body: { error: "Bad Request", message } }, text.slice(0, 40));
  }
});

// 401

test("a missing, wrong or incomplete token is refused", async () => {
  const { controlToken } = sandbox.platform;
  for (const token of ["", "wrong", controlToken.slice(1), `${controlToken}x`]) {
    const reply = await getStatus({ token });
    assert.equal(reply.status, 401);
    assert.match(reply.body.message, /requires its token/);
  }
  assert.equal((await getStatus({ headers: { authorization: controlToken } })).status, 401);
});

// 403

test("a page of another origin is refused", async () => {
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

test("an unknown path gets a JSON response", async () => {
  assert.equal((await callControl(sandbox, "GET", "/nothing")).status, 404);
  assert.equal((await callControl(sandbox, "PUT", "/status")).status, 404);
});

test("every path with a market refuses an unknown one with a message", async () => {
  const inMarkets = routes.filter(({ method, path }) => method === "GET" && path.includes("{market}"));
  for (const { path } of inMarkets) {
    for (const market of ["nowhere", "toString", "__proto__", "safaricomUGA", "%00"]) {
      const reply = await callControl(
        sandbox,
        "GET",
        path.replace("{market}", market).replaceAll(/\{\w+\}/g, "0000"),
      );
      assert.equal(reply.status, 404, path);
      assert.match(reply.body.message, /Unknown market. The markets: vodafoneGHA, /);
    }
  }
});

// 413

test("a body of more than four megabytes is refused", async () => {
  const text = JSON.stringify({ customers: "x".repeat(5_000_000) });
  const reply = await callControl(sandbox, "POST", "/markets/vodacomTZN/customers", undefined, {
    text,
  }).catch(() => null);
  if (reply !== null) assert.equal(reply.status, 413);
});

// 421

test("a foreign host name that resolves to this machine is refused, with or without the token", async () => {
  for (const host of [
    "evil.example",
    `evil.example:${getPort()}`,
    "127.0.0.1.evil.example",
    "localhost.",
    "127.0.0.1@evil.example",
  ]) {
    for (const token of [sandbox.platform.controlToken, "wrong"]) {
      const reply = await getStatus({ token, headers: { host } });
      assert.equal(reply.status, 421, host);
      assert.match(reply.body.message, /Host header/);
    }
  }
});
