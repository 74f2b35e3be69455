/** An application's limits: what each stops, that they count exactly, and when they reset. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ProductLimits } from "../../src/developers/application-settings.ts";
import { createTestApplication } from "../support/application.ts";
import { createTestSandbox, createReference, type Reply, type TestSandbox } from "../support/sandbox.ts";
import {
  collect,
  createTestCustomer,
  payOut,
  reverse,
  summarise,
  getTransactionId,
  transfer,
} from "../support/payments.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

/** An application with limits in one product, and a session of its own. */
async function createLimited(limits: ProductLimits, product: "c2bSingle" | "b2c" | "b2b" = "c2bSingle") {
  const { apiKey } = await createTestApplication(sandbox, {
    products: { [product]: { limits }, reversal: {} },
  });
  return { apiKey, bearer: await sandbox.session("vodacomTZN", apiKey) };
}

test("each limit allows what reaches it, and stops the first cent or payment above", async () => {
  // prettier-ignore
  const table: [limits: ProductLimits, payments: [amount: string, expected: string][]][] = [
    [{ singleValue: "50.00" },         [["50.00", "201 INS-0"], ["50.01", "400 INS-995"], ["50", "201 INS-0"]]],
    [{ sessionDailyValue: "100" },     [["60", "201 INS-0"], ["40.01", "400 INS-994"], ["40", "201 INS-0"], ["0.01", "400 INS-994"]]],
    [{ sessionDailyCount: 2 },         [["1", "201 INS-0"], ["1", "201 INS-0"], ["1", "400 INS-993"]]],
    [{ sessionDailyCount: 0 },         [["1", "400 INS-993"]]],
    [{ customerDailyValue: "100" },    [["60", "201 INS-0"], ["40.01", "400 INS-990"], ["40", "201 INS-0"], ["0.01", "400 INS-990"]]],
    [{ customerDailyCount: 2 },        [["1", "201 INS-0"], ["1", "201 INS-0"], ["1", "400 INS-991"]]],
    [{ singleValue: "50", sessionDailyValue: "40" }, [["51", "400 INS-992"], ["41", "400 INS-994"], ["40", "201 INS-0"]]],
    [{ sessionDailyCount: 1, customerDailyCount: 1 }, [["1", "201 INS-0"], ["1", "400 INS-992"]]],
    [{ currency: "TZS", singleValue: "50" }, [["51", "400 INS-995"]]],
    [{ currency: "GHS", singleValue: "50" }, [["51", "201 INS-0"]]],
  ];
  for (const [limits, payments] of table) {
    const { bearer } = await createLimited(limits);
    for (const [input_Amount, expected] of payments) {
      assert.equal(
        summarise(await collect(sandbox, { input_Amount }, bearer)),
        expected,
        `${input_Amount} of ${JSON.stringify(limits)}`,
      );
    }
  }
});

test("payouts and transfers have limits of their own", async () => {
  const payoutApplication = await createLimited({ sessionDailyCount: 1 }, "b2c");
  assert.equal(summarise(await payOut(sandbox, {}, payoutApplication.bearer)), "201 INS-0");
  assert.equal(summarise(await payOut(sandbox, {}, payoutApplication.bearer)), "400 INS-993");
  const transferApplication = await createLimited({ sessionDailyValue: "10" }, "b2b");
  assert.equal(summarise(await transfer(sandbox, {}, transferApplication.bearer)), "201 INS-0");
  assert.equal(summarise(await transfer(sandbox, {}, transferApplication.bearer)), "400 INS-994");
});

test("only successful payments count: not refused ones, not repeated ones", async () => {
  const { bearer } = await createLimited({ sessionDailyCount: 2 });
  const poor = await createTestCustomer(sandbox, { amountMinor: 0n });
  const sameReference = { input_ThirdPartyConversationID: createReference() };
  assert.equal(summarise(await collect(sandbox, { input_CustomerMSISDN: poor }, bearer)), "422 INS-2006");
  assert.equal(summarise(await collect(sandbox, sameReference, bearer)), "201 INS-0");
  assert.equal(summarise(await collect(sandbox, sameReference, bearer)), "409 INS-10");
  assert.equal(summarise(await collect(sandbox, {}, bearer)), "201 INS-0");
  assert.equal(summarise(await collect(sandbox, {}, bearer)), "400 INS-993");
});

test("a reversed payment still counts", async () => {
  const { bearer } = await createLimited({ sessionDailyCount: 1 });
  const paid = await collect(sandbox, {}, bearer);
  assert.equal(summarise(await reverse(sandbox, getTransactionId(paid))), "201 INS-0");
  assert.equal(summarise(await collect(sandbox, {}, bearer)), "400 INS-993");
});

