/**
 * Advances the sandbox clock, and runs everything that becomes due on the way, each at its own business time.
 *
 * The clock is locked (`clock-lock.ts`) and set, for all servers, to the next time at which any rail has due work. That
 * work runs, and may schedule more; then the clock is set to the next such time. Timers that do the same work pause
 * meanwhile (`Clock.moving`), so that all of it runs and is listed here. Only callbacks continue, because payments do
 * too; their events are read from the stored attempts.
 *
 * Each job still runs only once: its state is in the rail, not in the clock, and the servers' leases use wall time.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { msPerDay, msPerMinute, msPerSecond, type ClockEvent, type ClockDrivenJob } from "../core/clock.ts";
import type { Market } from "../core/markets.ts";
import type { Sql } from "../store/driver/connect.ts";
import { readSandboxClock, requestClockAbort } from "../store/main/sandbox-clock.ts";
import { makePartitions } from "../store/schema/partitions.ts";
import { unlockEvents, dailyLimitEvents, mandateEvents, sessionEvents } from "./calendar-events.ts";
import { ClockBusy, type SandboxClock } from "./clock.ts";
import { lockClock, type ClockLock } from "./clock-lock.ts";

/** A sandbox rail with its clock-driven jobs. Jobs due at the same time run in this order. */
export interface SandboxRail {
  readonly market: Market;
  readonly sql: Sql;
  readonly work: readonly ClockDrivenJob[];
}

export interface ClockAdvanceDeps {
  readonly main: Sql;
  readonly clock: SandboxClock;
  readonly rails: readonly SandboxRail[];
  /** Aborted when the server stops: the advance then ends at the current time. */
  readonly stopping: AbortSignal;
}

/** By a duration, or to a business time. Milliseconds. */
export type Target = { readonly by: number } | { readonly to: number };

export interface ClockAdvance {
  readonly from: number;
  readonly to: number;
  /** The first `maxListedEvents` events, in order of time. */
  readonly events: readonly ClockEvent[];
  /** The number of all events. */
  readonly count: number;
}

export const maxAdvanceMs = 400 * msPerDay;
export const maxListedEvents = 1_000;

/** If due work cannot be done within this wall time, the advance ends. */
const timeoutMs = 2 * msPerMinute;

/** The clock cannot be advanced to this target. The message is one sentence. */
export class TargetRefused extends Error {}

/** The advance ended early; the clock continues from where it is. */
export class AdvanceAborted extends Error {
  /** Whether a client wanted that; else the server or the database is the cause. */
  readonly byClient: boolean;

  constructor(at: number, reason: string, { byClient = false } = {}) {
    super(
      `${reason} The clock continues from ${new Date(at).toISOString()}; all work that was due before is done.`,
    );
    this.byClient = byClient;
  }
}

/**
 * Advances the clock until it is at the target, or a client or the end of the server aborts that. `abort` has a sentence as
 * reason. Throws `ClockBusy`, `ClockLockLost`, `TargetRefused` or `AdvanceAborted`.
 */
export async function advanceClock(
  deps: ClockAdvanceDeps,
  target: Target,
  abort: AbortSignal = new AbortController().signal,
): Promise<ClockAdvance> {
  const { main, clock } = deps;
  resolveTarget(target, clock.now());
  const lock = await lockClock(main, clock);
  try {
    const from = lock.at();
    const to = resolveTarget(target, from);
    const jobs = deps.rails.flatMap(({ work }) => work);
    for (const job of jobs) job.begin?.();
    const list = new EventList();
    try {
      list.add(await sessionEvents(main, { from, to }));
      const aborts = { stopping: deps.stopping, client: AbortSignal.any([abort, lock.abortRequested]) };
      await runUntil({ ...deps, aborts }, lock, to, list);
    } finally {
      for (const job of jobs) job.end?.();
    }
    await lock.release();
    list.add(await listCalendarEvents(deps.rails, from, to));
    return { from, to, ...list.inOrder() };
  } catch (error) {
    // If releasing fails too, the lease expires.
    await lock.release().catch(() => {});
    throw error;
  }
}

