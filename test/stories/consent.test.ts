/** Consent and abuse: open prompts are few, nothing is held or disclosed before consent, and a customer can block. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { railFor } from "../../src/core/rails.ts";
import type { Outcome } from "../../src/payments/instruction.ts";
import { createPayments, type Payments } from "../../src/payments/payments.ts";
import { createStores } from "../../src/store/databases.ts";
import { createBearer } from "../support/application.ts";
import { onOneDatabase } from "../support/cluster.ts";
import { getHandsets, getHandsetState, getSeedHandset } from "../support/handsets.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { collect, createTestCustomer, hold, payOut, reverse, summarise } from "../support/payments.ts";
import { answerPrompt, waitForPrompt } from "../support/prompts.ts";
import { createReference, createTestSandbox, type TestSandbox } from "../support/sandbox.ts";

const rail = railFor("sandbox", "vodacomTZN");
const maxPrompts = { perCustomer: 10, perCustomerAndApplication: 5 };
const maxRefusals = 6;

let sandbox: TestSandbox;
let otherStores: ReturnType<typeof createStores>;
/** The payments of two servers on one database. */
let servers: readonly [Payments, Payments];
before(async () => {
  const limits = { prompts: maxPrompts, maxCustomerRefusals: maxRefusals };
  sandbox = await createTestSandbox({
    consentLimits: { sandbox: limits, live: limits },
    synchronousWaitMs: 50,
  });
  otherStores = createStores(onOneDatabase(sandbox.databaseUrl));
  const one = sandbox.platform.payments(rail);
  const store = otherStores.rails.get(rail.name);
  assert(store !== undefined);
  servers = [one, createPayments({ ...one.context, sql: store.sql })];
});
after(async () => {
  await assertInvariantsHold(sandbox.databaseUrl);
  await Promise.all(servers.map(({ pendingPrompts }) => pendingPrompts.close()));
  await otherStores.close();
  await sandbox[Symbol.asyncDispose]();
});

interface Request {
  readonly msisdn: string;
  readonly amountMinor: bigint;
  readonly application?: number;
}

/** Collects without HTTP, so that the request does not wait for the customer. */
function request(server: Payments, { msisdn, amountMinor, application = 1 }: Request): Promise<Outcome> {
  return server.collect({
    id: sandbox.platform.newId(),
    operation: "c2bSingle",
    caller: {
      applicationId: BigInt(9_000 + application),
      session: null,
      shortcodes: null,
      protocol: "openapi-v2",
      endpoints: null,
    },
    limits: {},
    organisation: "000000",
    organisationAccount: "working",
    reference: createReference(),
    simulation: null,
    msisdn,
    amountMinor,
    customerReference: "",
    description: "",
  });
}

const createAskingCustomer = (amountMinor = 100_00n) =>
  createTestCustomer(sandbox, { answer: "ask", amountMinor });

function countBy(outcomes: readonly Outcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { refusal, status } of outcomes)
    counts[refusal ?? status] = (counts[refusal ?? status] ?? 0) + 1;
  return counts;
}

const approveAll = (outcomes: readonly Outcome[]) =>
  Promise.all(
    outcomes.map(({ id }, index) =>
      (servers[index % 2] as Payments).answerPrompt({
        id: sandbox.platform.newId(),
        paymentId: id,
        reply: "approve",
      }),
    ),
  );

async function readRefusals(outcomes: readonly Outcome[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const ids = outcomes.map(({ id }) => String(id));
  for (const { result } of await sandbox.sql()<{ result: string }[]>`
    select coalesce(refusal, status) as result from payments where id = any(${ids}::bigint[])`)
    counts[result] = (counts[result] ?? 0) + 1;
  return counts;
}

test("two servers at once open exactly as many prompts as the limits allow, for each application and in all", async () => {
  const msisdn = await createAskingCustomer();
  const flood = (application: number, count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, index) =>
        request(servers[index % 2] as Payments, { msisdn, amountMinor: 1n, application }),
      ),
    );
  assert.deepEqual(countBy(await flood(1, 40)), { held: 5, application_prompt_limit: 35 });
  const others = (await Promise.all([2, 3, 4].map((application) => flood(application, 4)))).flat();
  assert.deepEqual(countBy(others), { held: 5, customer_prompt_limit: 7 });

  // A prompt that ends makes room for one other.
  const open = others.find(({ status }) => status === "held");
  await answerPrompt(sandbox, open?.id ?? 0n, "decline");
  const next = await flood(5, 3);
  assert.deepEqual(countBy(next), { held: 1, customer_prompt_limit: 2 });
});

