/** One instruction that PostgreSQL refuses fails alone, and its sender does not slow down the others. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { railFor } from "../../core/rails.ts";
import { createReference, createTestSandbox, type TestSandbox } from "../../../test/support/sandbox.ts";
import { createTestCustomer } from "../../../test/support/payments.ts";
import { createPayments, type Payments } from "../payments.ts";

let sandbox: TestSandbox;
let payments: Payments;
let msisdn: string;
/** Connections that were reserved: one for each transaction. */
let reservations = 0;
before(async () => {
  sandbox = await createTestSandbox();
  const { context } = sandbox.platform.payments(railFor("sandbox", "vodacomTZN"));
  const { sql } = context;
  const countingSql = new Proxy(sql, {
    get(_target, name: keyof typeof sql) {
      if (name === "reserve") reservations += 1;
      return sql[name];
    },
  });
  payments = createPayments({ ...context, sql: countingSql });
  msisdn = await createTestCustomer(sandbox, { amountMinor: 1_000_000_00n });
});
after(async () => {
  await payments.batcher.drain();
  await sandbox[Symbol.asyncDispose]();
});

/** A payment of an application. PostgreSQL refuses NUL in a text. */
const collect = (applicationId: bigint, description = "Shoes") =>
  payments.collect({
    id: sandbox.platform.newId(),
    operation: "c2bSingle",
    caller: { applicationId, session: null, shortcodes: null, protocol: "openapi-v2", endpoints: null },
    limits: {},
    organisation: "000000",
    organisationAccount: "working",
    reference: createReference(),
    simulation: null,
    customerReference: "T1",
    description,
    msisdn,
    amountMinor: 1n,
  });

const poison = (applicationId: bigint) =>
  collect(applicationId, "\u0000").then(
    () => "paid",
    (error: { code?: string; detail?: string }) => `${error.code} ${error.detail}`,
  );

/** The number of transactions that `work` starts in the rail. */
async function countTransactions(work: () => Promise<unknown>): Promise<number> {
  const before = reservations;
  await work();
  return reservations - before;
}

test("of a batch with one bad instruction, all others are paid, after few transactions", async () => {
  const failedBefore = payments.batcher.failedBatches;
  const transactions = await countTransactions(async () => {
    const honest = Array.from({ length: 200 }, () => collect(1n));
    const bad = poison(50n);
    const more = Array.from({ length: 200 }, () => collect(1n));
    const outcomes = await Promise.all([...honest, ...more]);
    assert.deepEqual([...new Set(outcomes.map(({ status }) => status))], ["completed"]);
    assert.equal(await bad, "22021 undefined", "it fails with PostgreSQL's error, without the row");
  });
  assert.equal(payments.batcher.failedBatches, failedBefore + 1);
  assert(transactions > 9 && transactions < 40, `${transactions} transactions for 401 instructions`);
});

test("a flood of bad instructions of one application splits one batch with others, and no more", async () => {
  await poison(60n);
  const failedBefore = payments.batcher.failedBatches;
  const flooding = new AbortController();
  const flood = Array.from({ length: 4 }, async () => {
    while (!flooding.signal.aborted) assert.match(await poison(60n), /^22021 /);
  });
  const transactions = await countTransactions(async () => {
    for (let round = 0; round < 10; round += 1) {
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => collect(1n)));
      assert(outcomes.every(({ status }) => status === "completed"));
    }
    flooding.abort();
    await Promise.all(flood);
  });
  const failed = payments.batcher.failedBatches - failedBefore;
  assert(failed > 0, "the bad instructions were posted, in batches of their own");
  assert(transactions < 10 * 8 + failed * 15, `${transactions} transactions, ${failed} failed batches`);
});

test("a suspected application can still pay, and its bad instructions fail alone", async () => {
  assert.match(await poison(70n), /^22021 /);
  const results = await Promise.all([collect(70n), poison(70n), collect(70n), collect(70n)]);
  assert.deepEqual(
    results.map((result) => (typeof result === "string" ? result : result.status)),
    ["completed", "22021 undefined", "completed", "completed"],
  );
});

test("what a suspected application may queue is bounded", async () => {
  assert.match(await poison(80n), /^22021 /);
  const results = await Promise.allSettled(Array.from({ length: 700 }, () => collect(80n)));
  const rejected = results.filter(({ status }) => status === "rejected");
  assert.equal(rejected.length, 200);
  assert.match(String((rejected[0] as PromiseRejectedResult).reason), /database is unavailable/);
});

test("draining ends although a suspected application has a queue", async () => {
  assert.match(await poison(90n), /^22021 /);
  const queued = Array.from({ length: 30 }, () => poison(90n));
  await payments.batcher.drain();
  await Promise.all(queued);
});