/** What ends an advance early. */
interface Aborts {
  readonly stopping: AbortSignal;
  readonly client: AbortSignal;
}

type RunningAdvance = ClockAdvanceDeps & { readonly aborts: Aborts };

/** The clock is not being advanced. The message is one sentence. */
export class NothingToAbort extends Error {
  constructor() {
    super("The clock is not being advanced.");
  }
}

/** How long an advance may take to end. Its server looks twice a second. */
const abortTimeoutMs = 10 * msPerSecond;
const abortPollIntervalMs = 50;

/**
 * Ends the advance that is under way, on whichever server it runs, and resolves when it has ended. Throws `NothingToAbort`,
 * or `ClockBusy` if it does not end in time.
 */
export async function abortAdvance({ main, clock }: Pick<ClockAdvanceDeps, "main" | "clock">): Promise<void> {
  if ((await requestClockAbort(main)) === undefined) throw new NothingToAbort();
  const deadline = performance.now() + abortTimeoutMs;
  for (;;) {
    const row = await readSandboxClock(main);
    clock.follow(row);
    if (!row.abortRequested) return;
    if (performance.now() > deadline) throw new ClockBusy();
    await sleep(abortPollIntervalMs);
  }
}

function resolveTarget(target: Target, from: number): number {
  const to = "by" in target ? from + target.by : target.to;
  if (to <= from) {
    throw new TargetRefused(
      `The clock only moves forward, and it is already ${new Date(from).toISOString()}. To go back, restore a snapshot.`,
    );
  }
  if (to - from > maxAdvanceMs)
    throw new TargetRefused("The clock can be advanced by at most 400 days at a time.");
  return to;
}

/** Advances step by step to `to`, and runs all due work at each step. */
async function runUntil(deps: RunningAdvance, lock: ClockLock, to: number, list: EventList): Promise<void> {
  const { rails, clock } = deps;
  const partitions = new PartitionMaker(rails);
  await partitions.make(to);
  let at = lock.at();
  await runDueWork(deps, at, list);
  while (at < to) {
    throwIfAborted(deps.aborts, at);
    at = Math.max(at, (await findEarliest(rails, to)) ?? to);
    await partitions.make(at);
    await lock.setTo(at);
    if (clock.now() !== at) throw new Error("the clock did not follow its own row");
    await runDueWork(deps, at, list);
  }
  await listRemaining(deps, at, list);
}

/** Lists events that other servers' work caused and that the jobs have not reported yet. */
async function listRemaining({ rails, aborts }: RunningAdvance, at: number, list: EventList): Promise<void> {
  for (const job of rails.flatMap(({ work }) => work)) {
    list.add(await rejectOnAbort(job.run(), aborts, at));
  }
}

async function findEarliest(rails: readonly SandboxRail[], until: number): Promise<number | null> {
  return (await findEarliestWork(rails, until))?.at ?? null;
}

async function findEarliestWork(rails: readonly SandboxRail[], until: number): Promise<DueWork | null> {
  const times = await Promise.all(
    rails.flatMap(({ market, work }) =>
      work.map(async (job) => {
        const at = await job.nextAt(until);
        return at === null ? null : { at, market };
      }),
    ),
  );
  return times.filter((due) => due !== null).toSorted((first, second) => first.at - second.at)[0] ?? null;
}

/** The next work that the business clock causes. */
export interface DueWork {
  /** Business time, in milliseconds since 1970. */
  readonly at: number;
  readonly market: Market;
}

/** When the next work is due, as far as the clock can be advanced at once. Null if there is none. */
export const findNextDue = ({
  clock,
  rails,
}: Pick<ClockAdvanceDeps, "clock" | "rails">): Promise<DueWork | null> =>
  findEarliestWork(rails, clock.now() + maxAdvanceMs);

