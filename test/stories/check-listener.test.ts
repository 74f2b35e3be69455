/**
 * `check-listener` against listeners that are known: a good one keeps every promise, and each bad one breaks exactly
 * those that its one fault breaks.
 */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { createListener, toNodeHandler, type CallbackEvent } from "../../sdk/src/index.ts";
import { chanceOf, newSeed } from "../../src/cli/check-listener/chance.ts";
import { NotPaid } from "../../src/cli/check-listener/in-sandbox.ts";
import { checkListener, type Report } from "../../src/cli/check-listener/play.ts";
import { usualPatience, type Settings } from "../../src/cli/check-listener/settings.ts";
import { inTurns } from "../../src/cli/check-listener/stage.ts";
import type { Tool } from "../../src/cli/check-listener/tools.ts";
import { pinned } from "../../src/cli/check-listener/where.ts";
import { Shop, type Fault, type ShopOptions } from "../town/shop.ts";

const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const addresses = [{ address: "127.0.0.1", family: 4 }];

/** As impatient as the slowest case allows: the listeners are on this very machine. */
const impatient = { ...usualPatience, settleMs: 400, quietMs: 60, slowMs: 700, comebackMs: 200 };

function settingsFor(shop: Shop, change: Partial<Settings> = {}): Settings {
  const tool = (name: string): Tool => ({
    option: `--${name}-url`,
    kind: "url",
    value: `${shop.url}/${name}${name === "state" ? "/{reference}" : ""}`,
  });
  return {
    url: `${shop.url}/callback`,
    market: "vodacomTZN",
    calls: ["c2bSingle"],
    chance: chanceOf(newSeed()),
    webhook: new Webhook(secret),
    secret,
    tools: {
      state: tool("state"),
      begin: tool("begin"),
      query: tool("query"),
      giveUp: tool("give-up"),
      break: tool("break"),
      mend: tool("mend"),
    },
    sandbox: { msisdn: "255750000001", pay: ({ reference }) => Promise.resolve(paid(reference)) },
    many: 12,
    patience: impatient,
    lookup: pinned(addresses),
    addresses,
    signal: new AbortController().signal,
    ...change,
  };
}

/** What the gateway knows of payments that were made for a query. The command's own tests have a real one. */
const gateway = new Set<string>();
function paid(reference: string) {
  gateway.add(reference);
  return { conversationId: `a${reference}`, transactionId: "hv9ahxcg4ccv" };
}
const askGateway = (reference: string): Promise<string> =>
  Promise.resolve(gateway.has(reference) ? "Completed" : "Failed");

async function check(options: ShopOptions, change?: (shop: Shop) => Partial<Settings>): Promise<Report> {
  await using shop = await new Shop({ secret, askGateway, ...options }).open();
  return await checkListener(settingsFor(shop, change?.(shop)));
}

const named = ({ outcomes }: Report, ...verdicts: string[]): string[] =>
  outcomes.filter(({ verdict }) => verdicts.includes(verdict)).map(({ name }) => name);

const explained = (report: Report): string =>
  report.outcomes
    .filter(({ verdict }) => verdict !== "passed")
    .map(({ name, verdict, says }) => `${name} ${verdict}: ${says}`)
    .join("\n");

/** What an integrator writes: books what was asked for, once, and lets a person see what does not fit. */
function book(shop: Shop, { outcome, reference: name, conversationId }: CallbackEvent): void {
  if (shop.broken) throw new Error("the database is away");
  const order = shop.orders.get(name);
  if (order === undefined) return;
  if (order.conversationId !== null && order.conversationId !== conversationId) {
    order.flagged = true;
  } else if (outcome === "accepted") {
    if (order.bookings === 0)
      Object.assign(order, { status: "paid", bookings: 1, bookedAmount: order.amount });
  } else if (outcome === "refused" && order.status !== "paid") {
    order.status = "failed";
  }
}

const everySignature = ["missing", "forged", "tampered", "other-message", "old", "future"].map(
  (name) => `signature/${name}`,
);

