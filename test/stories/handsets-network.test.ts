/** The sandbox's mobile network loses and delays by a seed: the same seed gives the same run. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { msPerSecond } from "../../src/core/clock.ts";
import { drawNetworkOutcome } from "../../src/sandbox/network.ts";
import { callControl } from "../support/control.ts";
import { getSeedHandset, getHandsets, getHandsetState } from "../support/handsets.ts";
import { collect, expireDueHolds, payOut, summarise } from "../support/payments.ts";
import { waitFor } from "../support/prompts.ts";
import { createTestSandbox, createReference, type TestSandbox } from "../support/sandbox.ts";

const settings = { seed: 7n, promptsLostPercent: 30, messagesLostPercent: 30, delayMs: 10_000 };

test("network outcomes depend on the seed, the kind, the number and the count only", () => {
  const drawOutcomes = (seed: bigint, what: "prompt" | "message", msisdn = "255750000006") =>
    Array.from({ length: 200 }, (_, ordinal) =>
      drawNetworkOutcome({ ...settings, seed }, what, msisdn, BigInt(ordinal)),
    );
  assert.deepEqual(drawOutcomes(7n, "prompt"), drawOutcomes(7n, "prompt"));
  assert.notDeepEqual(drawOutcomes(7n, "prompt"), drawOutcomes(8n, "prompt"));
  assert.notDeepEqual(drawOutcomes(7n, "prompt"), drawOutcomes(7n, "message"));
  assert.notDeepEqual(drawOutcomes(7n, "prompt"), drawOutcomes(7n, "prompt", "255750000007"));
  // Fixed values, so that a release cannot change the outcomes unnoticed.
  assert.deepEqual(drawOutcomes(7n, "prompt").slice(0, 3), [
    { lost: true, delayMs: 2622 },
    { lost: true, delayMs: 2302 },
    { lost: true, delayMs: 8869 },
  ]);
  const lost = drawOutcomes(7n, "prompt").filter((each) => each.lost).length;
  assert(lost > 40 && lost < 80, `${lost} of 200 lost at 30 percent`);
  assert(drawOutcomes(7n, "prompt").every(({ delayMs }) => delayMs >= 0 && delayMs < 10_000));
});

test("nothing is lost at 0 percent, and everything at 100", () => {
  for (let ordinal = 0n; ordinal < 500n; ordinal += 1n) {
    assert.equal(
      drawNetworkOutcome({ ...settings, promptsLostPercent: 0 }, "prompt", "1", ordinal).lost,
      false,
    );
    assert.equal(
      drawNetworkOutcome({ ...settings, promptsLostPercent: 100 }, "prompt", "1", ordinal).lost,
      true,
    );
  }
});

/** Makes ten payouts to one handset in turn. Returns which messages the network lost. */
async function collectLostMessages(sandbox: TestSandbox): Promise<boolean[]> {
  const { msisdn } = getSeedHandset(sandbox);
  const lost: boolean[] = [];
  for (let i = 0; i < 10; i += 1) {
    await payOut(sandbox, { input_CustomerMSISDN: msisdn, input_Amount: "1" });
    const state = await waitFor("a message with a network outcome", async () => {
      const rows = await sandbox.sql()<{ state: string; assigned: boolean }[]>`
        select state, arrives_at is not null as assigned from messages where msisdn = ${msisdn} order by id`;
      return rows.length === lost.length + 1 && rows.at(-1)?.assigned === true
        ? rows.at(-1)?.state
        : undefined;
    });
    lost.push(state === "lost");
  }
  return lost;
}

test("two sandboxes with one seed have the same network outcomes, and another seed has others", async () => {
  const runs: boolean[][] = [];
  for (const seed of [4711, 4711, 4712]) {
    await using sandbox = await createTestSandbox();
    const updated = await callControl(sandbox, "PATCH", "/network", { seed, messagesLostPercent: 50 });
    assert.deepEqual(updated.body, { seed, promptsLostPercent: 0, messagesLostPercent: 50, delaySeconds: 0 });
    runs.push(await collectLostMessages(sandbox));
  }
  assert.deepEqual(runs[0], runs[1]);
  assert.notDeepEqual(runs[0], runs[2]);
});

test("setting the seed again repeats the run in the same sandbox", async () => {
  await using sandbox = await createTestSandbox();
  await callControl(sandbox, "PATCH", "/network", { seed: 4711, messagesLostPercent: 50 });
  const first = await collectLostMessages(sandbox);
  await callControl(sandbox, "PATCH", "/network", { seed: 4711 });
  await sandbox.sql()`delete from messages`;
  assert.deepEqual(await collectLostMessages(sandbox), first);
});

test("a lost prompt is never shown, expires, and the control API names the seed", async () => {
  await using sandbox = await createTestSandbox();
  await callControl(sandbox, "PATCH", "/network", { seed: 99, promptsLostPercent: 100 });
  const { msisdn } = getSeedHandset(sandbox);
  const before = await sandbox.getAvailable(msisdn);
  const conversationReference = createReference();
  const collecting = collect(sandbox, {
    input_CustomerMSISDN: msisdn,
    input_ThirdPartyConversationID: conversationReference,
  });
  const at = `/markets/vodacomTZN/handsets/${msisdn}`;
  const prompt = await waitFor("a lost prompt", async () => {
    const { body } = await callControl(sandbox, "GET", at);
    return body.prompts[0]?.says.startsWith("Lost") === true ? body.prompts[0] : undefined;
  });
  assert.equal(prompt.says, "Lost by the network, seed 99: it will not arrive.");
  assert.equal(prompt.open, false);
  const refused = await callControl(sandbox, "POST", `${at}/answer`, {
    says: "approve",
    prompt: prompt.transactionId,
  });
  assert.equal(refused.status, 409);

  sandbox.clock.advance(90 * msPerSecond);
  await expireDueHolds(sandbox);
  assert.equal(summarise(await collecting), "408 INS-9");
  assert.equal(await sandbox.getAvailable(msisdn), before);
  assert.equal(
    (await callControl(sandbox, "GET", at)).body.prompts[0].says,
    "Lost by the network, seed 99: it expired without being displayed.",
  );
  const payment = await callControl(sandbox, "GET", `/markets/vodacomTZN/payments/${prompt.transactionId}`);
  assert.match(payment.body.ending, / Its prompt was lost by the network, seed 99\.$/);
});

test("a delayed prompt arrives at its business time", async () => {
  await using sandbox = await createTestSandbox();
  await callControl(sandbox, "PATCH", "/network", { seed: 7, delaySeconds: 60 });
  const { msisdn } = getSeedHandset(sandbox);
  const collecting = collect(sandbox, { input_CustomerMSISDN: msisdn });
  const late = await waitFor("a prompt in transit", async () => {
    const [row] = await sandbox.sql()<{ ms: number | null }[]>`
      select extract(epoch from arrives_at - created_at)::float * 1000 as ms from prompts where msisdn = ${msisdn}`;
    return row?.ms ?? undefined;
  });
  assert(late >= 15_730 && late < 17_000, `${late}`);
  assert.deepEqual((await getHandsetState(sandbox, msisdn)).prompts, []);
  sandbox.clock.advance(17 * msPerSecond);
  const { paymentId } = await waitFor(
    "the prompt",
    async () => (await getHandsetState(sandbox, msisdn)).prompts[0],
  );
  await getHandsets(sandbox).answerPrompt({ msisdn, paymentId, reply: "decline", pin: null });
  assert.equal(summarise(await collecting), "401 INS-6");
});