test("a new session starts at zero; the customer's own counts continue", async () => {
  const session = await createLimited({ sessionDailyCount: 1 });
  assert.equal(summarise(await collect(sandbox, {}, session.bearer)), "201 INS-0");
  assert.equal(summarise(await collect(sandbox, {}, session.bearer)), "400 INS-993");
  const renewed = await sandbox.session("vodacomTZN", session.apiKey);
  assert.equal(summarise(await collect(sandbox, {}, renewed)), "201 INS-0");

  const customer = await createLimited({ customerDailyCount: 1 });
  assert.equal(summarise(await collect(sandbox, {}, customer.bearer)), "201 INS-0");
  const again = await sandbox.session("vodacomTZN", customer.apiKey);
  assert.equal(summarise(await collect(sandbox, {}, again)), "400 INS-991");
  const otherCustomer = { input_CustomerMSISDN: await createTestCustomer(sandbox) };
  assert.equal(summarise(await collect(sandbox, otherCustomer, again)), "201 INS-0");
});

test("a day ends at the market's midnight", async () => {
  await using clockSandbox = await createTestSandbox();
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const setTime = (time: string) => clockSandbox.clock.set(new Date(`${tomorrow}T${time}Z`));
  setTime("20:58:00");
  const { apiKey } = await createTestApplication(clockSandbox, {
    products: { c2bSingle: { limits: { customerDailyCount: 1 } } },
  });
  const bearer = await clockSandbox.session("vodacomTZN", apiKey);
  assert.equal(summarise(await collect(clockSandbox, {}, bearer)), "201 INS-0");
  setTime("20:59:30");
  assert.equal(
    summarise(await collect(clockSandbox, {}, bearer)),
    "400 INS-991",
    "still today in Dar es Salaam",
  );
  setTime("21:00:30");
  assert.equal(
    summarise(await collect(clockSandbox, {}, bearer)),
    "201 INS-0",
    "tomorrow there, and not yet in UTC",
  );
});

test("usage hours are in the market's time, and may cross midnight", async () => {
  await using clockSandbox = await createTestSandbox();
  const { apiKey } = await createTestApplication(clockSandbox, {
    products: { c2bSingle: { from: "22:00", to: "04:30" } },
  });
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  for (const [utc, expected] of [
    ["18:59:30", "400 INS-996"],
    ["19:00:30", "201 INS-0"],
    ["22:30:00", "201 INS-0"],
    ["01:29:30", "201 INS-0"],
    ["01:30:30", "400 INS-996"],
  ]) {
    clockSandbox.clock.set(new Date(`${tomorrow}T${utc}Z`));
    const bearer = await clockSandbox.session("vodacomTZN", apiKey);
    assert.equal(summarise(await collect(clockSandbox, {}, bearer)), expected, `${utc} UTC`);
  }
});

const countReplies = (replies: readonly Reply[], expected: string): number =>
  replies.filter((reply) => summarise(reply) === expected).length;

test("fifty concurrent payments reach a limit exactly", async () => {
  const payFiftyTimes = (limits: ProductLimits, overrides: () => object = () => ({})) =>
    createLimited(limits).then(({ bearer }) =>
      Promise.all(
        Array.from({ length: 50 }, () => collect(sandbox, { input_Amount: "7", ...overrides() }, bearer)),
      ),
    );
  const byCount = await payFiftyTimes({ sessionDailyCount: 20 });
  assert.deepEqual([countReplies(byCount, "201 INS-0"), countReplies(byCount, "400 INS-993")], [20, 30]);
  const byValue = await payFiftyTimes({ sessionDailyValue: "100" });
  assert.deepEqual([countReplies(byValue, "201 INS-0"), countReplies(byValue, "400 INS-994")], [14, 36]);
  const byCustomer = await payFiftyTimes({ customerDailyValue: "100" });
  assert.deepEqual(
    [countReplies(byCustomer, "201 INS-0"), countReplies(byCustomer, "400 INS-990")],
    [14, 36],
  );

  // Two customers in turn: each has a count of its own.
  const two = [
    await createTestCustomer(sandbox, { amountMinor: 1000_00n }),
    await createTestCustomer(sandbox, { amountMinor: 1000_00n }),
  ];
  let turn = 0;
  const inTurn = await payFiftyTimes({ customerDailyCount: 5 }, () => ({
    input_CustomerMSISDN: two[(turn += 1) % 2],
  }));
  assert.deepEqual([countReplies(inTurn, "201 INS-0"), countReplies(inTurn, "400 INS-991")], [10, 40]);
});