/** Runs the rails in parallel, because they are independent, and the jobs of each rail in order. */
async function runDueWork(deps: RunningAdvance, at: number, list: EventList): Promise<void> {
  const events = await Promise.all(deps.rails.map((rail) => runRail(deps, rail, at)));
  for (const railEvents of events) list.add(railEvents);
}

/**
 * Runs a rail's jobs until none is due. Work that stays due is leased by another server, or waits for a slow
 * listener. Leases expire, so this function waits.
 */
async function runRail(
  { aborts }: RunningAdvance,
  { work, market }: SandboxRail,
  at: number,
): Promise<ClockEvent[]> {
  const events: ClockEvent[] = [];
  let deadline = performance.now() + timeoutMs;
  let idleRounds = 0;
  for (;;) {
    throwIfAborted(aborts, at);
    const times = await Promise.all(work.map((job) => job.nextAt(at)));
    const due = work.filter((_, index) => times[index] !== null);
    if (due.length === 0) return events;
    const countBefore = events.length;
    for (const job of due) events.push(...(await rejectOnAbort(job.run(), aborts, at)));
    if (events.length > countBefore) {
      deadline = performance.now() + timeoutMs;
      idleRounds = 0;
    } else if (performance.now() > deadline) {
      throw new AdvanceAborted(at, `Work in ${market} was due and could not be done within two minutes.`);
    } else {
      // Some work causes no event: check again at once, then at growing intervals.
      await sleep(Math.min(10 * idleRounds, 100));
      idleRounds += 1;
    }
  }
}

function throwIfAborted({ stopping, client }: Aborts, at: number): void {
  if (stopping.aborted) throw new AdvanceAborted(at, "The server is stopping.");
  if (client.aborted) throw new AdvanceAborted(at, String(client.reason), { byClient: true });
}

/** Rejects when the advance is aborted, because a slow listener must not delay that. */
function rejectOnAbort<T>(work: Promise<T>, aborts: Aborts, at: number): Promise<T> {
  const signal = AbortSignal.any([aborts.stopping, aborts.client]);
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      try {
        throwIfAborted(aborts, at);
      } catch (error) {
        reject(error);
      }
    };
    onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

async function listCalendarEvents(
  rails: readonly SandboxRail[],
  from: number,
  to: number,
): Promise<ClockEvent[]> {
  const span = { from, to };
  const railEvents = await Promise.all(
    rails.map(async ({ market, sql }) => [
      ...(await mandateEvents(sql, market, span)),
      ...(await unlockEvents(sql, market, span)),
    ]),
  );
  const markets = rails.map(({ market }) => market);
  return [...dailyLimitEvents(markets, span), ...railEvents.flat()];
}

/** Creates the partitions of a day before anything is written on it. */
class PartitionMaker {
  /** Partitions exist for nine days ahead; local days start before or after the UTC day. */
  static readonly #goodFor = 7 * msPerDay;
  readonly #rails: readonly SandboxRail[];
  #from = Infinity;
  #until = -Infinity;

  constructor(rails: readonly SandboxRail[]) {
    this.#rails = rails;
  }

  async make(at: number): Promise<void> {
    if (at >= this.#from && at <= this.#until) return;
    await Promise.all(this.#rails.map(({ sql }) => makePartitions(sql, "rail", Date.now(), at)));
    this.#from = at;
    this.#until = at + PartitionMaker.#goodFor;
  }
}

/** Keeps the first events and counts the rest, so that a year of a busy sandbox does not fill the memory. */
class EventList {
  #kept: ClockEvent[] = [];
  #count = 0;

  add(events: readonly ClockEvent[]): void {
    this.#count += events.length;
    this.#kept.push(...events);
    if (this.#kept.length > 2 * maxListedEvents) this.#kept = this.#first();
  }

  inOrder(): { events: readonly ClockEvent[]; count: number } {
    return { events: this.#first(), count: this.#count };
  }

  #first(): ClockEvent[] {
    return this.#kept.toSorted((a, b) => a.at - b.at).slice(0, maxListedEvents);
  }
}
