/** An application's limits: what each stops, that they count exactly, and when they begin anew. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ProductLimits } from "../../src/developers/applications.ts";
import { makeApplication } from "../town/application.ts";
import { openTown, reference, type Reply, type Town } from "../town/town.ts";
import { collect, newCustomer, payOut, reverse, said, transactionOf, transfer } from "../town/payments.ts";

let town: Town;
before(async () => {
  town = await openTown();
});
after(() => town[Symbol.asyncDispose]());

/** An application whose payments in one product are limited, with a session of its own. */
async function limited(limits: ProductLimits, product: "c2bSingle" | "b2c" | "b2b" = "c2bSingle") {
  const { apiKey } = await makeApplication(town, { products: { [product]: { limits }, reversal: {} } });
  return { apiKey, bearer: await town.session("vodacomTZN", apiKey) };
}

test("each limit lets through what reaches it, and stops the first cent or payment beyond", async () => {
  // prettier-ignore
  const table: [limits: ProductLimits, payments: [amount: string, says: string][]][] = [
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
    const { bearer } = await limited(limits);
    for (const [input_Amount, says] of payments) {
      assert.equal(
        said(await collect(town, { input_Amount }, bearer)),
        says,
        `${input_Amount} of ${JSON.stringify(limits)}`,
      );
    }
  }
});

test("payouts and transfers have limits of their own", async () => {
  const out = await limited({ sessionDailyCount: 1 }, "b2c");
  assert.equal(said(await payOut(town, {}, out.bearer)), "201 INS-0");
  assert.equal(said(await payOut(town, {}, out.bearer)), "400 INS-993");
  const across = await limited({ sessionDailyValue: "10" }, "b2b");
  assert.equal(said(await transfer(town, {}, across.bearer)), "201 INS-0");
  assert.equal(said(await transfer(town, {}, across.bearer)), "400 INS-994");
});

test("only payments that went through count: not the refused, not the repeated", async () => {
  const { bearer } = await limited({ sessionDailyCount: 2 });
  const poor = await newCustomer(town, { minor: 0n });
  const once = { input_ThirdPartyConversationID: reference() };
  assert.equal(said(await collect(town, { input_CustomerMSISDN: poor }, bearer)), "422 INS-2006");
  assert.equal(said(await collect(town, once, bearer)), "201 INS-0");
  assert.equal(said(await collect(town, once, bearer)), "409 INS-10");
  assert.equal(said(await collect(town, {}, bearer)), "201 INS-0");
  assert.equal(said(await collect(town, {}, bearer)), "400 INS-993");
});

test("a payment that was reversed has still been made", async () => {
  const { bearer } = await limited({ sessionDailyCount: 1 });
  const paid = await collect(town, {}, bearer);
  assert.equal(said(await reverse(town, transactionOf(paid))), "201 INS-0");
  assert.equal(said(await collect(town, {}, bearer)), "400 INS-993");
});

test("a new session begins at nothing; the customer's own counts go on", async () => {
  const session = await limited({ sessionDailyCount: 1 });
  assert.equal(said(await collect(town, {}, session.bearer)), "201 INS-0");
  assert.equal(said(await collect(town, {}, session.bearer)), "400 INS-993");
  const renewed = await town.session("vodacomTZN", session.apiKey);
  assert.equal(said(await collect(town, {}, renewed)), "201 INS-0");

  const customer = await limited({ customerDailyCount: 1 });
  assert.equal(said(await collect(town, {}, customer.bearer)), "201 INS-0");
  const again = await town.session("vodacomTZN", customer.apiKey);
  assert.equal(said(await collect(town, {}, again)), "400 INS-991");
  const somebodyElse = { input_CustomerMSISDN: await newCustomer(town) };
  assert.equal(said(await collect(town, somebodyElse, again)), "201 INS-0");
});

test("a day ends at the market's own midnight", async () => {
  await using place = await openTown();
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const at = (time: string) => place.clock.set(new Date(`${tomorrow}T${time}Z`));
  at("20:58:00");
  const { apiKey } = await makeApplication(place, {
    products: { c2bSingle: { limits: { customerDailyCount: 1 } } },
  });
  const bearer = await place.session("vodacomTZN", apiKey);
  assert.equal(said(await collect(place, {}, bearer)), "201 INS-0");
  at("20:59:30");
  assert.equal(said(await collect(place, {}, bearer)), "400 INS-991", "still today in Dar es Salaam");
  at("21:00:30");
  assert.equal(
    said(await collect(place, {}, bearer)),
    "201 INS-0",
    "tomorrow there, and not yet in Greenwich",
  );
});

test("usage hours are the market's own, and may cross midnight", async () => {
  await using place = await openTown();
  const { apiKey } = await makeApplication(place, {
    products: { c2bSingle: { from: "22:00", to: "04:30" } },
  });
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  for (const [utc, says] of [
    ["18:59:30", "400 INS-996"],
    ["19:00:30", "201 INS-0"],
    ["22:30:00", "201 INS-0"],
    ["01:29:30", "201 INS-0"],
    ["01:30:30", "400 INS-996"],
  ]) {
    place.clock.set(new Date(`${tomorrow}T${utc}Z`));
    const bearer = await place.session("vodacomTZN", apiKey);
    assert.equal(said(await collect(place, {}, bearer)), says, `${utc} in Greenwich`);
  }
});

const counted = (replies: readonly Reply[], says: string): number =>
  replies.filter((reply) => said(reply) === says).length;

test("fifty payments in the same moment reach a limit exactly", async () => {
  const fifty = (limits: ProductLimits, change: () => object = () => ({})) =>
    limited(limits).then(({ bearer }) =>
      Promise.all(
        Array.from({ length: 50 }, () => collect(town, { input_Amount: "7", ...change() }, bearer)),
      ),
    );
  const byCount = await fifty({ sessionDailyCount: 20 });
  assert.deepEqual([counted(byCount, "201 INS-0"), counted(byCount, "400 INS-993")], [20, 30]);
  const byValue = await fifty({ sessionDailyValue: "100" });
  assert.deepEqual([counted(byValue, "201 INS-0"), counted(byValue, "400 INS-994")], [14, 36]);
  const byCustomer = await fifty({ customerDailyValue: "100" });
  assert.deepEqual([counted(byCustomer, "201 INS-0"), counted(byCustomer, "400 INS-990")], [14, 36]);

  // Two customers in turn: each has a count of its own.
  const two = [await newCustomer(town, { minor: 1000_00n }), await newCustomer(town, { minor: 1000_00n })];
  let turn = 0;
  const inTurn = await fifty({ customerDailyCount: 5 }, () => ({
    input_CustomerMSISDN: two[(turn += 1) % 2],
  }));
  assert.deepEqual([counted(inTurn, "201 INS-0"), counted(inTurn, "400 INS-991")], [10, 40]);
});
