/** The sandbox's clock: it freezes, it runs, and advancing it runs the events that become due. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { createTestApplication } from "../support/application.ts";
import { advanceClock, formatEvents, setFrozen, getClock, timestampAfterDays } from "../support/clock.ts";
import { callControl } from "../support/control.ts";
import {
  collect,
  hold,
  createTestCustomer,
  summarise,
  getStatus,
  getTransactionId,
} from "../support/payments.ts";
import { createTestSandbox, createReference, type TestSandbox } from "../support/sandbox.ts";

const createSandboxWithClock = () => createTestSandbox({ sandboxClock: true });

const getRefusal = async (
  sandbox: TestSandbox,
  method: string,
  path: string,
  body: object,
): Promise<string> => {
  const reply = await callControl(sandbox, method, path, body);
  return `${reply.status} ${String(reply.body.message)}`;
};

test("a new sandbox has wall time", async () => {
  await using sandbox = await createSandboxWithClock();
  const clock = await getClock(sandbox);
  assert.equal(clock.frozen, false);
  assert(Math.abs(clock.offsetSeconds) < 1);
  assert(Math.abs(Date.parse(clock.now) - Date.now()) < 10_000);
});

test("a frozen clock stays, and continues from there", async () => {
  await using sandbox = await createSandboxWithClock();
  const stopped = await setFrozen(sandbox);
  assert.equal(stopped.frozen, true);
  await sleep(50);
  assert.equal((await getClock(sandbox)).now, stopped.now);
  assert.equal((await setFrozen(sandbox)).now, stopped.now, "freezing it twice changes nothing");
  assert.equal((await callControl(sandbox, "GET", "/status")).body.now, stopped.now);

  const running = await setFrozen(sandbox, false);
  assert.equal(running.frozen, false);
  assert(Date.parse(running.now) >= Date.parse(stopped.now));
  const [elapsedMs, elapsedWallMs] = [
    Date.parse(running.now) - Date.parse(stopped.now),
    Date.parse(running.wall) - Date.parse(stopped.wall),
  ];
  assert(elapsedMs < elapsedWallMs - 40, `it does not catch up: ${elapsedMs} ms of ${elapsedWallMs}`);
  await sleep(30);
  assert(Date.parse((await getClock(sandbox)).now) >= Date.parse(running.now) + 25);
});

test("the clock is advanced by seconds or to a timestamp, frozen or not", async () => {
  await using sandbox = await createSandboxWithClock();
  const advance = await advanceClock(sandbox, 3600);
  assert.equal(Date.parse(advance.to) - Date.parse(advance.from), 3600_000);
  const running = await getClock(sandbox);
  assert(Date.parse(running.now) >= Date.parse(advance.to));
  assert(Math.abs(running.offsetSeconds - 3600) < 10, "running, and an hour ahead");

  await setFrozen(sandbox);
  const target = await timestampAfterDays(sandbox, "12:00:00");
  assert.equal((await advanceClock(sandbox, target)).to, target.replace("Z", ".000Z"));
  const stands = await getClock(sandbox);
  assert.deepEqual([stands.now, stands.frozen], [target.replace("Z", ".000Z"), true]);
});

test("the clock is never advanced backwards, too far, or to an invalid timestamp", async () => {
  await using sandbox = await createSandboxWithClock();
  const { now } = await setFrozen(sandbox);
  const advancing = (body: object) => getRefusal(sandbox, "POST", "/clock/advance", body);
  assert.match(await advancing({ to: now }), /^400 The clock only moves forward/);
  assert.match(await advancing({ seconds: 400 * 86_400 + 1 }), /^400 .*at most 400 days/);
  assert.match(await advancing({ to: "2026-13-01T00:00:00Z" }), /^400 to is not a valid time/);
  assert.match(await advancing({}), /^400 Send either seconds or to/);
  assert.match(await advancing({ seconds: 1, to: now }), /^400 Send either seconds or to/);
  assert.match(await advancing({ seconds: 0 }), /^400 seconds must be >= 1/);
  assert.match(
    await getRefusal(sandbox, "PATCH", "/clock", { frozen: "yes" }),
    /^400 frozen must be boolean/,
  );
  assert.equal((await getClock(sandbox)).now, now);
});

test("a session ends when the clock passes its lifetime", async () => {
  await using sandbox = await createSandboxWithClock();
  const { id, apiKey } = await createTestApplication(sandbox, { sessionLifetimeMs: 3600_000 });
  const bearer = await sandbox.session("vodacomTZN", apiKey);
  await advanceClock(sandbox, 3500);
  assert.equal(summarise(await collect(sandbox, {}, bearer)), "201 INS-0");
  const advance = await advanceClock(sandbox, 200);
  assert.equal(summarise(await collect(sandbox, {}, bearer)), "401 INS-989");
  assert.deepEqual(
    advance.events.map(({ what, about: subject, says: message }) => [what, subject, message]),
    [["sessions_ended", String(id), `A session of application ${id} (Application of a test) ended.`]],
  );
});

test("a hold expires at its own time while the clock advances, and the customer gets the money back", async () => {
  await using sandbox = await createSandboxWithClock();
  await setFrozen(sandbox);
  const msisdn = await createTestCustomer(sandbox, { amountMinor: 100_00n });
  const first = await hold(sandbox, { input_CustomerMSISDN: msisdn });
  await advanceClock(sandbox, 600);
  const second = await hold(sandbox, { input_CustomerMSISDN: msisdn });
  assert.equal(await sandbox.getAvailable(msisdn), 80_00n);

  const { now } = await getClock(sandbox);
  const advance = await advanceClock(sandbox, 3 * 86_400);
  const expected = [Date.parse(now) + 86_400_000 - 600_000, Date.parse(now) + 86_400_000];
  assert.deepEqual(
    advance.events
      .filter(({ what }) => what === "hold_expired")
      .map(({ at, about: subject }) => [at, subject]),
    [
      [new Date(expected[0] ?? 0).toISOString(), getTransactionId(first)],
      [new Date(expected[1] ?? 0).toISOString(), getTransactionId(second)],
    ],
  );
  assert.equal(await sandbox.getAvailable(msisdn), 100_00n);
  sandbox.forgetSession();
  assert.equal(await getStatus(sandbox, getTransactionId(first)), "Expired False");
});

test("a daily limit resets at the market's midnight", async () => {
  await using sandbox = await createSandboxWithClock();
  const { apiKey } = await createTestApplication(sandbox, {
    products: { c2bSingle: { limits: { customerDailyCount: 1, sessionDailyCount: 5 } } },
    sessionLifetimeMs: 10 * 86_400_000,
  });
  await setFrozen(sandbox);
  await advanceClock(sandbox, await timestampAfterDays(sandbox, "20:58:00"));
  const bearer = await sandbox.session("vodacomTZN", apiKey);
  assert.equal(summarise(await collect(sandbox, {}, bearer)), "201 INS-0");
  await advanceClock(sandbox, 90);
  assert.equal(summarise(await collect(sandbox, {}, bearer)), "400 INS-991", "still today in Dar es Salaam");
  const advance = await advanceClock(sandbox, 60);
  assert.equal(summarise(await collect(sandbox, {}, bearer)), "201 INS-0", "tomorrow there, today in Accra");
  assert.deepEqual(
    advance.events.map(({ what, market, at }) => `${what} ${market} ${at.slice(11)}`),
    // Nairobi has the same time.
    ["day_began vodacomTZN 21:00:00.000Z", "day_began safaricomKEN 21:00:00.000Z"],
  );
});

test("after more than a month, the usage table still has partitions for new counts", async () => {
  await using sandbox = await createSandboxWithClock();
  const { apiKey } = await createTestApplication(sandbox, {
    products: { c2bSingle: { limits: { sessionDailyCount: 2 } } },
    sessionLifetimeMs: 30 * 86_400_000,
  });
  for (const days of [31, 100, 399]) {
    await advanceClock(sandbox, days * 86_400);
    const bearer = await sandbox.session("vodacomTZN", apiKey);
    const all = [];
    for (let i = 0; i < 3; i += 1) all.push(summarise(await collect(sandbox, {}, bearer)));
    assert.deepEqual(all, ["201 INS-0", "201 INS-0", "400 INS-993"], `after ${days} days`);
  }
});

test("many day changes are summarised, one line per market", async () => {
  await using sandbox = await createSandboxWithClock();
  const week = await advanceClock(sandbox, 7 * 86_400);
  assert.equal(week.events.filter(({ what }) => what === "day_began").length, 42);
  const month = await advanceClock(sandbox, 31 * 86_400);
  const lines = month.events.map(({ what, says: message }) => `${what} ${message}`);
  assert.equal(lines.length, 6);
  assert.match(lines[0] ?? "", /^day_began The last of 31 days started/);
});

test("mandates start, renew their period and expire with the market's days", async () => {
  await using sandbox = await createSandboxWithClock();
  await setFrozen(sandbox);
  await advanceClock(sandbox, await timestampAfterDays(sandbox, "09:00:00"));
  const day = (days: number) =>
    new Date(sandbox.clock.now() + days * 86_400_000).toISOString().slice(0, 10).replaceAll("-", "");
  const msisdn = await createTestCustomer(sandbox, { amountMinor: 1000_00n });
  const mandateReference = createReference();
  const base = () => ({
    input_Country: "TZN",
    input_ServiceProviderCode: "000000",
    input_CustomerMSISDN: msisdn,
    input_ThirdPartyReference: mandateReference,
    input_ThirdPartyConversationID: createReference(),
  });
  const created = await sandbox.call("POST", "directDebitCreation/", {
    ...base(),
    input_AgreedTC: "1",
    input_Frequency: "03",
    input_FirstPaymentDate: day(2),
    input_ExpiryDate: day(20),
  });
  assert.equal(summarise(created), "201 INS-0", JSON.stringify(created.body));
  const mandate = created.body["output_MandateID"];
  const debit = async () => {
    sandbox.forgetSession();
    const fields = { ...base(), input_Amount: "10", input_Currency: "TZS" };
    return summarise(await sandbox.call("POST", "directDebitPayment/", fields));
  };

  const start = sandbox.clock.now();
  const midnight = (days: number) =>
    new Date(Math.floor(start / 86_400_000) * 86_400_000 + days * 86_400_000 - 3 * 3600_000).toISOString();
  assert.equal(await debit(), "401 INS-6", "its first day is in the future");
  const firstAdvance = await advanceClock(sandbox, 2 * 86_400);
  assert.deepEqual(
    firstAdvance.events
      .filter(({ about: subject }) => subject === mandate)
      .map(({ what, at }) => `${what} ${at}`),
    [`mandate_began ${midnight(2)}`],
  );
  assert.equal(await debit(), "201 INS-0");
  assert.equal(await debit(), "401 INS-6", "once a week");
  const weekAdvance = await advanceClock(sandbox, 7 * 86_400);
  assert.deepEqual(
    formatEvents(weekAdvance).filter((line) => line.startsWith("mandate")),
    [`mandate_period_began ${midnight(9)}`],
  );
  assert.equal(await debit(), "201 INS-0", "a new week");
  const lastAdvance = await advanceClock(sandbox, 12 * 86_400);
  assert.deepEqual(
    formatEvents(lastAdvance).filter((line) => line.startsWith("mandate")),
    [`mandate_period_began ${midnight(16)}`, `mandate_expired ${midnight(21)}`],
  );
  assert.equal(await debit(), "401 INS-6", "expired");
});
