/** Reads and advances the sandbox's clock through the control API. */
import assert from "node:assert/strict";
import { callControl } from "./control.ts";
import type { TestSandbox } from "./sandbox.ts";

export interface ClockBody {
  readonly now: string;
  readonly frozen: boolean;
  readonly offsetSeconds: number;
  readonly wall: string;
}

/** An event as the control API returns it. */
export interface ClockEventBody {
  readonly at: string;
  readonly market: string | null;
  readonly what: string;
  readonly about: string;
  readonly says: string;
}

export interface ClockAdvanceBody {
  readonly from: string;
  readonly to: string;
  readonly events: readonly ClockEventBody[];
  readonly count: number;
  readonly truncated: boolean;
}

export async function getClock(sandbox: TestSandbox): Promise<ClockBody> {
  const { body } = await callControl(sandbox, "GET", "/clock");
  return body as ClockBody;
}

export async function setFrozen(sandbox: TestSandbox, frozen = true): Promise<ClockBody> {
  const { status, body } = await callControl(sandbox, "PATCH", "/clock", { frozen });
  assert.equal(status, 200, JSON.stringify(body));
  return body as ClockBody;
}

/** Advances by seconds, or to a timestamp. */
export async function advanceClock(
  sandbox: TestSandbox,
  secondsOrTimestamp: number | string,
): Promise<ClockAdvanceBody> {
  const target =
    typeof secondsOrTimestamp === "number" ? { seconds: secondsOrTimestamp } : { to: secondsOrTimestamp };
  const { status, body } = await callControl(sandbox, "POST", "/clock/advance", target);
  assert.equal(status, 200, JSON.stringify(body));
  return body as ClockAdvanceBody;
}

/** The events except day changes: `hold_expired 2026-11-21T08:30:00.000Z`, one line each. */
export const formatEvents = (advance: ClockAdvanceBody): string[] =>
  advance.events.filter(({ what }) => what !== "day_began").map(({ what, at }) => `${what} ${at}`);

/** For example `21:00` on the day after the sandbox's today, in UTC. */
export async function timestampAfterDays(sandbox: TestSandbox, time: string, days = 1): Promise<string> {
  const { now } = await getClock(sandbox);
  return `${new Date(Date.parse(now) + days * 86_400_000).toISOString().slice(0, 10)}T${time}Z`;
}
