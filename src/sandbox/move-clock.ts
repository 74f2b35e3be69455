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
import { day, minute, type Happening, type TimedWork } from "../clock.ts";
import type { Market } from "../money.ts";
import type { Sql } from "../store/connect.ts";
import { makePartitions } from "../store/partitions.ts";
import { handsetsUnlock, limitsBeginAnew, mandatesTurn, sessionsEnd } from "./calendar.ts";
import type { SandboxClock } from "./clock.ts";
import { holdClock, type ClockHold } from "./hold-clock.ts";

/** A sandbox rail, and what its time brings, in the order in which things of one moment are done. */
export interface TownRail {
  readonly market: Market;
  readonly sql: Sql;
  readonly work: readonly TimedWork[];
}

export interface MoveDeps {
  readonly main: Sql;
  readonly clock: SandboxClock;
  readonly rails: readonly TownRail[];
  /** Aborted when the server is told to stop: a move ends where it is. */
  readonly stopping: AbortSignal;
}

/** How far: by a length of time, or to a moment of business time. Milliseconds. */
export type Target = { readonly by: number } | { readonly to: number };

export interface Moved {
  readonly from: number;
  readonly to: number;
  /** The first thousand things that happened, in order of time. */
  readonly happened: readonly Happening[];
  /** How many there were. */
  readonly count: number;
}

export const farthest = 400 * day;
export const listedMost = 1_000;

/** What is due and cannot be done for so long (wall time) ends the move where it is. */
const patienceMs = 2 * minute;

/** A target that the clock cannot be moved to. One sentence. */
export class TargetRefused extends Error {}

/** The move ended on its way, and the clock goes on from there. One sentence. */
export class MoveEnded extends Error {
  constructor(at: number, why: string) {
    super(`${why} The clock goes on from ${new Date(at).toISOString()}; what was due before that is done.`);
  }
}

/** Throws `ClockBusy`, `ClockLost`, `TargetRefused` or `MoveEnded`. */
export async function moveClock(deps: MoveDeps, target: Target): Promise<Moved> {
  const { main, clock } = deps;
  checkedTarget(target, clock.now());
  const hold = await holdClock(main, clock);
  try {
    const from = hold.at();
    const to = checkedTarget(target, from);
    for (const { work } of deps.rails) for (const each of work) each.begin?.();
    const list = new HappeningList();
    list.add(await sessionsEnd(main, { from, to }));
    await walk(deps, hold, to, list);
    await hold.release();
    list.add(await calendar(deps.rails, from, to));
    return { from, to, ...list.inOrder() };
  } catch (error) {
    // Where it cannot be let go of either, the lease runs out.
    await hold.release().catch(() => {});
    throw error;
  }
}

function checkedTarget(target: Target, from: number): number {
  const to = "by" in target ? from + target.by : target.to;
  if (to <= from) {
    throw new TargetRefused(
      `The clock moves forward only, and it is ${new Date(from).toISOString()} already; a snapshot brings an earlier time back.`,
    );
  }
  if (to - from > farthest) throw new TargetRefused("The clock moves by 400 days at most at a time.");
  return to;
}

/** From moment to moment, until nothing is due any more at the last. */
async function walk(deps: MoveDeps, hold: ClockHold, to: number, list: HappeningList): Promise<void> {
  const { rails, clock } = deps;
  const readiness = new Readiness(rails);
  await readiness.make(to);
  let at = hold.at();
  await doWhatIsDue(deps, at, list);
  while (at < to) {
    at = Math.max(at, (await earliest(rails, to)) ?? to);
    await readiness.make(at);
    await hold.stand(at);
    if (clock.now() !== at) throw new Error("the clock did not follow its own row");
    await doWhatIsDue(deps, at, list);
  }
  await listTheRest(deps, at, list);
}

/** What others did before it was this work's turn, and this work can say. */
async function listTheRest({ rails, stopping }: MoveDeps, at: number, list: HappeningList): Promise<void> {
  for (const each of rails.flatMap(({ work }) => work)) {
    list.add(await unlessStopped(each.run(), stopping, at));
  }
}

