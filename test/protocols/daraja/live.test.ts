/** Daraja in live: a listener of its own, keys of its own, stricter URLs, and no triggers. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { railFor } from "../../../src/core/rails.ts";
import { renewPasskey } from "../../../src/organisations/passkeys.ts";
import { registerOrganisations } from "../../../src/organisations/register-organisations.ts";
import { buildExampleRequest } from "../../../src/protocols/daraja/examples.ts";
import { daraja } from "../../../src/protocols/daraja/index.ts";
import { b2cV1 } from "../../../src/protocols/daraja/operations/b2c-v1.ts";
import { stkPush } from "../../../src/protocols/daraja/operations/stk-push.ts";
import { stkQuery } from "../../../src/protocols/daraja/operations/stk-query.ts";
import { encryptPassword } from "../../../src/protocols/g2/security-credential.ts";
import { readConfig } from "../../../src/config/settings.ts";
import { standardRetryDelaysMs } from "../../../src/callbacks/schedule.ts";
import { callControl } from "../../support/control.ts";
import {
  basic,
  createDarajaApplication,
  createDarajaClient,
  kenya,
  listenLive,
  readLastDecision,
  signStk,
  stkFields,
  type DarajaKeys,
  type DarajaReply,
} from "../../support/daraja.ts";
import { createTestListener } from "../../support/listener.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
let listener: Awaited<ReturnType<typeof listenLive>>;
let keys: DarajaKeys;
let passkey: string;
let url: string;

before(async () => {
  sandbox = await createTestSandbox();
  listener = await listenLive(sandbox);
  url = listener.url;
  keys = await createDarajaApplication(sandbox, ["darajaExpress", "darajaC2bV1"], "live");
  const { context } = sandbox.platform.payments(railFor("live", kenya));
  await registerOrganisations(context, [{ shortcode: "174379", name: "A live shop" }]);
  const owner = { environment: "live", market: kenya, shortcode: "174379" } as const;
  passkey = await renewPasskey(sandbox.stores.main, "test", owner);
});
after(async () => {
  await listener[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

async function send(path: string, init: RequestInit): Promise<DarajaReply> {
  const response = await fetch(url + path, init);
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: JSON.parse(text) as Readonly<Record<string, unknown>>,
  };
}

const getLiveToken = async (): Promise<string> => {
  const reply = await send("/oauth/v1/generate?grant_type=client_credentials", {
    headers: { authorization: basic(keys) },
  });
  assert.equal(reply.status, 200, reply.text);
  return String(reply.body["access_token"]);
};

const post = async (path: string, fields: object, token?: string): Promise<DarajaReply> =>
  send(path, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token ?? (await getLiveToken())}`,
      "content-type": "application/json",
    },
    body: JSON.stringify(fields),
  });

const sign = () => signStk("174379", undefined, passkey);
const livePush = (fields: object = {}): Promise<DarajaReply> =>
  post(stkPush.path, stkFields({ ...sign(), CallBackURL: "https://shop.example/callback", ...fields }));

test("a token is good for its own environment only", async () => {
  const liveToken = await getLiveToken();
  const client = createDarajaClient(sandbox);
  const inSandbox = await client.post(stkPush.path, stkFields(), { token: liveToken });
  assert.equal(inSandbox.body["errorCode"], "404.001.03");
  const inLive = await post(stkPush.path, stkFields(), await client.getToken());
  assert.equal(inLive.body["errorCode"], "404.001.03");
  const sandboxKeys = await send("/oauth/v1/generate?grant_type=client_credentials", {
    headers: { authorization: basic(client.keys) },
  });
  assert.equal(sandboxKeys.body["errorCode"], "400.008.01");
});

test("a push has the passkey of the organisation, and the public one is wrong", async () => {
  const accepted = await livePush();
  assert.equal(accepted.status, 200, accepted.text);
  assert.equal((await livePush(signStk())).body["errorMessage"], "Wrong credentials");
  const foreign = await livePush({ ...signStk("600996", undefined, passkey), PartyB: "600996" });
  assert.equal(foreign.body["errorMessage"], "Merchant does not exist");
});

test("a CallBackURL must be https and public; words in it are allowed", async () => {
  for (const CallBackURL of [
    "http://shop.example/x",
    "https://127.0.0.1/x",
    "https://10.0.0.1/x",
    "https://localhost/x",
  ]) {
    const reply = await livePush({ CallBackURL });
    assert.equal(reply.status, 400, CallBackURL);
    assert.equal(reply.body["errorMessage"], "Bad Request - Invalid CallBackURL");
  }
  const reply = await livePush({ CallBackURL: "https://shop.example/mpesa/query" });
  assert.equal(reply.status, 200, reply.text);
});

test("numbers that are triggers in the sandbox are unknown customers in live", async () => {
  const reply = await livePush({ PhoneNumber: "254700000001" });
  assert.equal(reply.status, 200);
  const query = await post(stkQuery.path, { ...sign(), CheckoutRequestID: reply.body["CheckoutRequestID"] });
  assert.equal(query.body["ResultCode"], "1037", query.text);
});

test("URLs are registered once, over https, and through no tunnel", async () => {
  const register = (fields: object = {}): Promise<DarajaReply> =>
    post("/mpesa/c2b/v1/registerurl", {
      ShortCode: "174379",
      ResponseType: "Completed",
      ConfirmationURL: "https://shop.example/c2b",
      ...fields,
    });
  const expectError = (reply: DarajaReply, status: number, code: string, message: string): void => {
    assert.deepEqual(
      [reply.status, reply.body["errorCode"], reply.body["errorMessage"]],
      [status, code, message],
    );
  };
  const invalid = "Bad Request - Invalid ConfirmationURL";
  expectError(await register({ ConfirmationURL: "http://shop.example/c2b" }), 400, "400.003.02", invalid);
  expectError(await register({ ConfirmationURL: "https://127.0.0.1/c2b" }), 400, "400.003.02", invalid);
  expectError(
    await register({ ConfirmationURL: "https://a1.ngrok.io/c2b" }),
    400,
    "400.003.02",
    `${invalid} - URL has the word NGROK`,
  );
  const first = await register();
  assert.equal(first.body["ResponseDescription"], "success", first.text);
  expectError(await register(), 500, "500.003.1001", "Urls are already registered.");
});

test("a credential that was made with the certificate of live is 2001 in the sandbox, and the log names it", async () => {
  await using results = await createTestListener();
  const certificate = await (await fetch(`${url}/daraja/certificate.cer`)).text();
  const { initiatorPassword } = sandbox.platform.sandboxInfo["daraja"] as {
    readonly initiatorPassword: string;
  };
  const reply = await createDarajaClient(sandbox).post(b2cV1.path, {
    ...buildExampleRequest(b2cV1),
    SecurityCredential: encryptPassword(certificate, initiatorPassword),
    ResultURL: results.url,
    QueueTimeOutURL: results.url,
  });
  assert.equal(reply.body["ResponseCode"], "0", reply.text);
  assert.match(
    await readLastDecision(sandbox),
    /The SecurityCredential was made with the certificate of live: this request is for the sandbox environment\.$/,
  );
  const [result] = await results.waitForCallbacks(1);
  assert.match(result?.text ?? "", /"ResultCode":2001,/);
});

test("simulate is a call of the sandbox", async () => {
  const reply = await post("/mpesa/c2b/v1/simulate", {});
  assert.equal(reply.status, 404);
  assert.equal(reply.body["errorCode"], "404.003.01");
});

test("OpenAPI v2, the control API and pages are not on this listener, and the certificate is live's", async () => {
  for (const path of ["/", "/control/v1/status", "/sandbox/ipg/v2/vodacomTZN/getSession/", "/metrics"])
    assert.equal((await fetch(url + path)).status, 404, path);
  const [live, own] = await Promise.all(
    [url, sandbox.url].map(async (base) => (await fetch(`${base}/daraja/certificate.cer`)).text()),
  );
  assert.match(live ?? "", /^-----BEGIN CERTIFICATE-----/);
  assert.notEqual(live, own);
});

test("faults of the sandbox do not reach live", async () => {
  const faults = `/markets/${kenya}/faults`;
  for (const kind of ["internal_error", "oauth_unavailable"])
    assert.equal((await callControl(sandbox, "POST", faults, { kind })).status, 200);
  // The customer is none of live's, which the callback says: the call itself is valid.
  assert.equal((await livePush({ Amount: 3 })).body["ResponseCode"], "0");
  assert.equal((await callControl(sandbox, "GET", faults)).body.faults.length, 2);
  for (const kind of ["internal_error", "oauth_unavailable"])
    await callControl(sandbox, "POST", faults, { kind, times: 0 });
});

test("notifications have one attempt in the sandbox, the full schedule in live, and both as set", () => {
  const settings = readConfig({});
  const rules = (environment: "sandbox" | "live", attempts: string) =>
    daraja.callbackRules(environment, readConfig({ DARAJA_CALLBACK_ATTEMPTS: attempts }));
  assert.deepEqual(daraja.callbackRules("sandbox", settings).retryDelaysMs, []);
  assert.deepEqual(daraja.callbackRules("live", settings).retryDelaysMs, standardRetryDelaysMs);
  assert.deepEqual(rules("live", "1").retryDelaysMs, []);
  assert.deepEqual(rules("sandbox", "3").retryDelaysMs, standardRetryDelaysMs.slice(0, 2));
  for (const environment of ["sandbox", "live"] as const)
    assert.equal(daraja.callbackRules(environment, settings).retryDelaysByKind?.["invoice"]?.length, 4);
});

test("an STK callback has a Balance in live, and none in the sandbox, unless a setting says so", () => {
  const read = (env: Readonly<Record<string, string>>) => readConfig(env).daraja.stkBalanceItem;
  assert.deepEqual(read({}), { sandbox: false, live: true });
  assert.deepEqual(read({ DARAJA_STK_BALANCE: "on" }), { sandbox: true, live: true });
  assert.deepEqual(read({ DARAJA_STK_BALANCE: "off" }), { sandbox: false, live: false });
});

test("the page of the protocol says how a receiver lets this server in, which signs no body", () => {
  const page = readFileSync("docs/protocols/daraja.md", "utf8");
  assert.match(
    page,
    /M-Pesa signs nothing, so many receivers let only its own addresses in: 196\.201\.214\.200/,
  );
  assert.match(page, /notifications come from the address of this server/);
});