test("prompts of all applications hold no money: other payments, and the customer's whole balance, stay possible", async () => {
  const msisdn = await createAskingCustomer();
  const outcomes = [];
  for (let application = 1; application <= 3; application += 1)
    outcomes.push(await request(servers[0], { msisdn, amountMinor: 100_00n, application }));
  assert.deepEqual(countBy(outcomes), { held: 3 });
  const [row] = await sandbox.sql()<{ available: bigint; held: bigint }[]>`
    select available_minor as available, held_minor as held from accounts where owner = ${msisdn}`;
  assert.deepEqual({ ...row }, { available: 100_00n, held: 0n });
  await approveAll(outcomes.slice(2));
  assert.equal(await sandbox.getAvailable(msisdn), 0n);
  await approveAll(outcomes.slice(0, 2));
  assert.deepEqual(await readRefusals(outcomes), { completed: 1, customer_balance_too_low: 2 });
});

test("approvals at once on two servers never overdraw a wallet", async () => {
  const customers = await Promise.all(Array.from({ length: 8 }, () => createAskingCustomer(100_00n)));
  const outcomes: Outcome[][] = [];
  for (const msisdn of customers)
    outcomes.push(
      await Promise.all(
        [1, 2, 3, 4, 5, 6, 7, 8].map((application) =>
          request(servers[0], { msisdn, amountMinor: 30_00n, application }),
        ),
      ),
    );
  // In turns by customer, so that both servers approve for the same wallets at the same time.
  const mixed = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((index) =>
    outcomes.map((prompts) => prompts[index] as Outcome),
  );
  await approveAll(mixed.sort((a, b) => Number(a.id % 7n) - Number(b.id % 7n)));
  for (const [index, msisdn] of customers.entries()) {
    assert.deepEqual(await readRefusals(outcomes[index] ?? []), {
      completed: 3,
      customer_balance_too_low: 5,
    });
    assert.equal(await sandbox.getAvailable(msisdn), 10_00n);
  }
});

test("a two-step payment holds its amount at the approval, or ends if the balance does not suffice", async () => {
  const msisdn = await createAskingCustomer(15_00n);
  const [first, second] = [
    hold(sandbox, { input_CustomerMSISDN: msisdn }),
    hold(sandbox, { input_CustomerMSISDN: msisdn }),
  ];
  assert.deepEqual([summarise(await first), summarise(await second)], ["408 INS-9", "408 INS-9"]);
  const prompts = await sandbox.sql()<{ id: bigint }[]>`
    select payment_id as id from prompts where msisdn = ${msisdn} and ended_at is null order by 1`;
  for (const { id } of prompts) await answerPrompt(sandbox, id, "approve");
  const results = await sandbox.sql()<{ result: string }[]>`
    select coalesce(refusal, status) as result from payments where counterparty = ${msisdn} and type = 'collection' order by id`;
  assert.deepEqual(
    results.map(({ result }) => result),
    ["held", "customer_balance_too_low"],
  );
  assert.equal(await sandbox.getAvailable(msisdn), 5_00n);
});

test("before consent, the response is the same below and above the balance", async () => {
  for (const answer of ["ask", "decline", "ignore", "off", "no_signal"] as const) {
    const replies = [];
    for (const input_Amount of ["1", "100.01", "5000"]) {
      const msisdn = await createTestCustomer(sandbox, { answer });
      replies.push(summarise(await collect(sandbox, { input_CustomerMSISDN: msisdn, input_Amount })));
    }
    assert.equal(new Set(replies).size, 1, `${answer}: ${replies.join(", ")}`);
  }
});

test("failures for one customer are counted for each application and day, and further requests are refused", async () => {
  const msisdn = await createTestCustomer(sandbox);
  const probe = (application: number) =>
    request(servers[application % 2] as Payments, { msisdn, amountMinor: 100_01n, application });
  const probes = await Promise.all(Array.from({ length: 10 }, () => probe(1)));
  assert.deepEqual(countBy(probes), { customer_balance_too_low: maxRefusals, customer_refusal_limit: 4 });
  const small = { msisdn, amountMinor: 1n };
  assert.equal((await request(servers[1], small)).refusal, "customer_refusal_limit");
  assert.equal((await request(servers[1], { ...small, application: 2 })).status, "completed");

  // Prompts that the customer did not want count too.
  const customer = await createAskingCustomer();
  for (let turn = 0; turn < maxRefusals; turn += 1) {
    const { id } = await request(servers[0], { msisdn: customer, amountMinor: 1n });
    await answerPrompt(sandbox, id, turn % 2 === 0 ? "decline" : "wrong_pin");
  }
  assert.equal(
    (await request(servers[1], { msisdn: customer, amountMinor: 1n })).refusal,
    "customer_refusal_limit",
  );
});

