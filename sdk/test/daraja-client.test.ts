/** The Daraja client against the real server: money, outcomes and tokens. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createTestListener } from "../../test/support/listener.ts";
import {
  createDarajaApplication,
  kenya,
  registerDarajaCustomers,
  registerShortcodes,
} from "../../test/support/daraja.ts";
import { answerPrompt, waitFor, waitForPrompt } from "../../test/support/prompts.ts";
import { createTestSandbox, type TestSandbox } from "../../test/support/sandbox.ts";
import type { AcknowledgedResult, CollectionRequested, Daraja, DarajaOptions } from "../src/daraja/index.ts";
import { createSandboxClient, paybill } from "./support/daraja.ts";

const payer = "254711000001";
const prompted = "254711000002";

let sandbox: TestSandbox;
let daraja: Daraja;
before(async () => {
  sandbox = await createTestSandbox({ promptLifeMs: 60_000 });
  daraja = createSandboxClient(sandbox);
  await registerShortcodes(sandbox, [{ shortcode: paybill, name: "Paybill" }]);
  await registerDarajaCustomers(sandbox, [
    { msisdn: payer },
    { msisdn: prompted, answer: "ask" },
    { msisdn: "254711000003", answer: "decline" },
  ]);
});
after(() => sandbox[Symbol.asyncDispose]());

const order = { amount: "10", accountReference: "Invoice 17" } as const;

function expectAcknowledged(result: AcknowledgedResult<CollectionRequested>) {
  assert(result.outcome === "acknowledged", JSON.stringify(result));
  return result;
}

const getUtility = (): Promise<bigint> => sandbox.getAvailable(paybill, kenya, "utility");

test("collect is acknowledged, and waitForOutcome says that the customer paid", async () => {
  const before = await getUtility();
  const requested = expectAcknowledged(await daraja.collect({ ...order, msisdn: "0711 000 001" }));
  assert.match(requested.checkoutRequestId, /^ws_CO_\d{17}711000001$/);
  const outcome = await daraja.waitForOutcome(requested.checkoutRequestId);
  assert.equal(outcome.outcome, "accepted", JSON.stringify(outcome));
  assert.equal("status" in outcome && outcome.status, "paid");
  assert.equal(await getUtility(), before + 10_00n);
});

test("an open push is pending, never a failure, and then what the customer answers", async () => {
  const requested = expectAcknowledged(await daraja.collect({ ...order, msisdn: prompted }));
  const { checkoutRequestId } = requested;
  const open = await daraja.queryCollection({ checkoutRequestId });
  assert(open.outcome === "accepted" && open.status === "pending", JSON.stringify(open));
  const early = await daraja.waitForOutcome(checkoutRequestId, { timeoutMs: 50 });
  assert(early.outcome === "unknown" && early.unknownReason === "still_open", JSON.stringify(early));
  const busy = await daraja.collect({ ...order, msisdn: prompted });
  assert(busy.outcome === "refused" && busy.code === "500.001.1001", JSON.stringify(busy));
  assert.equal(busy.reason, "The customer has another prompt open.");
  const prompt = await waitForPrompt(sandbox, prompted, kenya);
  assert.equal((await answerPrompt(sandbox, prompt, "approve", kenya)).refusal, null);
  const outcome = await daraja.waitForOutcome(checkoutRequestId);
  assert.equal(outcome.outcome, "accepted", JSON.stringify(outcome));
});

test("a declined push is refused with its code", async () => {
  const requested = expectAcknowledged(await daraja.collect({ ...order, msisdn: "254711000003" }));
  const outcome = await daraja.waitForOutcome(requested.checkoutRequestId);
  assert(outcome.outcome === "refused" && outcome.code === "1032", JSON.stringify(outcome));
  assert.equal(outcome.reason, "The customer declined.");
});

test("an unknown push is not found, and a wrong passkey and an unknown shortcode are refused", async () => {
  const unknown = await daraja.waitForOutcome("ws_CO_01012026120000123711000001", { timeoutMs: 10 });
  assert(unknown.outcome === "unknown" && unknown.unknownReason === "not_found", JSON.stringify(unknown));
  const wrong = await createSandboxClient(sandbox, { passkey: "wrong" }).collect({ ...order, msisdn: payer });
  assert.equal(wrong.outcome === "refused" && wrong.reason, "The passkey is not that of the shortcode.");
  const unknownCode = await daraja.collect({ ...order, msisdn: payer, shortcode: "600001" });
  assert.equal(
    unknownCode.outcome === "refused" && unknownCode.reason,
    "The shortcode is unknown, or has no M-Pesa Express.",
  );
});

/** A client of an application of its own, and the OAuth requests that it makes. */
async function createCountingClient(options: Partial<DarajaOptions> = {}) {
  const { consumerKey, consumerSecret } = await createDarajaApplication(sandbox, ["darajaExpress"]);
  const requests: string[] = [];
  const counting: typeof fetch = (input, init) => {
    requests.push(new URL(input as string).pathname);
    return fetch(input, init);
  };
  const client = createSandboxClient(sandbox, { consumerKey, consumerSecret, fetch: counting, ...options });
  return { client, countTokens: () => requests.filter((path) => path.startsWith("/oauth")).length };
}

test("concurrent calls share one token, and a token that has expired is replaced once", async () => {
  const { client, countTokens } = await createCountingClient();
  const query = () => client.queryCollection({ checkoutRequestId: "ws_CO_01012026120000123711000001" });
  const answers = await Promise.all(Array.from({ length: 50 }, query));
  for (const answer of answers) assert(answer.outcome === "refused" && answer.code === "500.001.1001");
  assert.equal(countTokens(), 1);
  // The client's own clock does not move: it learns from the 404 that the token has expired.
  sandbox.clock.advance(3_600_000);
  const later = await Promise.all(Array.from({ length: 50 }, query));
  for (const answer of later) assert(answer.outcome === "refused" && answer.code === "500.001.1001");
  assert.equal(countTokens(), 2);
});

test("an application without the product is refused after one new token", async () => {
  const { consumerKey, consumerSecret } = await createDarajaApplication(sandbox, ["darajaB2c"]);
  const { client, countTokens } = await createCountingClient({ consumerKey, consumerSecret });
  const refused = await client.collect({ ...order, msisdn: payer });
  assert(refused.outcome === "refused" && refused.code === "404.001.03", JSON.stringify(refused));
  assert.equal(countTokens(), 2);
});

test("wrong keys are a refusal, and no error contains them", async () => {
  const client = createSandboxClient(sandbox, { consumerSecret: "a-hidden-secret" });
  const refused = await client.collect({ ...order, msisdn: payer });
  assert(refused.outcome === "refused" && refused.code === "400.008.01", JSON.stringify(refused));
  assert(!JSON.stringify(refused).includes("hidden-secret"));
});

test("payOut pays a customer once for each reference", async () => {
  await using listener = await createTestListener();
  const before = await sandbox.getAvailable(payer, kenya);
  const request = {
    amount: "10",
    msisdn: payer,
    shortcode: "600996",
    reference: `ref-${Date.now()}`,
    resultUrl: listener.url,
  } as const;
  const result = await daraja.payOut(request);
  assert.equal(result.outcome, "acknowledged", JSON.stringify(result));
  assert.equal(result.reference, request.reference);
  const again = await daraja.payOut(request);
  assert(again.outcome === "unknown" && again.unknownReason === "duplicate", JSON.stringify(again));
  await listener.waitForCallbacks(1);
  await waitFor("the payout", async () =>
    (await sandbox.getAvailable(payer, kenya)) === before + 10_00n ? true : undefined,
  );
});
