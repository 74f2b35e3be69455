/** OAuth, and the errors of each family for a token that is not accepted. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { stkPush } from "../../../src/protocols/daraja/operations/stk-push.ts";
import { control } from "../../support/control.ts";
import { families } from "../../../src/protocols/daraja/families.ts";
import { operations } from "../../../src/protocols/daraja/operations.ts";
import {
  basic,
  createDarajaApplication,
  createDarajaClient,
  createDarajaClientAt,
  listenLive,
  readLastDecision,
  registerShortcodes,
  stkFields,
  type DarajaTestClient,
} from "../../support/daraja.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
let client: DarajaTestClient;
before(async () => {
  sandbox = await createTestSandbox();
  await registerShortcodes(sandbox, [{ shortcode: "174379", name: "Daraja sandbox" }]);
  client = createDarajaClient(sandbox);
});
after(() => sandbox[Symbol.asyncDispose]());

const oauthPath = "/oauth/v1/generate?grant_type=client_credentials";
const getOauth = (path: string, authorization?: string) =>
  client.send(path, authorization === undefined ? {} : { headers: { authorization } });

test("a token has 28 letters and digits, and its lifetime is a text", async () => {
  const reply = await getOauth(oauthPath, basic(client.keys));
  assert.equal(reply.status, 200);
  assert.match(reply.text, /^\{"access_token":"[A-Za-z0-9]{28}","expires_in":"3599"\}$/);
});

test("OAuth refuses a missing or wrong credential, another scheme, and another grant", async () => {
  const wrong = { ...client.keys, consumerSecret: "x" };
  const expectRefusal = async (path: string, authorization: string | undefined, code: string) => {
    const reply = await getOauth(path, authorization);
    assert.equal(reply.status, 400, reply.text);
    assert.equal(reply.body["errorCode"], code);
    assert.deepEqual(Object.keys(reply.body), ["requestId", "errorCode", "errorMessage"]);
  };
  await expectRefusal(oauthPath, undefined, "400.008.01");
  await expectRefusal(oauthPath, "Bearer x", "400.008.01");
  await expectRefusal(oauthPath, "Basic x", "400.008.01");
  await expectRefusal(oauthPath, basic(wrong), "400.008.01");
  await expectRefusal(oauthPath, basic({ ...client.keys, consumerKey: "y" }), "400.008.01");
  await expectRefusal("/oauth/v1/generate", basic(client.keys), "400.008.02");
  await expectRefusal("/oauth/v1/generate?grant_type=password", basic(client.keys), "400.008.02");
});

test("the secret of another application is refused, and the log has the reason", async () => {
  const other = await createDarajaApplication(sandbox, ["darajaExpress"]);
  const mixed = { consumerKey: client.keys.consumerKey, consumerSecret: other.consumerSecret };
  assert.equal((await getOauth(oauthPath, basic(mixed))).body["errorCode"], "400.008.01");
});

test("an application of live gets no token in the sandbox", async () => {
  const live = await createDarajaApplication(sandbox, ["darajaExpress"], "live");
  assert.equal((await getOauth(oauthPath, basic(live))).body["errorCode"], "400.008.01");
});

test("a token lives 3599 seconds of business time", async () => {
  const token = await client.getToken();
  const push = () => client.post(stkPush.path, stkFields(), { token });
  assert.equal((await push()).status, 200);
  sandbox.clock.advance(3598_000);
  assert.equal((await push()).status, 200);
  sandbox.clock.advance(1_000);
  const expired = await push();
  assert.equal(expired.status, 404);
  assert.equal(expired.body["errorCode"], "404.001.03");
  assert.equal(expired.body["errorMessage"], "Invalid Access Token");
});

test("a missing, unknown or malformed token is 404.001.03 in the family of STK", async () => {
  for (const authorization of ["", "Bearer", "Bearer unknown", "Basic abc", `Bearer ${"x".repeat(5000)}`]) {
    const reply = await client.send(stkPush.path, {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify(stkFields()),
    });
    assert.equal(reply.status, 404, authorization);
    assert.equal(reply.body["errorCode"], "404.001.03");
    assert.equal(typeof reply.body["requestId"], "string");
  }
});

test("the request log says why a token was refused, which the response does not", async () => {
  const expectRefusal = async (token: string, decision: RegExp): Promise<void> => {
    const reply = await client.post(stkPush.path, stkFields(), { token });
    assert.deepEqual(
      [reply.status, reply.body["errorCode"], reply.body["errorMessage"]],
      [404, "404.001.03", "Invalid Access Token"],
    );
    const logged = await readLastDecision(sandbox);
    assert.match(logged, decision);
    assert(!logged.includes(token), logged);
  };
  await expectRefusal("neverissuedneverissuedneveri", /^No access token of this server has this text\.$/);
  const token = await client.getToken();
  sandbox.clock.advance(3_600_000);
  await expectRefusal(token, /^The access token has expired: it is good for 3599 seconds\.$/);
  // A day later it is still known.
  sandbox.clock.advance(22 * 3_600_000);
  await expectRefusal(token, /has expired/);

  const { id, ...keys } = await createDarajaApplication(sandbox, ["darajaQr"]);
  const early = await client.getToken(keys);
  await expectRefusal(early, /^The application does not have the product darajaExpress\.$/);
  await control(sandbox, "PATCH /applications/{id}", {
    params: { id: id.toString() },
    body: { products: { darajaExpress: {} } },
  });
  await expectRefusal(
    early,
    /^The application got the product darajaExpress after the token was issued: get a new token\.$/,
  );

  const live = await createDarajaApplication(sandbox, ["darajaExpress"], "live");
  await using server = await listenLive(sandbox);
  const foreign = await createDarajaClientAt(server.url, live).getToken();
  await expectRefusal(foreign, /^The access token belongs to the other environment\.$/);
  // Its application is not the sandbox's, and its requests in live are not in this log.
  assert.equal((await getOauth(oauthPath, basic(live))).status, 400);
  assert.match(await readLastDecision(sandbox), /^The application belongs to the other environment\.$/);
});

test("each family refuses a token in its own form, and the log separates a missing product from a bad token", async () => {
  const token = await client.getToken(await createDarajaApplication(sandbox, ["darajaQr"]));
  for (const operation of operations) {
    for (const [sent, failure] of [
      ["unknown", "unknown"],
      [token, "product_missing"],
    ] as const) {
      if (operation.product === "darajaQr" && sent === token) continue;
      const reply = await client.post(operation.path, {}, { token: sent });
      const { status, code, message, requestId } = families[operation.family].invalidToken(
        failure,
        sent.slice(0, 4),
      );
      assert.deepEqual(
        [reply.status, reply.body["errorCode"], reply.body["errorMessage"]],
        [status, code, message],
        `${operation.name} ${failure}`,
      );
      assert.equal("requestId" in reply.body, requestId !== null);
      assert.match(
        await readLastDecision(sandbox),
        failure === "unknown" ? /^No access token/ : new RegExp(`product ${operation.product}\\.$`),
      );
    }
  }
});

test("earlier tokens stay good, and a token is not good for a product that its application got later", async () => {
  const first = await client.getToken();
  await client.getToken();
  assert.equal((await client.post(stkPush.path, stkFields(), { token: first })).status, 200);

  const keys = await createDarajaApplication(sandbox, ["darajaQr"]);
  const token = await client.getToken(keys);
  const without = await client.post(stkPush.path, stkFields(), { token });
  assert.equal(without.status, 404);
  assert.equal(without.body["errorCode"], "404.001.03");
  await control(sandbox, "PATCH /applications/{id}", {
    params: { id: keys.id.toString() },
    body: { products: { darajaExpress: {} } },
  });
  assert.equal((await client.post(stkPush.path, stkFields(), { token })).status, 404);
  const renewed = await client.getToken(keys);
  assert.equal((await client.post(stkPush.path, stkFields(), { token: renewed })).status, 200);
});
