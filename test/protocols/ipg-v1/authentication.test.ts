/** The bearer of IPG v1 is the encrypted API key. A request with another one is refused with INS-2, and says why. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { control } from "../../support/control.ts";
import {
  bearer,
  buildFields,
  collect,
  createApplication,
  getClientInfo,
  mozambique,
  pathTo,
  readLastRequest,
  summarise,
} from "../../support/ipg-v1.ts";
import { findOperation } from "../../../src/protocols/ipg-v1/operations.ts";
import {
  createTestSandbox,
  encryptTo,
  getPublicKey,
  type Reply,
  type TestSandbox,
} from "../../support/sandbox.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

function assertDenied(reply: Reply, reason: RegExp): void {
  assert.equal(summarise(reply), "401 INS-2");
  assert.equal(reply.body["output_ResponseDesc"], "Invalid API Key");
  assert.match(reply.body["output_error"] ?? "", reason);
  assert.equal(reply.body["output_TransactionID"], "N/A");
}

test("every mistake with a bearer has its own explanation", async () => {
  const { apiKey } = getClientInfo(sandbox);
  const session = await sandbox.session(mozambique);
  const { apiKey: liveKey } = await createApplication(sandbox, {
    environment: "live",
    shortcodes: ["171717"],
  });
  const livePublicKey = await getPublicKey(sandbox, "live");
  const cases: readonly (readonly [string, RegExp])[] = [
    ["", /^The Authorization header must be/],
    ["?", /^The bearer is not valid base64/],
    [Buffer.from(apiKey).toString("base64"), /^The bearer must decode to 512 bytes/],
    [sandbox.encrypt("no such key"), /^The bearer was not made from a key/],
    [sandbox.encrypt(`${apiKey}\n`), /^The key was encrypted with a line end/],
    [sandbox.encrypt(`"${apiKey}"`), /^The key was encrypted with other characters/],
    [sandbox.encrypt(` ${apiKey}`), /^The key was encrypted with spaces/],
    [session, /^This is a session key/],
    [sandbox.encrypt(sandbox.clientInfo.apiKey), /^This is an API key of another protocol/],
    [encryptTo(livePublicKey, apiKey), /^The key belongs to the other environment/],
    [encryptTo(livePublicKey, liveKey), /^The key belongs to the other environment/],
    [sandbox.encrypt(liveKey), /^The key belongs to the other environment/],
  ];
  for (const [text, reason] of cases) {
    assertDenied(await collect(sandbox, {}, { bearer: text }), reason);
    assert.match((await readLastRequest(sandbox)).decision, reason);
  }
  const without = await sandbox.raw("POST", pathTo(findOperation("ipgV1C2b")), {
    fields: buildFields("ipgV1C2b"),
  });
  assertDenied(without, /^The Authorization header must be/);
});

test("a key of IPG v1 opens no session of OpenAPI v2", async () => {
  const reply = await sandbox.raw("GET", `/sandbox/ipg/v2/${mozambique}/getSession/`, {
    bearer: bearer(sandbox),
  });
  assert.equal(summarise(reply), "400 INS-989");
});

test("a renewed key is inactive at once, and its requests are in the log under that key", async () => {
  const application = await createApplication(sandbox);
  const params = { id: application.id.toString() };
  const old = { bearer: application.bearer };
  assert.equal(summarise(await collect(sandbox, {}, old)), "201 INS-0");
  const { key: oldKey } = await readLastRequest(sandbox);
  const { apiKey } = await control(sandbox, "POST /applications/{id}/ipg-v1-key", { params, body: {} });

  assertDenied(await collect(sandbox, {}, old), /^The API key was renewed/);
  const row = await readLastRequest(sandbox);
  assert.equal(row.key, oldKey);
  assert.equal(row.apiKeyHint, application.apiKey.slice(-4));
  assert.equal(row.application, params.id);
  assert.match(row.decision, /^The API key was renewed/);
  // Also with a bearer that is new to this server.
  assertDenied(
    await collect(sandbox, {}, { bearer: sandbox.encrypt(application.apiKey) }),
    /^The API key was renewed/,
  );
  assert.equal(summarise(await collect(sandbox, {}, { bearer: sandbox.encrypt(apiKey) })), "201 INS-0");

  const { requests } = await control(sandbox, "GET /markets/{market}/requests", {
    params: { market: mozambique },
    query: { key: oldKey ?? "" },
  });
  assert.deepEqual(
    requests.map(({ code }) => code),
    ["INS-2", "INS-2", "INS-0"],
  );
});

test("a revoked application and an untrusted caller are refused with a cached bearer, too", async () => {
  const application = await createApplication(sandbox);
  const options = { bearer: application.bearer };
  const params = { id: application.id.toString() };
  assert.equal(summarise(await collect(sandbox, {}, options)), "201 INS-0");
  await control(sandbox, "PATCH /applications/{id}", { params, body: { trustedSources: ["192.0.2.1"] } });
  assertDenied(await collect(sandbox, {}, options), /^The caller's address/);
  await control(sandbox, "PATCH /applications/{id}", {
    params,
    body: { trustedSources: [], trustedOrigins: ["https://shop.example"] },
  });
  assertDenied(await collect(sandbox, {}, options), /^The Origin header/);
  await control(sandbox, "PATCH /applications/{id}", { params, body: { trustedOrigins: [] } });
  assert.equal(summarise(await collect(sandbox, {}, options)), "201 INS-0");
  await control(sandbox, "DELETE /applications/{id}", { params });
  assertDenied(await collect(sandbox, {}, options), /^The API key was revoked/);
});
