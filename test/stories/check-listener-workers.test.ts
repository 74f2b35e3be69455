/**
 * `check-listener` against listeners whose faults need several messages or workers to be seen: what one worker hides is
 * never a pass, and records that disappear are noticed.
 */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { json } from "node:stream/consumers";
import type { RequestListener } from "node:http";
import { calculateParallelism } from "../../src/listener-check/parallelism.ts";
import { checkListener, type Report } from "../../src/listener-check/run-checks.ts";
import { describeFailures, listByVerdict, settingsFor } from "../support/listener-check.ts";
import { MerchantServer, type MerchantServerOptions } from "../support/merchant-server.ts";

async function checkMerchant(
  options: MerchantServerOptions,
  filter: readonly string[],
  hookNames: readonly ("state" | "begin")[] = ["state", "begin"],
): Promise<Report> {
  await using merchant = await new MerchantServer(options).start();
  const settings = settingsFor(merchant, { webhook: null, secret: null });
  const hooks = { state: null, begin: null, query: null, giveUp: null, break: null, fix: null };
  for (const name of hookNames) Object.assign(hooks, { [name]: settings.hooks[name] });
  return await checkListener({ ...settings, hooks }, filter);
}

const concurrentCases = ["duplicate-at-once/booked-once", "many-at-once/booked-once"];

suite("check-listener", { concurrency: true }, () => {
  test("one worker hides a race: the concurrent cases are not observable, and the score says so", async () => {
    const fault = "checks and books without a lock";
    const report = await checkMerchant({ fault, workers: 1, bookingMs: 20 }, ["success", ...concurrentCases]);
    assert.deepEqual(listByVerdict(report, "failed", "warning"), [], describeFailures(report));
    assert.deepEqual(listByVerdict(report, "not observable"), concurrentCases);
    for (const { verdict, message, neededOption } of report.outcomes) {
      if (verdict !== "not observable") continue;
      assert.match(
        message,
        /The listener was not seen to handle several callbacks at the same time: one callback alone took/,
      );
      assert.equal(neededOption, "a listener with several workers");
    }
    assert.equal(report.score.points, 100);
    assert.equal(report.score.grade, "B");
    assert.match(report.score.reason ?? "", /several callbacks at the same time/);
  });

  test("a correct listener with one worker does not pass the concurrent cases either", async () => {
    const report = await checkMerchant({ workers: 1, bookingMs: 20 }, concurrentCases);
    assert.deepEqual(listByVerdict(report, "not observable"), concurrentCases, describeFailures(report));
  });

  test("several workers show the race", async () => {
    for (const workers of [2, 4]) {
      const fault = "checks and books without a lock";
      const options = { fault, workers, bookingMs: 50 } as const;
      const report = await checkMerchant(options, ["duplicate-at-once/booked-once"]);
      assert.deepEqual(listByVerdict(report, "failed"), ["duplicate-at-once/booked-once"]);
    }
  });

  test("several workers without a race pass", async () => {
    const report = await checkMerchant({ workers: 4, bookingMs: 150 }, concurrentCases);
    assert.deepEqual(listByVerdict(report, "passed"), concurrentCases, describeFailures(report));
  });

  test("records that are lost between two messages fail", async () => {
    const report = await checkMerchant({ listener: forgetOthers }, ["records-kept"]);
    assert.deepEqual(listByVerdict(report, "failed"), ["records-kept/kept"]);
    assert.match(report.outcomes[0]?.message ?? "", /first: unknown, not booked/);
  });

  test("records that are lost later fail, also of a payment that was not requested", async () => {
    const report = await checkMerchant(
      { listener: forgetOthers },
      ["success", "duplicate", "chunked"],
      ["state"],
    );
    const booked = report.outcomes.find(({ name }) => name === "duplicate/booked-once");
    assert.equal(booked?.verdict, "failed");
    assert.equal(booked.message, "The records no longer contain it at the end of the run.");
  });

  test("a run of first-again alone delivers its own payment first", async () => {
    const report = await checkMerchant({}, ["first-again"]);
    assert.deepEqual(listByVerdict(report, "passed").length, 2, describeFailures(report));
  });
});

test("one worker is distinguished from two, whatever the work and the network take", () => {
  const measure = (workers: number, workMs: number, networkMs: number): number =>
    calculateParallelism({
      alone: workMs + networkMs,
      together: (8 / workers) * workMs + networkMs,
      unbooked: networkMs,
    });
  for (const workMs of [1, 3, 50])
    for (const networkMs of [0.3, 1, 40]) {
      assert(measure(1, workMs, networkMs) <= 1, `${workMs} ms of work, ${networkMs} ms of network`);
      if (networkMs < workMs) assert(measure(2, workMs, networkMs) >= 1.5);
    }
});

/** A listener in the memory of a process that restarts before each message of another payment. */
const forgetOthers = (merchant: MerchantServer): RequestListener => {
  const handle: RequestListener = (request, response) =>
    void json(request).then((value) => {
      const fields = value as Record<string, string>;
      const reference = fields["input_ThirdPartyConversationID"] ?? "";
      const known = merchant.orders.get(reference);
      for (const [name, { status }] of merchant.orders)
        if (name !== reference && status === "paid") merchant.orders.delete(name);
      merchant.orders.set(reference, {
        amount: known?.amount ?? "1.00",
        conversationId: null,
        bookedAmount: known?.amount ?? "1.00",
        status: "paid",
        bookings: 1,
        flagged: false,
        abandoned: false,
      });
      response.writeHead(200, { "content-type": "application/json" }).end(
        JSON.stringify({
          output_OriginalConversationID: fields["input_OriginalConversationID"],
          output_ResponseCode: "0",
          output_ResponseDesc: "Successfully Accepted Result",
          output_ThirdPartyConversationID: reference,
        }),
      );
    });
  return handle;
};
