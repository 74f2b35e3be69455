/** Durations and times for people. */
import { words } from "../words.ts";

const units = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

const formatUnit = (unit: string, value: number): string =>
  new Intl.NumberFormat(words.language, { style: "unit", unit, unitDisplay: "long" }).format(value);

/** The two largest units of a duration, such as `7 hours 41 minutes`. */
export function formatDuration(milliseconds: number): string {
  let rest = Math.max(0, Math.round(milliseconds / 1000));
  const parts: string[] = [];
  for (const [unit, seconds] of units) {
    const count = Math.floor(rest / seconds);
    if (count === 0 && parts.length === 0 && unit !== "second") continue;
    if (count > 0 || parts.length === 0) parts.push(formatUnit(unit, count));
    rest -= count * seconds;
    if (parts.length === 2) break;
  }
  return parts.join(" ");
}

/** Such as `Fri, 27 Nov 2026, 16:18:46`, in a market's time zone or in UTC. */
export const formatMoment = (at: number, timeZone = "UTC"): string =>
  new Intl.DateTimeFormat(words.language === "en" ? "en-GB" : words.language, {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZone,
  }).format(at);
