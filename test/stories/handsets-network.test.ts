/** The sandbox's mobile network loses and delays, by a seed: the same seed gives the same run. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { second } from "../../src/clock.ts";
import { fate } from "../../src/sandbox/network.ts";
import { control } from "../town/control.ts";
import { handset, phonesOf, stateOf } from "../town/handsets.ts";
import { collect, endExpiredHolds, payOut, said } from "../town/payments.ts";
import { eventually } from "../town/prompts.ts";
import { openTown, reference, type Town } from "../town/town.ts";

const settings = { seed: 7n, promptsLostPercent: 30, messagesLostPercent: 30, delayMs: 10_000 };

test("fates depend on the seed, the kind, the number and the count, and on nothing else", () => {
  const drawn = (seed: bigint, what: "prompt" | "message", msisdn = "255750000006") =>
    Array.from({ length: 200 }, (_, ordinal) => fate({ ...settings, seed }, what, msisdn, BigInt(ordinal)));
  assert.deepEqual(drawn(7n, "prompt"), drawn(7n, "prompt"));
  assert.notDeepEqual(drawn(7n, "prompt"), drawn(8n, "prompt"));
  assert.notDeepEqual(drawn(7n, "prompt"), drawn(7n, "message"));
  assert.notDeepEqual(drawn(7n, "prompt"), drawn(7n, "prompt", "255750000007"));
  // Written down, so that a release cannot quietly draw otherwise.
  assert.deepEqual(drawn(7n, "prompt").slice(0, 3), [
    { lost: true, delayMs: 2622 },
    { lost: true, delayMs: 2302 },
    { lost: true, delayMs: 8869 },
  ]);
  const lost = drawn(7n, "prompt").filter((each) => each.lost).length;
  assert(lost > 40 && lost < 80, `${lost} of 200 lost at 30 percent`);
  assert(drawn(7n, "prompt").every(({ delayMs }) => delayMs >= 0 && delayMs < 10_000));
});

test("nothing is lost at 0 percent, and everything at 100", () => {
  for (let ordinal = 0n; ordinal < 500n; ordinal += 1n) {
    assert.equal(fate({ ...settings, promptsLostPercent: 0 }, "prompt", "1", ordinal).lost, false);
    assert.equal(fate({ ...settings, promptsLostPercent: 100 }, "prompt", "1", ordinal).lost, true);
  }
});

/** Ten payouts to one handset, one after another: which of their messages the network lost. */
async function lostMessages(town: Town): Promise<boolean[]> {
  const { msisdn } = handset(town);
  const lost: boolean[] = [];
  for (let i = 0; i < 10; i += 1) {
    await payOut(town, { input_CustomerMSISDN: msisdn, input_Amount: "1" });
    const state = await eventually("a message that the network has drawn", async () => {
      const rows = await town.sql()<{ state: string; drawn: boolean }[]>`
        select state, arrives_at is not null as drawn from messages where msisdn = ${msisdn} order by id`;
      return rows.length === lost.length + 1 && rows.at(-1)?.drawn === true ? rows.at(-1)?.state : undefined;
    });
    lost.push(state === "lost");
  }
  return lost;
}

test("two towns with one seed have the same fates, and another seed has others", async () => {
  const runs: boolean[][] = [];
  for (const seed of [4711, 4711, 4712]) {
    await using town = await openTown();
    const told = await control(town, "PATCH", "/network", { seed, messagesLostPercent: 50 });
    assert.deepEqual(told.body, { seed, promptsLostPercent: 0, messagesLostPercent: 50, delaySeconds: 0 });
    runs.push(await lostMessages(town));
  }
  assert.deepEqual(runs[0], runs[1]);
  assert.notDeepEqual(runs[0], runs[2]);
});

test("setting the seed again begins the same run again, in one town", async () => {
  await using town = await openTown();
  await control(town, "PATCH", "/network", { seed: 4711, messagesLostPercent: 50 });
  const first = await lostMessages(town);
  await control(town, "PATCH", "/network", { seed: 4711 });
  await town.sql()`delete from messages`;
  assert.deepEqual(await lostMessages(town), first);
});

test("a lost prompt is never seen, expires, and everybody who asks why is told the seed", async () => {
  await using town = await openTown();
  await control(town, "PATCH", "/network", { seed: 99, promptsLostPercent: 100 });
  const { msisdn } = handset(town);
  const before = await town.available(msisdn);
  const mine = reference();
  const calling = collect(town, { input_CustomerMSISDN: msisdn, input_ThirdPartyConversationID: mine });
  const at = `/markets/vodacomTZN/handsets/${msisdn}`;
  const prompt = await eventually("a prompt that was lost", async () => {
    const { body } = await control(town, "GET", at);
    return body.prompts[0]?.says.startsWith("Lost") === true ? body.prompts[0] : undefined;
  });
  assert.equal(prompt.says, "Lost by the network, seed 99: it will not arrive.");
  assert.equal(prompt.open, false);
  const refused = await control(town, "POST", `${at}/answer`, {
    says: "approve",
    prompt: prompt.transactionId,
  });
  assert.equal(refused.status, 409);

  town.clock.advance(90 * second);
  await endExpiredHolds(town);
  assert.equal(said(await calling), "408 INS-9");
  assert.equal(await town.available(msisdn), before);
  assert.equal(
    (await control(town, "GET", at)).body.prompts[0].says,
    "Lost by the network, seed 99: it expired unseen.",
  );
  const payment = await control(town, "GET", `/markets/vodacomTZN/payments/${prompt.transactionId}`);
  assert.match(payment.body.ending, / Its prompt was lost by the network, seed 99\.$/);
});

test("a delayed prompt arrives when business time has reached it", async () => {
  await using town = await openTown();
  await control(town, "PATCH", "/network", { seed: 7, delaySeconds: 60 });
  const { msisdn } = handset(town);
  const calling = collect(town, { input_CustomerMSISDN: msisdn });
  const late = await eventually("a prompt on its way", async () => {
    const [row] = await town.sql()<{ ms: number | null }[]>`
      select extract(epoch from arrives_at - created_at)::float * 1000 as ms from prompts where msisdn = ${msisdn}`;
    return row?.ms ?? undefined;
  });
  assert(late >= 15_730 && late < 17_000, `${late}`);
  assert.deepEqual((await stateOf(town, msisdn)).prompts, []);
  town.clock.advance(17 * second);
  const { paymentId } = await eventually("the prompt", async () => (await stateOf(town, msisdn)).prompts[0]);
  await phonesOf(town).answer({ msisdn, paymentId, says: "decline", pin: null });
  assert.equal(said(await calling), "401 INS-6");
});