test("a caller over HTTP gets INS-991 for a limit, and the log has the refusal", async () => {
  const msisdn = await createAskingCustomer();
  const bearer = await createBearer(sandbox, {});
  for (let index = 0; index < maxPrompts.perCustomerAndApplication; index += 1)
    assert.equal(summarise(await collect(sandbox, { input_CustomerMSISDN: msisdn }, bearer)), "408 INS-9");
  assert.equal(summarise(await collect(sandbox, { input_CustomerMSISDN: msisdn }, bearer)), "400 INS-991");
  const [row] = await sandbox.sql()<{ refusal: string }[]>`
    select refusal from payments where counterparty = ${msisdn} order by id desc limit 1`;
  assert.equal(row?.refusal, "application_prompt_limit");
});

test("reversals of a payout cannot probe what the customer has left", async () => {
  const msisdn = await createTestCustomer(sandbox, { amountMinor: 0n });
  const paid = await payOut(sandbox, { input_CustomerMSISDN: msisdn, input_Amount: "10" });
  const transactionId = paid.body["output_TransactionID"] ?? "";
  assert.equal(
    (await request(servers[0], { msisdn, amountMinor: 9_00n, application: 2 })).status,
    "completed",
  );
  const replies = [];
  for (let turn = 0; turn <= maxRefusals; turn += 1)
    replies.push(summarise(await reverse(sandbox, transactionId, { input_ReversalAmount: "2" })));
  assert.deepEqual(new Set(replies.slice(0, -1)), new Set(["422 INS-2006"]));
  assert.equal(replies.at(-1), "401 INS-6");
});

test("no number of later or ended prompts hides an open one", async () => {
  const { msisdn } = getSeedHandset(sandbox, 0);
  const honest = await request(servers[0], { msisdn, amountMinor: 12_50n, application: 1 });
  for (let turn = 0; turn < 30; turn += 1) {
    const { id } = await request(servers[0], { msisdn, amountMinor: 1n, application: 100 + turn });
    await waitForPrompt(sandbox, msisdn);
    await answerPrompt(sandbox, id, "decline");
  }
  for (let turn = 0; turn < 20; turn += 1)
    await request(servers[turn % 2] as Payments, { msisdn, amountMinor: 1n, application: 200 + turn });
  await getHandsets(sandbox).setBehaviour(msisdn, { behaviour: "ask" });
  const { prompts } = await getHandsetState(sandbox, msisdn);
  assert.equal(prompts.length, maxPrompts.perCustomer);
  const receipt = sandbox.platform.payments(rail).context.publicIds.receipt(honest.id);
  assert.equal(prompts[0]?.paymentId, receipt, "the oldest is on the screen, and is answered first");
});

test("a blocked organisation's requests are refused before any prompt, and its open prompts are declined", async () => {
  const { msisdn, pin } = getSeedHandset(sandbox, 1);
  const handsets = getHandsets(sandbox);
  const open = await request(servers[1], { msisdn, amountMinor: 1n });
  assert.deepEqual(await handsets.block(msisdn, "999999"), { outcome: "organisation_unknown" });
  const blocked = await handsets.block(msisdn, "000000");
  assert(blocked.outcome === "accepted" && blocked.organisation.shortcode === "000000");
  assert.deepEqual(await readRefusals([open]), { customer_declined: 1 });
  assert.deepEqual((await getHandsetState(sandbox, msisdn)).blocked, [blocked.organisation]);

  for (const server of servers)
    assert.equal((await request(server, { msisdn, amountMinor: 1n })).refusal, "organisation_blocked");
  const replied = await collect(sandbox, { input_CustomerMSISDN: msisdn });
  assert.equal(summarise(replied), "401 INS-6");

  const change = { shortcode: "000000", blocked: false };
  assert.equal((await handsets.changeBlock(msisdn, "0000", change)).outcome, "wrong_pin");
  assert.equal((await handsets.changeBlock(msisdn, pin, change)).outcome, "accepted");
  assert.equal((await request(servers[0], { msisdn, amountMinor: 1n })).status, "held");
});
