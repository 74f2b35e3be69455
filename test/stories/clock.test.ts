/** The sandbox's clock: it stops, it goes on, and what its time brings happens when it is moved. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { makeApplication } from "../town/application.ts";
import { advance, eventsOf, freeze, readClock, tomorrowAt } from "../town/clock.ts";
import { control } from "../town/control.ts";
import { collect, hold, newCustomer, said, statusOf, transactionOf } from "../town/payments.ts";
import { openTown, reference, type Town } from "../town/town.ts";

const openClockTown = () => openTown({ sandboxClock: true });

const refusal = async (town: Town, method: string, path: string, body: object): Promise<string> => {
  const reply = await control(town, method, path, body);
  return `${reply.status} ${String(reply.body.message)}`;
};

test("a fresh sandbox has wall time", async () => {
  await using town = await openClockTown();
  const clock = await readClock(town);
  assert.equal(clock.frozen, false);
  assert(Math.abs(clock.offsetSeconds) < 1);
  assert(Math.abs(Date.parse(clock.now) - Date.now()) < 10_000);
});

test("a clock that stands stays where it is, and goes on from there", async () => {
  await using town = await openClockTown();
  const stopped = await freeze(town);
  assert.equal(stopped.frozen, true);
  await sleep(50);
  assert.equal((await readClock(town)).now, stopped.now);
  assert.equal((await freeze(town)).now, stopped.now, "stopping it twice changes nothing");
  assert.equal((await control(town, "GET", "/status")).body.now, stopped.now);

  const going = await freeze(town, false);
  assert.equal(going.frozen, false);
  assert(Date.parse(going.now) >= Date.parse(stopped.now));
  const [passed, passedOnTheWall] = [
    Date.parse(going.now) - Date.parse(stopped.now),
    Date.parse(going.wall) - Date.parse(stopped.wall),
  ];
  assert(passed < passedOnTheWall - 40, `it does not catch up: ${passed} ms of ${passedOnTheWall}`);
  await sleep(30);
  assert(Date.parse((await readClock(town)).now) >= Date.parse(going.now) + 25);
});

test("a clock is moved forward by seconds or to a moment, frozen or not", async () => {
  await using town = await openClockTown();
  const moved = await advance(town, 3600);
  assert.equal(Date.parse(moved.to) - Date.parse(moved.from), 3600_000);
  const running = await readClock(town);
  assert(Date.parse(running.now) >= Date.parse(moved.to));
  assert(Math.abs(running.offsetSeconds - 3600) < 10, "running, and an hour ahead");

  await freeze(town);
  const there = await tomorrowAt(town, "12:00:00");
  assert.equal((await advance(town, there)).to, there.replace("Z", ".000Z"));
  const stands = await readClock(town);
  assert.deepEqual([stands.now, stands.frozen], [there.replace("Z", ".000Z"), true]);
});

test("a clock is never moved back, too far, or to no moment", async () => {
  await using town = await openClockTown();
  const { now } = await freeze(town);
  const advancing = (body: object) => refusal(town, "POST", "/clock/advance", body);
  assert.match(await advancing({ to: now }), /^400 The clock moves forward only/);
  assert.match(await advancing({ seconds: 400 * 86_400 + 1 }), /^400 .*400 days at most/);
  assert.match(await advancing({ to: "2026-13-01T00:00:00Z" }), /^400 to is no moment/);
  assert.match(await advancing({}), /^400 Say either seconds or to/);
  assert.match(await advancing({ seconds: 1, to: now }), /^400 Say either seconds or to/);
  assert.match(await advancing({ seconds: 0 }), /^400 seconds must be >= 1/);
  assert.match(await refusal(town, "PATCH", "/clock", { frozen: "yes" }), /^400 frozen must be boolean/);
  assert.equal((await readClock(town)).now, now);
});

test("a session ends when the clock is moved past its lifetime", async () => {
  await using town = await openClockTown();
  const { id, apiKey } = await makeApplication(town, { sessionLifetimeMs: 3600_000 });
  const bearer = await town.session("vodacomTZN", apiKey);
  await advance(town, 3500);
  assert.equal(said(await collect(town, {}, bearer)), "201 INS-0");
  const moved = await advance(town, 200);
  assert.equal(said(await collect(town, {}, bearer)), "401 INS-989");
  assert.deepEqual(
    moved.happened.map(({ what, about, says }) => ({ what, about, says })),
    [
      {
        what: "sessions_ended",
        about: String(id),
        says: `A session of application ${id} (Application of a test) ended.`,
      },
    ],
  );
});

test("a hold ends at its own time on the way, and the customer has the money again", async () => {
  await using town = await openClockTown();
  await freeze(town);
  const msisdn = await newCustomer(town, { minor: 100_00n });
  const first = await hold(town, { input_CustomerMSISDN: msisdn });
  await advance(town, 600);
  const second = await hold(town, { input_CustomerMSISDN: msisdn });
  assert.equal(await town.available(msisdn), 80_00n);

  const { now } = await readClock(town);
  const moved = await advance(town, 3 * 86_400);
  const expected = [Date.parse(now) + 86_400_000 - 600_000, Date.parse(now) + 86_400_000];
  assert.deepEqual(
    moved.happened.filter(({ what }) => what === "hold_expired").map(({ at, about }) => ({ at, about })),
    [
      { at: new Date(expected[0] ?? 0).toISOString(), about: transactionOf(first) },
      { at: new Date(expected[1] ?? 0).toISOString(), about: transactionOf(second) },
    ],
  );
  assert.equal(await town.available(msisdn), 100_00n);
  town.forgetSession();
  assert.equal(await statusOf(town, transactionOf(first)), "Expired False");
});

test("a daily limit begins anew at the market's own midnight", async () => {
  await using town = await openClockTown();
  const { apiKey } = await makeApplication(town, {
    products: { c2bSingle: { limits: { customerDailyCount: 1, sessionDailyCount: 5 } } },
    sessionLifetimeMs: 10 * 86_400_000,
  });
  await freeze(town);
  await advance(town, await tomorrowAt(town, "20:58:00"));
  const bearer = await town.session("vodacomTZN", apiKey);
  assert.equal(said(await collect(town, {}, bearer)), "201 INS-0");
  await advance(town, 90);
  assert.equal(said(await collect(town, {}, bearer)), "400 INS-991", "still today in Dar es Salaam");
  const moved = await advance(town, 60);
  assert.equal(said(await collect(town, {}, bearer)), "201 INS-0", "tomorrow there, today in Accra");
  assert.deepEqual(
    moved.happened.map(({ what, market, at }) => `${what} ${market} ${at.slice(11)}`),
    ["day_began vodacomTZN 21:00:00.000Z"],
  );
});

test("a month away, limits that count in the database still have a place to count in", async () => {
  await using town = await openClockTown();
  const { apiKey } = await makeApplication(town, {
    products: { c2bSingle: { limits: { sessionDailyCount: 2 } } },
    sessionLifetimeMs: 30 * 86_400_000,
  });
  for (const days of [31, 100, 399]) {
    await advance(town, days * 86_400);
    const bearer = await town.session("vodacomTZN", apiKey);
    const all = [];
    for (let i = 0; i < 3; i += 1) all.push(said(await collect(town, {}, bearer)));
    assert.deepEqual(all, ["201 INS-0", "201 INS-0", "400 INS-993"], `after ${days} days`);
  }
});

test("days that are many are summarised, a line for each market", async () => {
  await using town = await openClockTown();
  const week = await advance(town, 7 * 86_400);
  assert.equal(week.happened.filter(({ what }) => what === "day_began").length, 35);
  const month = await advance(town, 31 * 86_400);
  const lines = month.happened.map(({ what, says }) => `${what} ${says}`);
  assert.equal(lines.length, 5);
  assert.match(lines[0] ?? "", /^day_began The last of 31 days began/);
});

test("mandates begin, turn over and expire with the market's days", async () => {
  await using town = await openClockTown();
  await freeze(town);
  await advance(town, await tomorrowAt(town, "09:00:00"));
  const day = (days: number) =>
    new Date(town.clock.now() + days * 86_400_000).toISOString().slice(0, 10).replaceAll("-", "");
  const msisdn = await newCustomer(town, { minor: 1000_00n });
  const mandateReference = reference();
  const base = () => ({
    input_Country: "TZN",
    input_ServiceProviderCode: "000000",
    input_CustomerMSISDN: msisdn,
    input_ThirdPartyReference: mandateReference,
    input_ThirdPartyConversationID: reference(),
  });
  const created = await town.call("POST", "directDebitCreation/", {
    ...base(),
    input_AgreedTC: "1",
    input_Frequency: "03",
    input_FirstPaymentDate: day(2),
    input_ExpiryDate: day(20),
  });
  assert.equal(said(created), "201 INS-0", JSON.stringify(created.body));
  const mandate = created.body["output_MandateID"];
  const debit = async () => {
    town.forgetSession();
    const fields = { ...base(), input_Amount: "10", input_Currency: "TZS" };
    return said(await town.call("POST", "directDebitPayment/", fields));
  };

  const start = town.clock.now();
  const midnight = (days: number) =>
    new Date(Math.floor(start / 86_400_000) * 86_400_000 + days * 86_400_000 - 3 * 3600_000).toISOString();
  assert.equal(await debit(), "401 INS-6", "its first day is to come");
  const begins = await advance(town, 2 * 86_400);
  assert.deepEqual(
    begins.happened.filter(({ about }) => about === mandate).map(({ what, at }) => `${what} ${at}`),
    [`mandate_began ${midnight(2)}`],
  );
  assert.equal(await debit(), "201 INS-0");
  assert.equal(await debit(), "401 INS-6", "once a week");
  const turns = await advance(town, 7 * 86_400);
  assert.deepEqual(
    eventsOf(turns).filter((line) => line.startsWith("mandate")),
    [`mandate_period_began ${midnight(9)}`],
  );
  assert.equal(await debit(), "201 INS-0", "a new week");
  const rest = await advance(town, 12 * 86_400);
  assert.deepEqual(
    eventsOf(rest).filter((line) => line.startsWith("mandate")),
    [`mandate_period_began ${midnight(16)}`, `mandate_expired ${midnight(21)}`],
  );
  assert.equal(await debit(), "401 INS-6", "expired");
});
