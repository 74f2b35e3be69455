/**
 * `check-listener` against known listeners: a correct one passes every case, and each faulty one fails exactly the
 * cases of its fault.
 */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import pMap from "p-map";
import { createListener, toNodeHandler, type CallbackEvent } from "../../sdk/src/index.ts";
import { createSeededRandom } from "../../src/listener-check/seeded-random.ts";
import { SandboxPaymentFailed } from "../../src/listener-check/sandbox-payments.ts";
import { checkListener, type Report } from "../../src/listener-check/run-checks.ts";
import type { CheckSettings, Timeouts } from "../../src/listener-check/settings.ts";
import { fixedLookup } from "../../src/listener-check/address-policy.ts";
import {
  addresses,
  describeFailures,
  listByVerdict,
  secret,
  settingsFor,
  shortTimeouts,
} from "../support/listener-check.ts";
import {
  MerchantServer,
  type ListenerFault,
  type MerchantServerOptions,
} from "../support/merchant-server.ts";

/** The references of payments that were made for a query. The command's own tests use a real gateway. */
const paidReferences = new Set<string>();
function recordPayment(reference: string) {
  paidReferences.add(reference);
  return { conversationId: `a${reference}`, transactionId: "hv9ahxcg4ccv" };
}
const createSettings = (merchant: MerchantServer, change: Partial<CheckSettings> = {}): CheckSettings =>
  settingsFor(merchant, {
    // These listeners handle any number at the same time; check-listener-workers.test.ts measures.
    measureParallelism: () => Promise.resolve({ isParallel: true, message: "It has any number of workers." }),
    sandbox: { msisdn: "255750000001", pay: ({ reference }) => Promise.resolve(recordPayment(reference)) },
    ...change,
  });
const queryGateway = (reference: string): Promise<string> =>
  Promise.resolve(paidReferences.has(reference) ? "Completed" : "Failed");

async function checkMerchant(
  options: MerchantServerOptions,
  change?: (merchant: MerchantServer) => Partial<CheckSettings>,
): Promise<Report> {
  await using merchant = await new MerchantServer({ secret, queryGateway, ...options }).start();
  return await checkListener(createSettings(merchant, change?.(merchant)));
}

