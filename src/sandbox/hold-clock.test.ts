/** Who holds the clock has it alone, for as long as they live and no longer. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { testDatabase } from "../../test/town/cluster.ts";
import { eventually } from "../../test/town/prompts.ts";
import { openSql } from "../../test/town/town.ts";
import { hour } from "../clock.ts";
import type { Sql } from "../store/connect.ts";
import { readSandboxClock } from "../store/sandbox-clock.ts";
import { ClockBusy, openSandboxClock, setFrozen, settleMs } from "./clock.ts";
import { ClockLost, holdClock, leaseMs } from "./hold-clock.ts";

type OpenClock = Awaited<ReturnType<typeof openSandboxClock>>;

let database: Awaited<ReturnType<typeof testDatabase>>;
let main: Sql;
let clock: OpenClock;
let other: OpenClock;
before(async () => {
  database = await testDatabase();
  main = openSql(database.address, "pesarail");
});
beforeEach(async () => {
  await main`update sandbox_clock set offset_ms = 0, frozen_at = null, moving_at = null, moving_until = '-infinity'`;
  [clock, other] = [await openSandboxClock(main), await openSandboxClock(main)];
});
afterEach(() => {
  clock.close();
  other.close();
});
after(async () => {
  await main.end();
  await database[Symbol.asyncDispose]();
});

/** As if nothing had been heard of the holder for as long as its lease. */
const endLease = () => main`update sandbox_clock set moving_until = clock_timestamp()`;

test("a held clock stands for everybody, a moment ahead of where it was", async () => {
  const before = clock.now();
  const hold = await holdClock(main, clock);
  assert.equal(clock.now(), hold.at());
  assert(hold.at() >= before + settleMs && hold.at() < before + settleMs + 5_000);
  await other.refresh();
  assert.equal(other.now(), hold.at());
  assert.equal(other.moving(), true);
  await hold.stand(hold.at() + hour);
  await other.refresh();
  assert.equal(other.now(), hold.at());

  await hold.release();
  await other.refresh();
  for (const each of [clock, other]) {
    assert.equal(each.moving(), false);
    assert(each.now() >= hold.at() && each.now() < hold.at() + 5_000, "it goes on from there");
  }
});

test("nobody else takes, stops or starts a held clock", async () => {
  const hold = await holdClock(main, clock);
  await assert.rejects(holdClock(main, other), ClockBusy);
  await assert.rejects(setFrozen(main, other, true), ClockBusy);
  await hold.release();
  await setFrozen(main, other, true);
  const again = await holdClock(main, clock);
  await assert.rejects(setFrozen(main, other, false), ClockBusy);
  await again.release();
});

test("the lease is renewed while its holder lives", async () => {
  const hold = await holdClock(main, clock);
  const until = async (): Promise<number> => {
    const [row] = await main<{ at: Date }[]>`select moving_until as at from sandbox_clock`;
    return row?.at.getTime() ?? 0;
  };
  const first = await until();
  await eventually("a renewal", async () => ((await until()) > first ? true : undefined));
  assert((await until()) <= Date.now() + leaseMs + 100);
  await hold.release();
});

test("a holder whose lease ran out has lost it, whether or not another took it", async () => {
  const hold = await holdClock(main, clock);
  await endLease();
  await assert.rejects(hold.stand(hold.at() + hour), ClockLost);
  await assert.rejects(hold.release(), ClockLost);

  const slow = await holdClock(main, clock);
  await endLease();
  const next = await holdClock(main, other);
  await assert.rejects(slow.stand(slow.at() + hour), ClockLost);
  const { movingAt } = await readSandboxClock(main);
  assert.equal(movingAt, next.at());
  await next.release();
});

test("a clock whose holder died goes on from where it stood last: standing if it stood, running if it ran", async () => {
  for (const frozen of [false, true]) {
    await setFrozen(main, clock, frozen);
    const hold = await holdClock(main, clock);
    await hold.stand(hold.at() + hour);
    hold.forget();
    await endLease();
    await other.refresh();
    const past = other.now() - hold.at();
    assert.equal(other.reading().frozen, frozen);
    assert(frozen ? past === 0 : past >= 0 && past < 5_000, `${past} ms later`);
    await clock.refresh();
  }
});

test("a clock that is let go of untouched is as it was", async () => {
  const hold = await holdClock(main, clock, clock.now() - 24 * hour);
  assert(clock.now() < Date.now() - 23 * hour);
  await hold.abandon();
  assert(Math.abs(clock.now() - Date.now()) < 100);
  assert.equal(clock.reading().frozen, false);
});

test("a clock goes on with what it knows while the database is away", async () => {
  const away = openSql({ ...database.address, database: "pesarail_nowhere" }, "pesarail");
  let gone = false;
  const flaky = new Proxy(main, {
    apply: (target, self, args) => Reflect.apply(gone ? away : target, self, args) as unknown,
  });
  const cutOff = await openSandboxClock(flaky);
  await setFrozen(main, clock, true);
  await cutOff.refresh();
  gone = true;
  await assert.rejects(cutOff.refresh());
  await setFrozen(main, clock, false);
  assert.equal(cutOff.reading().frozen, true);
  gone = false;
  await eventually("a look at the database", async () => (cutOff.reading().frozen ? undefined : true));
  cutOff.close();
  await away.end();
});
