/** The page of a payment: its history from request to callback, the refused check, and the button that lets it pass. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { approvePrompt, getHandsets } from "../support/handsets.ts";
import { createTestListener } from "../support/listener.ts";
import { collect, createTestCustomer, summarise } from "../support/payments.ts";
import { callPortal, readPortal } from "../support/portal.ts";
import { waitFor } from "../support/prompts.ts";
import { createTestSandbox, type Reply, type TestSandbox } from "../support/sandbox.ts";

const pin = "4321";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(async () => {
  await assertInvariantsHold(sandbox.databaseAddress);
  await sandbox[Symbol.asyncDispose]();
});

interface Stop {
  readonly kind: string;
  readonly tone: string;
  readonly [field: string]: unknown;
}

const getPath = (reply: Reply): string => `/payments/vodacomTZN/${reply.body["output_ConversationID"]}`;
const findStop = (payment: { stops: Stop[] }, kind: string): Stop => {
  const stop = payment.stops.find((each) => each.kind === kind);
  assert(stop !== undefined, `no ${kind} in ${payment.stops.map((each) => each.kind).join(", ")}`);
  return stop;
};

test("a payment by prompt has each stop, from the request to the acknowledged callback", async () => {
  await using listener = await createTestListener();
  const msisdn = await createTestCustomer(sandbox, { amountMinor: 1000_00n });
  await getHandsets(sandbox).upsert({ msisdn, pin, behaviour: "ask" });
  const reply = await collect(sandbox, {
    input_CustomerMSISDN: msisdn,
    input_ResponseURL: `${listener.url}/callback`,
  });
  const open = await readPortal(sandbox, getPath(reply));
  assert.deepEqual([open.status, open.isOpen, open.amount], ["held", true, "TZS 10.00"]);
  assert.deepEqual(
    (open.stops as Stop[]).map(({ kind }) => kind),
    ["request", "checks", "prompt"],
  );
  await approvePrompt(sandbox, msisdn, pin);
  await listener.waitForCallbacks(1);
  const ended = await waitFor("the last stop", async () => {
    const payment = await readPortal(sandbox, getPath(reply));
    return payment.isOpen === false ? payment : undefined;
  });
  assert.deepEqual(
    (ended.stops as Stop[]).map(({ kind, tone }) => `${kind} ${tone}`),
    [
      "request success",
      "checks success",
      "prompt success",
      "reply success",
      "checks success",
      "postings success",
      "sms success",
      `callback ${findStop(ended, "callback").tone}`,
    ],
  );
  assert.equal(findStop(ended, "reply")["outcome"], "approved");
  assert.match(String(findStop(ended, "sms")["text"]), /you paid TZS 10\.00 to Duka la Amina/);
  const callback = findStop(ended, "callback");
  assert.equal(callback["httpStatus"], 200);
  assert.equal(callback["sent"], listener.received[0]?.text);
});

test("a refusal names its check, the value beside the limit, and a button that lets the same payment pass", async () => {
  const msisdn = await createTestCustomer(sandbox, { amountMinor: 25_00n });
  const pay = () => collect(sandbox, { input_CustomerMSISDN: msisdn, input_Amount: "100" });
  const refused = await pay();
  assert.equal(summarise(refused), "422 INS-2006");
  const payment = await readPortal(sandbox, getPath(refused));
  const checks = findStop(payment, "checks") as unknown as {
    code: string;
    rows: { numbers: string; result: string; limits: unknown[] }[];
  };
  assert.equal(checks.code, "INS-2006");
  const row = checks.rows.find(({ result }) => result === "refused");
  assert.equal(row?.numbers, "17");
  assert.deepEqual(row.limits, [{ name: "balance", value: "TZS 25.00", limit: "TZS 100.00", percent: 25 }]);
  assert.equal(payment.topUp, "TZS 75.00");

  const added = await callPortal(sandbox, "POST", `${getPath(refused)}/top-up`);
  assert.deepEqual([added.status, added.body], [200, { added: "TZS 75.00" }]);
  assert.equal(await sandbox.getAvailable(msisdn), 100_00n);
  const again = await callPortal(sandbox, "POST", `${getPath(refused)}/top-up`);
  assert.equal(again.status, 409);
  assert.equal((await readPortal(sandbox, getPath(refused))).topUp, null);
  assert.equal(summarise(await pay()), "201 INS-0");
});

test("the checks after a refused one were not reached, and those of other calls are skipped", async () => {
  const refused = await collect(sandbox, { input_CustomerMSISDN: "255799999999" });
  const payment = await readPortal(sandbox, getPath(refused));
  const { rows } = findStop(payment, "checks") as unknown as { rows: { numbers: string; result: string }[] };
  const results = Object.fromEntries(rows.map(({ numbers, result }) => [numbers, result]));
  assert.deepEqual(
    [results["12"], results["13"], results["14"], results["15"], results["16"], results["17"]],
    ["passed", "refused", "skipped", "skipped", "unreached", "unreached"],
  );
});

test("the list has payments alone, also the refused ones, in pages", async () => {
  const customer = await createTestCustomer(sandbox);
  await collect(sandbox, { input_CustomerMSISDN: customer });
  await collect(sandbox, { input_CustomerMSISDN: customer, input_Amount: "no amount" });
  await collect(sandbox, { input_CustomerMSISDN: customer, input_Amount: "5000" });
  const states: string[] = [];
  for (let before = ""; ;) {
    const page = await readPortal(sandbox, `/payments?limit=1&msisdn=${customer}${before}`);
    states.push(...page.payments.map((row: { payment: { status: string } }) => row.payment.status));
    if (page.next === null) break;
    before = `&before=${page.next}`;
  }
  assert.deepEqual(states, ["failed", "completed"]);
});
