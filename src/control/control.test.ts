/** Who gets through to the control API, and what becomes of a request that it cannot read. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { control, type ControlReply, type Unusual } from "../../test/town/control.ts";
import { openTown, type Town } from "../../test/town/town.ts";
import { routes } from "./routes.ts";

let town: Town;
before(async () => {
  town = await openTown();
});
after(() => town[Symbol.asyncDispose]());

const status = (unusual: Unusual): Promise<ControlReply> =>
  control(town, "GET", "/status", undefined, unusual);
const port = (): string => new URL(town.url).port;

// 200

test("whoever has the token learns the version, the environments and the time", async () => {
  town.clock.set(new Date("2030-01-02T03:04:05.000Z"));
  const { status: code, body } = await status({});

  assert.equal(code, 200);
  assert.match(body.version, /^\d+\.\d+\.\d+/);
  assert.deepEqual(body.environments, ["sandbox", "live"]);
  assert.match(body.now, /^2030-01-02T03:04:0/);
});

test("this machine's own names are answered, at any port, and so is a page of this very server", async () => {
  const table = ["127.0.0.1", "localhost", "LocalHost", "[::1]"].flatMap((host) => [
    host,
    `${host}:1`,
    `${host}:${port()}`,
  ]);
  for (const host of table) {
    assert.equal((await status({ headers: { host } })).status, 200, host);
    assert.equal((await status({ headers: { host, origin: `http://${host}` } })).status, 200, host);
    assert.equal((await status({ headers: { host, origin: `https://${host}` } })).status, 200, host);
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
  for (const { text, says } of table) {
    const reply = await control(town, "POST", "/markets/vodacomTZN/customers", undefined, { text });
    assert.deepEqual(
      reply,
      { status: 400, body: { error: "Bad Request", message: says } },
      text.slice(0, 40),
    );
  }
});

// 401

test("without the token, with another and with half of it, there is nothing to see", async () => {
  const { controlToken } = town.platform.sandbox;
  for (const token of ["", "wrong", controlToken.slice(1), `${controlToken}x`]) {
    const reply = await status({ token });
    assert.equal(reply.status, 401);
    assert.match(reply.body.message, /needs its token/);
  }
  assert.equal((await status({ headers: { authorization: controlToken } })).status, 401);
});

// 403

test("a page of another place is refused, even one that lies about nothing else", async () => {
  const host = `127.0.0.1:${port()}`;
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
    const reply = await status({ headers: { host, origin } });
    assert.equal(reply.status, 403, origin);
    assert.match(reply.body.message, /Origin/);
  }
});

// 404

test("what is not there is answered in JSON", async () => {
  assert.equal((await control(town, "GET", "/nothing")).status, 404);
  assert.equal((await control(town, "PUT", "/status")).status, 404);
});

test("a market that does not exist is named as the reason, on every path that has one", async () => {
  const inMarkets = routes.filter(({ method, path }) => method === "GET" && path.includes("{market}"));
  for (const { path } of inMarkets) {
    for (const market of ["nowhere", "toString", "__proto__", "safaricomKEN", "%00"]) {
      const reply = await control(
        town,
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
  const reply = await control(town, "POST", "/markets/vodacomTZN/customers", undefined, { text }).catch(
    () => null,
  );
  if (reply !== null) assert.equal(reply.status, 413);
});

// 421

test("a name that was made to resolve to this machine is not answered, with the token or without", async () => {
  for (const host of [
    "evil.example",
    `evil.example:${port()}`,
    "127.0.0.1.evil.example",
    "localhost.",
    "127.0.0.1@evil.example",
  ]) {
    for (const token of [town.platform.sandbox.controlToken, "wrong"]) {
      const reply = await status({ token, headers: { host } });
      assert.equal(reply.status, 421, host);
      assert.match(reply.body.message, /Host header/);
    }
  }
});
