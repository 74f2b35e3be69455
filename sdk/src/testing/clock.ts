/** The sandbox's business clock: freeze it, run it, and advance it. */
import { InvalidArgumentError } from "../errors.ts";
import type { CallControl } from "./control.ts";
import type { ClockReading, SdkClockAdvance } from "./generated.ts";

export interface Clock {
  read(): Promise<ClockReading>;
  freeze(): Promise<ClockReading>;
  run(): Promise<ClockReading>;
  /**
   * Moves the clock forward: by `"90s"`, `"15m"`, `"24h"` or `"3d"`, by seconds, or to a timestamp. When it resolves,
   * all events up to that time have happened.
   */
  advance(
    by: string | { readonly seconds: number } | { readonly to: Date | string },
  ): Promise<SdkClockAdvance>;
}

export const createClock = (control: CallControl): Clock => ({
  read: () => control("GET", "/clock"),
  freeze: () => control("PATCH", "/clock", { frozen: true }),
  run: () => control("PATCH", "/clock", { frozen: false }),
  advance: async (by) =>
    control(
      "POST",
      "/clock/advance",
      typeof by === "string" ? { seconds: parseSeconds(by) } : toAdvanceTarget(by),
    ),
});

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

function parseSeconds(text: string): number {
  const [, count = "", unit = ""] = /^(\d{1,8})([smhd])$/.exec(text.trim()) ?? [];
  const result = Number(count) * (unitSeconds[unit] ?? Number.NaN);
  if (result > 0) return result;
  throw new InvalidArgumentError(
    "by",
    `advance needs a duration such as "90s", "15m", "24h" or "3d", not ${JSON.stringify(text)}.`,
  );
}

function toAdvanceTarget(by: { readonly seconds: number } | { readonly to: Date | string }): object {
  if ("seconds" in by) return { seconds: by.seconds };
  return { to: typeof by.to === "string" ? by.to : by.to.toISOString() };
}
