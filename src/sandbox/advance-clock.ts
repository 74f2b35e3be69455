/**
 * Moving the clock: what would have happened on the way happens, one thing after the other, each at its time.
 *
 * The clock is held (`hold-clock.ts`) and stands for everybody at the next moment at which anything is due on
 * any rail; that is done, and may make something else due later; then the next moment. Whoever does such
 * work by the passing of time rests meanwhile (`Clock.moving`), so that everything is done here, and listed.
 * Callbacks alone go on, for payments do; what was done of them is written down, and listed from there.
 *
 * A thing is still done once and no more: whether it was done is in the rail, not in the clock, and the leases
 * under which servers do it are wall time.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { msPerDay, msPerMinute, type ClockEvent, type ClockDrivenJob } from "../core/clock.ts";
import type { Market } from "../core/money.ts";
import type { Sql } from "../store/driver/connect.ts";
import { makePartitions } from "../store/schema/partitions.ts";
import { unlockEvents, dailyLimitEvents, mandateEvents, sessionEvents } from "./calendar-events.ts";
import type { SandboxClock } from "./clock.ts";
import { lockClock, type ClockLock } from "./clock-lock.ts";

/** A sandbox rail, and what its time brings, in the order in which things of one moment are done. */
export interface SandboxRail {
  readonly market: Market;
  readonly sql: Sql;
  readonly work: readonly ClockDrivenJob[];
}

export interface ClockAdvanceDeps {
  readonly main: Sql;
  readonly clock: SandboxClock;
  readonly rails: readonly SandboxRail[];
  /** Aborted when the server is told to stop: a move ends where it is. */
  readonly stopping: AbortSignal;
}

/** How far: by a length of time, or to a moment of business time. Milliseconds. */
export type Target = { readonly by: number } | { readonly to: number };

export interface ClockAdvance {
  readonly from: number;
  readonly to: number;
  /** The first thousand things that happened, in order of time. */
  readonly events: readonly ClockEvent[];
  /** How many there were. */
  readonly count: number;
}

export const maxAdvanceMs = 400 * msPerDay;
export const maxListedEvents = 1_000;

/** What is due and cannot be done for so long (wall time) ends the move where it is. */
const timeoutMs = 2 * msPerMinute;

/** A target that the clock cannot be moved to. One sentence. */
export class TargetRefused extends Error {}

/** The move ended on its way, and the clock goes on from there. One sentence. */
export class AdvanceAborted extends Error {
  constructor(at: number, reason: string) {
    super(
      `${reason} The clock goes on from ${new Date(at).toISOString()}; what was due before that is done.`,
    );
  }
}

/** Throws `ClockBusy`, `ClockLost`, `TargetRefused` or `MoveEnded`. */
export async function advanceClock(deps: ClockAdvanceDeps, target: Target): Promise<ClockAdvance> {
  const { main, clock } = deps;
  resolveTarget(target, clock.now());
  const lock = await lockClock(main, clock);
  try {
    const from = lock.at();
    const to = resolveTarget(target, from);
    for (const { work } of deps.rails) for (const job of work) job.begin?.();
    const list = new EventList();
    list.add(await sessionEvents(main, { from, to }));
    await runUntil(deps, lock, to, list);
    await lock.release();
    list.add(await listCalendarEvents(deps.rails, from, to));
    return { from, to, ...list.inOrder() };
  } catch (error) {
    // Where it cannot be let go of either, the lease runs out.
    await lock.release().catch(() => {});
    throw error;
  }
}

function resolveTarget(target: Target, from: number): number {
  const to = "by" in target ? from + target.by : target.to;
  if (to <= from) {
    throw new TargetRefused(
      `The clock moves forward only, and it is ${new Date(from).toISOString()} already; a snapshot brings an earlier time back.`,
    );
  }
  if (to - from > maxAdvanceMs) throw new TargetRefused("The clock moves by 400 days at most at a time.");
  return to;
}

/** From moment to moment, until nothing is due any more at the last. */
async function runUntil(deps: ClockAdvanceDeps, lock: ClockLock, to: number, list: EventList): Promise<void> {
  const { rails, clock } = deps;
  const partitions = new PartitionMaker(rails);
  await partitions.make(to);
  let at = lock.at();
  await runDueWork(deps, at, list);
  while (at < to) {
    at = Math.max(at, (await findEarliest(rails, to)) ?? to);
    await partitions.make(at);
    await lock.setTo(at);
    if (clock.now() !== at) throw new Error("the clock did not follow its own row");
    await runDueWork(deps, at, list);
  }
  await listRemaining(deps, at, list);
}

/** What others did before it was this work's turn, and this work can say. */
async function listRemaining(
  { rails, stopping }: ClockAdvanceDeps,
  at: number,
  list: EventList,
): Promise<void> {
  for (const job of rails.flatMap(({ work }) => work)) {
    list.add(await abortOnStop(job.run(), stopping, at));
  }
}

async function findEarliest(rails: readonly SandboxRail[], until: number): Promise<number | null> {
  const times = await Promise.all(rails.flatMap(({ work }) => work.map((job) => job.nextAt(until))));
  const known = times.filter((at) => at !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** Rails know nothing of one another: they are done side by side, and the work of each one after the other. */
async function runDueWork(deps: ClockAdvanceDeps, at: number, list: EventList): Promise<void> {
  const events = await Promise.all(deps.rails.map((rail) => runRail(deps, rail, at)));
  for (const railEvents of events) list.add(railEvents);
}

/**
 * Runs a rail's work until none is due. What is due and yet not done is in another server's hands, or at a
 * listener that takes its time: its lease ends, so this waits.
 */
async function runRail(
  { stopping }: ClockAdvanceDeps,
  { work, market }: SandboxRail,
  at: number,
): Promise<ClockEvent[]> {
  const events: ClockEvent[] = [];
  let deadline = performance.now() + timeoutMs;
  let idleRounds = 0;
  for (;;) {
    if (stopping.aborted) throw abortedByStop(at);
    const times = await Promise.all(work.map((job) => job.nextAt(at)));
    const due = work.filter((_, index) => times[index] !== null);
    if (due.length === 0) return events;
    const countBefore = events.length;
    for (const job of due) events.push(...(await abortOnStop(job.run(), stopping, at)));
    if (events.length > countBefore) {
      deadline = performance.now() + timeoutMs;
      idleRounds = 0;
    } else if (performance.now() > deadline) {
      throw new AdvanceAborted(at, `Something in ${market} was due and could not be done in two minutes.`);
    } else {
      // Not everything that is done is worth a line in the list: look again at once, then with more patience.
      await sleep(Math.min(10 * idleRounds, 100));
      idleRounds += 1;
    }
  }
}

const abortedByStop = (at: number): AdvanceAborted => new AdvanceAborted(at, "The server was told to stop.");

/** A listener may take its time, and whoever stops a server does not want to wait for it. */
function abortOnStop<T>(work: Promise<T>, stopping: AbortSignal, at: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const onStop = (): void => reject(abortedByStop(at));
    if (stopping.aborted) onStop();
    stopping.addEventListener("abort", onStop, { once: true });
    void work.then(resolve, reject).finally(() => stopping.removeEventListener("abort", onStop));
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

/** Makes the partitions that a day needs, before anything can be written on it. */
class PartitionMaker {
  /** Nine days ahead of a moment they are there; a local day begins before that of UTC or after it. */
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

/** Keeps the first of what happened, and counts the rest: a year of a busy town would fill the memory. */
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