/** What each fault breaks; `~` is a warning. */
const faults: Readonly<Record<Fault, readonly string[]>> = {
  "books every delivery": [
    "duplicate/booked-once",
    "duplicate-at-once/booked-once",
    "duplicate-reworded/booked-once",
    "hang-up/booked-once",
    "out-of-order/booked-once",
    "after-query/booked-once",
  ],
  "looks first and books then": ["duplicate-at-once/booked-once", "after-query/booked-once"],
  "knows deliveries by their id": ["duplicate-reworded/booked-once", "after-query/booked-once"],
  "refuses what it knows": [
    "duplicate/acknowledged",
    "duplicate-reworded/acknowledged",
    "hang-up/acknowledged",
    "~out-of-order/booked-once",
  ],
  "books whatever the code is": ["refusals/not-booked", "refusals/ended", "malformed/unknown-code"],
  "books unknown codes": ["malformed/unknown-code"],
  "leaves refusals open": ["refusals/ended"],
  "undoes a booking": ["refusal-after-success/kept"],
  "hears the first word alone": ["timeout-then-success/noticed"],
  "forgets what it gave up": ["after-giving-up/noticed"],
  "books its own query again": ["after-query/booked-once"],
  "books for unknown references": ["unknown-reference/not-booked"],
  "looks at the reference alone": ["another-payment/not-booked", "another-payment/booked-after-all"],
  "needs the conversation": ["lost-answer/booked"],
  "books the smallest amount": ["success/amount"],
  "believes objects": ["malformed/wrong-types"],
  "ignores signatures": everySignature,
  "ignores timestamps": ["signature/old", "signature/future"],
  "reads the first signature alone": ["signature/rotated"],
  "verifies what it wrote anew": ["duplicate-reworded/acknowledged"],
  "remembers before it verifies": ["signature/booked-after-all"],
  "acknowledges what it cannot read": [
    "~malformed/not-json",
    "~malformed/empty",
    "~malformed/array",
    "~malformed/null",
    "~malformed/missing-reference",
    "~malformed/missing-code",
  ],
  "falls over bad JSON": ["malformed/not-json"],
  "refuses new fields": ["malformed/extra-fields"],
  "reads the first packet alone": ["slow-sender/acknowledged"],
  "serves one at a time": ["slow-sender/others-served"],
  "wants a length": ["~chunked/accepted"],
  "drops what is too much": ["many-at-once/booked-once"],
  "acknowledges while it is broken": ["own-503/not-acknowledged", "own-503/booked-once"],
  "books again in a while": ["success/booked"],
  "takes its time": ["success/acknowledged"],
  redirects: ["success/acknowledged", "success/booked"],
  "has words of its own": ["~answers/form"],
};

const noTools = { state: null, begin: null, query: null, giveUp: null, break: null, mend: null };