async function earliest(rails: readonly TownRail[], upto: number): Promise<number | null> {
  const times = await Promise.all(rails.flatMap(({ work }) => work.map((each) => each.nextAt(upto))));
  const known = times.filter((at) => at !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** Rails know nothing of one another: they are done side by side, and the work of each one after the other. */
async function doWhatIsDue(deps: MoveDeps, at: number, list: HappeningList): Promise<void> {
  const happened = await Promise.all(deps.rails.map((rail) => doOneRail(deps, rail, at)));
  for (const its of happened) list.add(its);
}

/**
 * Runs a rail's work until none is due. What is due and yet not done is in another server's hands, or at a
 * listener that takes its time: its lease ends, so this waits.
 */
async function doOneRail(
  { stopping }: MoveDeps,
  { work, market }: TownRail,
  at: number,
): Promise<Happening[]> {
  const happened: Happening[] = [];
  let patientUntil = performance.now() + patienceMs;
  let inVain = 0;
  for (;;) {
    if (stopping.aborted) throw stopped(at);
    const times = await Promise.all(work.map((each) => each.nextAt(at)));
    const due = work.filter((_, index) => times[index] !== null);
    if (due.length === 0) return happened;
    const before = happened.length;
    for (const each of due) happened.push(...(await unlessStopped(each.run(), stopping, at)));
    if (happened.length > before) {
      patientUntil = performance.now() + patienceMs;
      inVain = 0;
    } else if (performance.now() > patientUntil) {
      throw new MoveEnded(at, `Something in ${market} was due and could not be done in two minutes.`);
    } else {
      // Not everything that is done is worth a line in the list: look again at once, then with more patience.
      await sleep(Math.min(10 * inVain, 100));
      inVain += 1;
    }
  }
}

const stopped = (at: number): MoveEnded => new MoveEnded(at, "The server was told to stop.");

/** A listener may take its time, and whoever stops a server does not want to wait for it. */
function unlessStopped<T>(work: Promise<T>, stopping: AbortSignal, at: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const onStop = (): void => reject(stopped(at));
    if (stopping.aborted) onStop();
    stopping.addEventListener("abort", onStop, { once: true });
    void work.then(resolve, reject).finally(() => stopping.removeEventListener("abort", onStop));
  });
}

async function calendar(rails: readonly TownRail[], from: number, to: number): Promise<Happening[]> {
  const span = { from, to };
  const turns = await Promise.all(
    rails.map(async ({ market, sql }) => [
      ...(await mandatesTurn(sql, market, span)),
      ...(await handsetsUnlock(sql, market, span)),
    ]),
  );
  const inMarkets = rails.map(({ market }) => market);
  return [...limitsBeginAnew(inMarkets, span), ...turns.flat()];
}

/** Makes the partitions that a day needs, before anything can be written on it. */
class Readiness {
  /** Nine days ahead of a moment they are there; a local day begins before that of UTC or after it. */
  static readonly #goodFor = 7 * day;
  readonly #rails: readonly TownRail[];
  #from = Infinity;
  #upto = -Infinity;

  constructor(rails: readonly TownRail[]) {
    this.#rails = rails;
  }

  async make(at: number): Promise<void> {
    if (at >= this.#from && at <= this.#upto) return;
    await Promise.all(this.#rails.map(({ sql }) => makePartitions(sql, "rail", Date.now(), at)));
    this.#from = at;
    this.#upto = at + Readiness.#goodFor;
  }
}

/** Keeps the first of what happened, and counts the rest: a year of a busy town would fill the memory. */
class HappeningList {
  #kept: Happening[] = [];
  #count = 0;

  add(happened: readonly Happening[]): void {
    this.#count += happened.length;
    this.#kept.push(...happened);
    if (this.#kept.length > 2 * listedMost) this.#kept = this.#first();
  }

  inOrder(): { happened: readonly Happening[]; count: number } {
    return { happened: this.#first(), count: this.#count };
  }

  #first(): Happening[] {
    return this.#kept.toSorted((a, b) => a.at - b.at).slice(0, listedMost);
  }
}
