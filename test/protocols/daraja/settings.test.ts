/** What the settings of Daraja change: each behaviour that sources disagree about. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Config } from "../../../src/config/settings.ts";
import { basic, createDarajaClient, signStk, type DarajaReply } from "../../support/daraja.ts";
import { createTestListener } from "../../support/listener.ts";
import { answerPrompt, waitForPrompt } from "../../support/prompts.ts";
import { createTestSandbox } from "../../support/sandbox.ts";

const withSettings = (daraja: Partial<Config["daraja"]>) => createTestSandbox({ daraja });
const oauthPath = "/oauth/v1/generate?grant_type=client_credentials";
const handset = "254722000006";
const kenya = "safaricomKEN";

test("a new token can end the earlier ones", async () => {
  await using sandbox = await withSettings({ invalidatePreviousTokens: true });
  const client = createDarajaClient(sandbox);
  const first = await client.getToken();
  const second = await client.getToken();
  const push = (token: string): Promise<DarajaReply> =>
    client.post("/mpesa/stkpush/v1/processrequest", {}, { token });
  const ended = await waitForStatus(() => push(first), 404);
  assert.equal(ended.body["errorCode"], "404.001.03");
  assert.equal((await push(second)).body["errorCode"], "400.002.02");
});

/** Servers see an ended token within a quarter of a second. */
async function waitForStatus(send: () => Promise<DarajaReply>, status: number): Promise<DarajaReply> {
  for (let tries = 0; ; tries += 1) {
    const reply = await send();
    if (reply.status === status || tries === 100) return reply;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("OAuth can answer a wrong credential with an empty body", async () => {
  await using sandbox = await withSettings({ oauthFault: "empty" });
  const client = createDarajaClient(sandbox);
  const authorization = basic({ ...client.keys, consumerSecret: "x" });
  const refused = await client.send(oauthPath, { headers: { authorization } });
  assert.equal(refused.status, 400);
  assert.equal(refused.text, "");
  assert.match(await client.getToken(), /^[A-Za-z0-9]{28}$/);
});

test("OAuth can answer with a page, or be unavailable", async () => {
  for (const [oauthFault, status] of [
    ["html", 200],
    ["unavailable", 503],
  ] as const) {
    await using sandbox = await withSettings({ oauthFault });
    const client = createDarajaClient(sandbox);
    const reply = await client.send(oauthPath, { headers: { authorization: basic(client.keys) } });
    assert.equal(reply.status, status);
    assert.match(reply.headers.get("content-type") ?? "", /^text\/html/);
    assert.match(reply.text, /^<!DOCTYPE html>/);
  }
});

test("an STK callback can have a Balance without a value, and an amount with decimals", async () => {
  await using sandbox = await withSettings({
    stkBalanceItem: { sandbox: true, live: true },
    stkDecimalAmount: true,
  });
  await using listener = await createTestListener();
  await createDarajaClient(sandbox).push({ CallBackURL: listener.url, Amount: 5 });
  const [callback] = await listener.waitForCallbacks(1);
  assert.match(
    callback?.text ?? "",
    /"Item":\[\{"Name":"Amount","Value":5\.00\},\{"Name":"MpesaReceiptNumber","Value":"\w{10}"\},\{"Name":"Balance"\},\{"Name":"TransactionDate","Value":\d{14}\},\{"Name":"PhoneNumber","Value":\d{12}\}\]/,
  );
});

test("a second payment of the same amount within two minutes can fail with 17", async () => {
  await using sandbox = await withSettings({ refuseRepeatedPush: true });
  await using listener = await createTestListener();
  const client = createDarajaClient(sandbox);
  const results: string[] = [];
  const push = async (fields: Readonly<Record<string, unknown>> = {}) => {
    const reply = await client.push({ CallBackURL: listener.url, Amount: 7, ...fields });
    assert.equal(reply.status, 200, reply.text);
    const { text = "" } = (await listener.waitForCallbacks(results.length + 1))[results.length] ?? {};
    results.push(/"ResultCode":(\d+)/.exec(text)?.[1] ?? text);
  };
  await push();
  await push();
  await push({ Amount: 8 });
  await push({ ...signStk("600996"), PartyB: "600996" });
  sandbox.clock.advance(60_000);
  await push();
  sandbox.clock.advance(60_000);
  await push();
  assert.deepEqual(results, ["0", "17", "0", "0", "17", "0"]);
});

test("the query of an open push can be an error with the CheckoutRequestID, and a busy customer a callback", async () => {
  await using sandbox = await withSettings({ stkPendingAsError: true, stkBusyInCallback: true });
  await using listener = await createTestListener();
  const client = createDarajaClient(sandbox);
  const first = await client.push({ PhoneNumber: handset, CallBackURL: listener.url });
  const paymentId = await waitForPrompt(sandbox, handset, kenya);
  const checkoutRequestId = first.body["CheckoutRequestID"];
  const pending = await client.query(checkoutRequestId, signStk());
  assert.equal(pending.status, 500);
  assert.deepEqual(pending.body, {
    requestId: checkoutRequestId,
    errorCode: "500.001.1001",
    errorMessage: "The transaction is being processed",
  });

  const second = await client.push({ PhoneNumber: handset, CallBackURL: listener.url });
  assert.equal(second.status, 200, second.text);
  const [callback] = await listener.waitForCallbacks(1);
  assert.match(callback?.text ?? "", /"ResultCode":1001,/);
  await answerPrompt(sandbox, paymentId, "approve", kenya);
  assert.match((await listener.waitForCallbacks(2))[1]?.text ?? "", /"ResultCode":0,/);
});