/** What an integrator writes: books expected payments once, and flags the rest for a person. */
function bookEvent(
  merchant: MerchantServer,
  { outcome, reference: name, conversationId }: CallbackEvent,
): void {
  if (merchant.broken) throw new Error("the database is down");
  const order = merchant.orders.get(name);
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

const signatureCases = ["missing", "forged", "tampered", "other-message", "old", "future"].map(
  (name) => `signature/${name}`,
);

/** The cases that each fault fails; `~` is a warning. */
const casesByFault: Readonly<Record<ListenerFault, readonly string[]>> = {
  "books every delivery": [
    "duplicate/booked-once",
    "duplicate-at-once/booked-once",
    "duplicate-reworded/booked-once",
    "hang-up/booked-once",
    "records-kept/kept",
    "out-of-order/booked-once",
    "after-query/booked-once",
    "first-again/booked-once",
  ],
  "checks and books without a lock": ["duplicate-at-once/booked-once", "after-query/booked-once"],
  "deduplicates by webhook-id": ["duplicate-reworded/booked-once", "after-query/booked-once"],
  "remembers recent results only": ["after-query/booked-once", "first-again/booked-once"],
  "refuses duplicates": [
    "duplicate/acknowledged",
    "duplicate-at-once/acknowledged",
    "duplicate-reworded/acknowledged",
    "hang-up/acknowledged",
    "~out-of-order/booked-once",
    "first-again/acknowledged",
  ],
  "ignores the code": ["refusals/not-booked", "refusals/ended", "malformed/unknown-code"],
  "books unknown codes": ["malformed/unknown-code"],
  "leaves refusals open": ["refusals/ended"],
  "reverts a booking": ["refusal-after-success/kept"],
  "ignores later results": ["timeout-then-success/noticed"],
  "ignores results of abandoned orders": ["after-giving-up/noticed"],
  "books again after its own query": ["after-query/booked-once"],
  "books for unknown references": ["unknown-reference/not-booked"],
  "ignores the conversation": ["another-payment/not-booked", "another-payment/booked-after-all"],
  "requires the conversation": ["lost-answer/booked"],
  "books the smallest amount": ["success/amount"],
  "accepts objects as references": ["malformed/wrong-types"],
  "ignores signatures": signatureCases,
  "ignores timestamps": ["signature/old", "signature/future"],
  "checks the first signature only": ["signature/rotated"],
  "verifies the reserialised body": ["duplicate-reworded/acknowledged"],
  "records before it verifies": ["signature/booked-after-all"],
  "acknowledges unreadable bodies": [
    "~malformed/not-json",
    "~malformed/empty",
    "~malformed/array",
    "~malformed/null",
    "~malformed/missing-reference",
    "~malformed/missing-code",
  ],
  "crashes on bad JSON": ["malformed/not-json"],
  "refuses new fields": ["malformed/extra-fields"],
  "reads the first chunk only": ["slow-sender/acknowledged"],
  "handles one request at a time": ["slow-sender/others-served"],
  "requires Content-Length": ["~chunked/accepted"],
  "drops requests under load": ["many-at-once/booked-once"],
  "acknowledges during an outage": ["own-503/not-acknowledged", "own-503/booked-once"],
  "books again later": ["success/booked", "first-again/booked-once"],
  "is slow": ["success/acknowledged"],
  redirects: ["success/acknowledged", "success/booked"],
  "responds in its own format": ["~answers/form"],
};

const noHooks = { state: null, begin: null, query: null, giveUp: null, break: null, fix: null };

// Each test has its own listeners and mostly waits.
suite("check-listener", { concurrency: true }, () => {
  test("a correct listener passes every case, and gets the best score", async () => {
    const report = await checkMerchant({});
    assert.deepEqual(
      listByVerdict(report, "failed", "warning", "not observable"),
      [],
      describeFailures(report),
    );
    assert.deepEqual(listByVerdict(report, "not applicable"), [
      "two-step-out-of-order/booked-once",
      "wrong-amount/not-booked",
    ]);
    assert.equal(report.score.points, 100);
    assert.equal(report.score.grade, "A");
    const applicable = report.outcomes.filter(({ verdict }) => verdict !== "not applicable");
    const withoutEvidence = applicable
      .filter(({ evidence }) => evidence.length === 0)
      .map(({ name }) => name);
    assert.deepEqual(
      withoutEvidence,
      ["answers/form", "answers/in-time"],
      "these evaluate the other cases' evidence",
    );
  });

  test("a listener built with the SDK passes every case as well", async () => {
    await using merchant = await new MerchantServer({
      queryGateway,
      listener: (own) =>
        toNodeHandler(
          createListener({
            secret,
            onProblem: () => {},
            async onEvent(event) {
              // The time of a database.
              await sleep(2);
              bookEvent(own, event);
            },
          }),
        ),
    }).start();
    const report = await checkListener(createSettings(merchant));
    assert.deepEqual(
      listByVerdict(report, "failed", "warning", "not observable"),
      [],
      describeFailures(report),
    );
    assert.equal(report.score.points, 100);
  });

  test("each fault fails its cases and no others", async () => {
    const checkFault = async ([fault, expected]: [string, readonly string[]]) => {
      const slow: Partial<Timeouts> = fault === "is slow" ? { responseMs: 500 } : {};
      // Without a lock, two deliveries at once are booked twice only if both come within this time.
      const hasNoLock = fault === "checks and books without a lock";
      const bookingMs = hasNoLock ? { bookingMs: 200 } : {};
      const report = await checkMerchant(
        { fault: fault as ListenerFault, slowMs: 800, ...bookingMs },
        () => ({
          timeouts: { ...shortTimeouts, ...slow },
        }),
      );
      const actual = [
        ...listByVerdict(report, "failed"),
        ...listByVerdict(report, "warning").map((name) => `~${name}`),
      ];
      // A retry right after a broken connection may come within that time, too.
      const seen = actual.filter((name) => !hasNoLock || name !== "hang-up/booked-once");
      return { fault, breaks: expected, seen, report };
    };
    const results = await pMap(Object.entries(casesByFault), checkFault, { concurrency: 11 });
    for (const { fault, breaks: expected, seen: actual, report } of results) {
      assert.deepEqual(actual.toSorted(), expected.toSorted(), `${fault}:\n${describeFailures(report)}`);
      const failsMoneyCase = report.outcomes.some(
        ({ verdict, severity: harm }) => verdict === "failed" && harm === "money",
      );
      if (failsMoneyCase)
        assert(["D", "F"].includes(report.score.grade ?? ""), `${fault}: ${report.score.grade}`);
    }
  });

  test("cases that need the merchant's records never pass without them", async () => {
    const report = await checkMerchant({ fault: "books every delivery" }, () => ({ hooks: noHooks }));
    assert.deepEqual(listByVerdict(report, "failed"), [], describeFailures(report));
    const passedMoneyCases = report.outcomes.filter(
      ({ verdict, severity: harm }) => verdict === "passed" && harm === "money",
    );
    // A refused forgery is visible in the response; nothing else about money is.
    assert.deepEqual(
      passedMoneyCases.map(({ name }) => name),
      signatureCases,
    );
    const notObservable = report.outcomes.filter(({ verdict }) => verdict === "not observable");
    assert(
      notObservable.length > 20 && notObservable.every(({ neededOption: wants }) => wants?.startsWith("--")),
    );
    assert.equal(report.score.grade, null, "there is no grade if the money cases were not observable");
  });

  test("a refusal for an unknown payment that is not booked proves nothing", async () => {
    const report = await checkMerchant({}, (merchant) => ({
      hooks: { ...noHooks, state: createSettings(merchant).hooks.state },
    }));
    assert.deepEqual(listByVerdict(report, "failed", "warning"), [], describeFailures(report));
    const verdictByName = new Map(report.outcomes.map(({ name, verdict }) => [name, verdict]));
    assert.equal(verdictByName.get("success/booked"), "not observable");
    assert.equal(verdictByName.get("refusals/not-booked"), "not observable");
    assert.equal(verdictByName.get("duplicate/booked-once"), "not observable");
    assert.equal(verdictByName.get("unknown-reference/not-booked"), "passed");
  });

  test("two-step payments and all other calls have their own cases", async () => {
    const report = await checkMerchant({}, () => ({
      calls: ["c2bSingle", "c2bMultiStage", "updateTransactionStatus", "b2c", "queryBeneficiaryName"],
    }));
    const failures = listByVerdict(report, "failed");
    // This merchant books a reservation like a payment, and sends one fixed acknowledgement.
    assert.deepEqual(failures, ["success-c2bMultiStage/booked"], describeFailures(report));
    assert.deepEqual(listByVerdict(report, "warning"), ["answers/form"]);
    assert.equal(
      report.outcomes.find(({ name }) => name === "refusals-queryBeneficiaryName/ended")?.verdict,
      "not applicable",
    );
  });

  test("a sandbox that cannot pay gives no verdict about the listener", async () => {
    await using merchant = await new MerchantServer({ secret, queryGateway }).start();
    const pay = () => Promise.reject(new SandboxPaymentFailed("The sandbox delivers the result itself."));
    const report = await checkListener(
      createSettings(merchant, { sandbox: { msisdn: "255750000001", pay } }),
      ["after-query"],
    );
    assert.deepEqual(listByVerdict(report, "not observable"), [
      "after-query/settled",
      "after-query/booked-once",
    ]);
    assert.equal(report.outcomes[0]?.message, "The sandbox delivers the result itself.");
  });

  test("a listener that is equally slow for all requests does not block others", async () => {
    await using merchant = await new MerchantServer({ secret, fault: "is slow", slowMs: 800 }).start();
    const report = await checkListener(createSettings(merchant), ["slow-sender", "slow-reader"]);
    assert.deepEqual(listByVerdict(report, "failed", "warning"), [], describeFailures(report));
  });

  test("a listener at one of several addresses of its name is found", async () => {
    await using merchant = await new MerchantServer({ secret }).start();
    // Like `localhost` on most machines, with a listener on IPv4 only.
    const both = [{ address: "::1", family: 6 }, ...addresses];
    const settings = createSettings(merchant, { addresses: both, lookup: fixedLookup(both) });
    const { port } = new URL(merchant.url);
    const named = { ...settings, url: `http://localhost:${port}/callback` };
    const report = await checkListener(named, ["success", "chunked", "malformed/not-json"]);
    assert.equal(report.score.points, 100, describeFailures(report));
  });

  test("the same seed generates the same references", async () => {
    const references = async (): Promise<string[]> => {
      await using merchant = await new MerchantServer().start();
      const settings = createSettings(merchant, {
        random: createSeededRandom("basket-17"),
        webhook: null,
        secret: null,
      });
      await checkListener(settings, ["duplicate", "success/booked"]);
      return [...merchant.orders.keys()];
    };
    const first = await references();
    assert.equal(first.length, 2);
    assert.deepEqual(await references(), first);
  });
});
