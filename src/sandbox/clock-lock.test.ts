/** The clock lock is exclusive, and expires when its owner dies. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { createTestDatabase } from "../../test/support/cluster.ts";
import { waitFor } from "../../test/support/prompts.ts";
import { connectToSchema } from "../../test/support/sandbox.ts";
import { msPerHour } from "../core/clock.ts";
import type { Sql } from "../store/driver/connect.ts";
import { readSandboxClock } from "../store/main/sandbox-clock.ts";
import { ClockBusy, createSandboxClock, setFrozen, propagationMs } from "./clock.ts";
import { ClockLockLost, lockClock, leaseMs } from "./clock-lock.ts";

type OpenClock = Awaited<ReturnType<typeof createSandboxClock>>;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let main: Sql;
let clock: OpenClock;
let other: OpenClock;
before(async () => {
  database = await createTestDatabase();
  main = connectToSchema(database.address, "pesarail");
});
beforeEach(async () => {
  await main`update sandbox_clock set offset_ms = 0, frozen_at = null, advancing_at = null, locked_until = '-infinity'`;
  [clock, other] = [await createSandboxClock(main), await createSandboxClock(main)];
});
afterEach(async () => {
  await clock.close();
  await other.close();
});
after(async () => {
  await main.end();
  await database[Symbol.asyncDispose]();
});

/** Simulates an owner that has not renewed its lease. */
const expireLease = () => main`update sandbox_clock set locked_until = clock_timestamp()`;

test("a locked clock is frozen on every server, slightly ahead of its time before", async () => {
  const before = clock.now();
  const lock = await lockClock(main, clock);
  assert.equal(clock.now(), lock.at());
  assert(lock.at() >= before + propagationMs && lock.at() < before + propagationMs + 5_000);
  await other.refresh();
  assert.equal(other.now(), lock.at());
  assert.equal(other.moving(), true);
  await lock.setTo(lock.at() + msPerHour);
  await other.refresh();
  assert.equal(other.now(), lock.at());

  const lastSet = lock.at();
  await lock.release();
  await other.refresh();
  for (const current of [clock, other]) {
    assert.equal(current.moving(), false);
    assert(current.now() >= lastSet && current.now() < lastSet + 5_000, "it continues from there");
  }
});

test("a locked clock cannot be locked, stopped or started by another server", async () => {
  const lock = await lockClock(main, clock);
  await assert.rejects(lockClock(main, other), ClockBusy);
  await assert.rejects(setFrozen(main, other, true), ClockBusy);
  await lock.release();
  await setFrozen(main, other, true);
  const relocked = await lockClock(main, clock);
  await assert.rejects(setFrozen(main, other, false), ClockBusy);
  await relocked.release();
});

test("the lease is renewed while its owner lives", async () => {
  const lock = await lockClock(main, clock);
  const readLeaseEnd = async (): Promise<number> => {
    const [row] = await main<{ at: Date }[]>`select locked_until as at from sandbox_clock`;
    return row?.at.getTime() ?? 0;
  };
  const first = await readLeaseEnd();
  await waitFor("a renewal", async () => ((await readLeaseEnd()) > first ? true : undefined));
  assert((await readLeaseEnd()) <= Date.now() + leaseMs + 100);
  await lock.release();
});

test("an owner whose lease expired has lost the lock, even if no other took it", async () => {
  const lock = await lockClock(main, clock);
  await expireLease();
  await assert.rejects(lock.setTo(lock.at() + msPerHour), ClockLockLost);
  await assert.rejects(lock.release(), ClockLockLost);

  const slow = await lockClock(main, clock);
  await expireLease();
  const next = await lockClock(main, other);
  await assert.rejects(slow.setTo(slow.at() + msPerHour), ClockLockLost);
  const { movingAt } = await readSandboxClock(main);
  assert.equal(movingAt, next.at());
  await next.release();
});

test("a clock whose owner died continues from the last time set: frozen if it was frozen, running if it ran", async () => {
  for (const frozen of [false, true]) {
    await setFrozen(main, clock, frozen);
    const lock = await lockClock(main, clock);
    await lock.setTo(lock.at() + msPerHour);
    lock.stopRenewing();
    await expireLease();
    await other.refresh();
    const elapsedMs = other.now() - lock.at();
    assert.equal(other.reading().frozen, frozen);
    assert(frozen ? elapsedMs === 0 : elapsedMs >= 0 && elapsedMs < 5_000, `${elapsedMs} ms later`);
    await clock.refresh();
  }
});

test("a clock that is released without changes is as it was", async () => {
  const lock = await lockClock(main, clock, clock.now() - 24 * msPerHour);
  assert(clock.now() < Date.now() - 23 * msPerHour);
  await lock.abandon();
  assert(Math.abs(clock.now() - Date.now()) < 100);
  assert.equal(clock.reading().frozen, false);
});

test("a clock continues with the last known state while the database is unavailable", async () => {
  const unreachablePool = connectToSchema({ ...database.address, database: "pesarail_nowhere" }, "pesarail");
  let unreachable = false;
  const unreliable = new Proxy(main, {
    apply: (target, self, args) =>
      Reflect.apply(unreachable ? unreachablePool : target, self, args) as unknown,
  });
  const disconnected = await createSandboxClock(unreliable);
  await setFrozen(main, clock, true);
  await disconnected.refresh();
  unreachable = true;
  await assert.rejects(disconnected.refresh());
  await setFrozen(main, clock, false);
  assert.equal(disconnected.reading().frozen, true);
  unreachable = false;
  await waitFor("a read from the database", async () => (disconnected.reading().frozen ? undefined : true));
  await disconnected.close();
  await unreachablePool.end();
});