// Each has listeners of its own, and mostly waits.
suite("check-listener", { concurrency: true }, () => {
  test("a good listener keeps every promise, and gets full marks", async () => {
    const report = await check({});
    assert.deepEqual(named(report, "failed", "warning", "not observable"), [], explained(report));
    assert.deepEqual(named(report, "not applicable"), [
      "two-step-out-of-order/booked-once",
      "wrong-amount/not-booked",
    ]);
    assert.equal(report.score.points, 100);
    assert.equal(report.score.grade, "A");
    const proven = report.outcomes.filter(({ verdict }) => verdict !== "not applicable");
    const bare = proven.filter(({ evidence }) => evidence.length === 0).map(({ name }) => name);
    assert.deepEqual(bare, ["answers/form", "answers/in-time"], "those look at what the others have shown");
  });

  test("a listener made with the SDK keeps every promise as well", async () => {
    await using shop = await new Shop({
      askGateway,
      listener: (own) =>
        toNodeHandler(createListener({ secret, onProblem: () => {}, onEvent: (event) => book(own, event) })),
    }).open();
    const report = await checkListener(settingsFor(shop));
    assert.deepEqual(named(report, "failed", "warning", "not observable"), [], explained(report));
    assert.equal(report.score.points, 100);
  });

  test("each fault fails the cases that it breaks, and no others", async () => {
    const found = await inTurns(Object.entries(faults), 11, async ([fault, breaks]) => {
      const slow = fault === "takes its time" ? { withinMs: 500 } : {};
      const report = await check({ fault: fault as Fault, slowMs: 800 }, () => ({
        patience: { ...impatient, ...slow },
      }));
      const seen = [...named(report, "failed"), ...named(report, "warning").map((name) => `~${name}`)];
      return { fault, breaks, seen, report };
    });
    for (const { fault, breaks, seen, report } of found) {
      assert.deepEqual(seen.toSorted(), breaks.toSorted(), `${fault}:\n${explained(report)}`);
      const losesMoney = report.outcomes.some(
        ({ verdict, harm }) => verdict === "failed" && harm === "money",
      );
      if (losesMoney)
        assert(["D", "F"].includes(report.score.grade ?? ""), `${fault}: ${report.score.grade}`);
    }
  });

  test("what only the records show is never called passed without them", async () => {
    const report = await check({ fault: "books every delivery" }, () => ({ tools: noTools }));
    assert.deepEqual(named(report, "failed"), [], explained(report));
    const shown = report.outcomes.filter(({ verdict, harm }) => verdict === "passed" && harm === "money");
    // A forged message that is refused is seen to be refused; nothing else about money shows in an answer.
    assert.deepEqual(
      shown.map(({ name }) => name),
      everySignature,
    );
    const unseen = report.outcomes.filter(({ verdict }) => verdict === "not observable");
    assert(unseen.length > 20 && unseen.every(({ wants }) => wants?.startsWith("--")));
    assert.equal(report.score.grade, null, "nobody gets an A for what was not looked at");
  });

  test("a refusal that nobody asked for and nobody booked proves nothing", async () => {
    const report = await check({}, (shop) => ({
      tools: { ...noTools, state: settingsFor(shop).tools.state },
    }));
    assert.deepEqual(named(report, "failed", "warning"), [], explained(report));
    const says = new Map(report.outcomes.map(({ name, verdict }) => [name, verdict]));
    assert.equal(says.get("success/booked"), "not observable");
    assert.equal(says.get("refusals/not-booked"), "not observable");
    assert.equal(says.get("duplicate/booked-once"), "not observable");
    assert.equal(says.get("unknown-reference/not-booked"), "passed");
  });

  test("two steps, and every other call, are told in their own words", async () => {
    const report = await check({}, () => ({
      calls: ["c2bSingle", "c2bMultiStage", "updateTransactionStatus", "b2c", "queryBeneficiaryName"],
    }));
    const failures = named(report, "failed");
    // This shop books a reservation as if it were a payment, and knows one acknowledgement alone.
    assert.deepEqual(failures, ["success-c2bMultiStage/booked"], explained(report));
    assert.deepEqual(named(report, "warning"), ["answers/form"]);
    assert.equal(
      report.outcomes.find(({ name }) => name === "refusals-queryBeneficiaryName/ended")?.verdict,
      "not applicable",
    );
  });

  test("a sandbox that does not pay says nothing about the listener", async () => {
    await using shop = await new Shop({ secret, askGateway }).open();
    const pay = () => Promise.reject(new NotPaid("The sandbox tells the result itself."));
    const report = await checkListener(settingsFor(shop, { sandbox: { msisdn: "255750000001", pay } }), [
      "after-query",
    ]);
    assert.deepEqual(named(report, "not observable"), ["after-query/settled", "after-query/booked-once"]);
    assert.equal(report.outcomes[0]?.says, "The sandbox tells the result itself.");
  });

  test("a listener that is as slow with everything holds nobody up", async () => {
    await using shop = await new Shop({ secret, fault: "takes its time", slowMs: 800 }).open();
    const report = await checkListener(settingsFor(shop), ["slow-sender", "slow-reader"]);
    assert.deepEqual(named(report, "failed", "warning"), [], explained(report));
  });

  test("a listener at one of its name's addresses is there", async () => {
    await using shop = await new Shop({ secret }).open();
    // As `localhost` is on most machines, with a listener that has the older one alone.
    const both = [{ address: "::1", family: 6 }, ...addresses];
    const settings = settingsFor(shop, { addresses: both, lookup: pinned(both) });
    const { port } = new URL(shop.url);
    const named = { ...settings, url: `http://localhost:${port}/callback` };
    const report = await checkListener(named, ["success", "chunked", "malformed/not-json"]);
    assert.equal(report.score.points, 100, explained(report));
  });

  test("the same seed makes the same references", async () => {
    const references = async (): Promise<string[]> => {
      await using shop = await new Shop().open();
      const settings = settingsFor(shop, { chance: chanceOf("basket-17"), webhook: null, secret: null });
      await checkListener(settings, ["duplicate", "success/booked"]);
      return [...shop.orders.keys()];
    };
    const first = await references();
    assert.equal(first.length, 2);
    assert.deepEqual(await references(), first);
  });
});
