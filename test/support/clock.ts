/** Reads and advances the sandbox's clock through the control API. */
import type { ControlResult } from "../../src/api/control/client.ts";
import { control } from "./control.ts";
import type { TestSandbox } from "./sandbox.ts";

export type ClockBody = ControlResult<"GET /clock">;
export type ClockAdvanceBody = ControlResult<"POST /clock/advance">;

/** An event as the control API returns it. */
export type ClockEventBody = ClockAdvanceBody["events"][number];

export const getClock = (sandbox: TestSandbox): Promise<ClockBody> => control(sandbox, "GET /clock");

export const setFrozen = (sandbox: TestSandbox, frozen = true): Promise<ClockBody> =>
  control(sandbox, "PATCH /clock", { body: { frozen } });

/** Advances by seconds, or to a timestamp. */
export async function advanceClock(
  sandbox: TestSandbox,
  secondsOrTimestamp: number | string,
): Promise<ClockAdvanceBody> {
  const body =
    typeof secondsOrTimestamp === "number" ? { seconds: secondsOrTimestamp } : { to: secondsOrTimestamp };
  return control(sandbox, "POST /clock/advance", { body });
}

/** The events except day changes: `hold_expired 2026-11-21T08:30:00.000Z`, one line each. */
export const formatEvents = (advance: ClockAdvanceBody): string[] =>
  advance.events.filter(({ what }) => what !== "day_began").map(({ what, at }) => `${what} ${at}`);

/** For example `21:00` on the day after the sandbox's today, in UTC. */
export async function timestampAfterDays(sandbox: TestSandbox, time: string, days = 1): Promise<string> {
  const { now } = await getClock(sandbox);
  return `${new Date(Date.parse(now) + days * 86_400_000).toISOString().slice(0, 10)}T${time}Z`;
}
