/** The sandbox's clock, as a test reads and moves it: by the control API. */
import assert from "node:assert/strict";
import type { Happening } from "../../src/clock.ts";
import { control } from "./control.ts";
import type { Town } from "./town.ts";

export interface ClockReading {
  readonly now: string;
  readonly frozen: boolean;
  readonly offsetSeconds: number;
  readonly wall: string;
}

export type Happened = Omit<Happening, "at"> & { readonly at: string };

export interface Moved {
  readonly from: string;
  readonly to: string;
  readonly happened: readonly Happened[];
  readonly count: number;
  readonly truncated: boolean;
}

export async function readClock(town: Town): Promise<ClockReading> {
  const { body } = await control(town, "GET", "/clock");
  return body as ClockReading;
}

export async function freeze(town: Town, frozen = true): Promise<ClockReading> {
  const { status, body } = await control(town, "PATCH", "/clock", { frozen });
  assert.equal(status, 200, JSON.stringify(body));
  return body as ClockReading;
}

/** By seconds, or to a moment. */
export async function advance(town: Town, far: number | string): Promise<Moved> {
  const target = typeof far === "number" ? { seconds: far } : { to: far };
  const { status, body } = await control(town, "POST", "/clock/advance", target);
  assert.equal(status, 200, JSON.stringify(body));
  return body as Moved;
}

/** What happened, without what every day brings: `hold_expired 2026-11-21T08:30:00.000Z`, a line each. */
export const eventsOf = (moved: Moved): string[] =>
  moved.happened.filter(({ what }) => what !== "day_began").map(({ what, at }) => `${what} ${at}`);

/** `21:00` of the day after the sandbox's, in UTC. */
export async function tomorrowAt(town: Town, time: string, days = 1): Promise<string> {
  const { now } = await readClock(town);
  return `${new Date(Date.parse(now) + days * 86_400_000).toISOString().slice(0, 10)}T${time}Z`;
}
