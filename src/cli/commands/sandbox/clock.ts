/**
 * `pesarail clock`: shows, stops and advances the sandbox clock.
 *
 * It needs a running server, which does what becomes due on the way.
 */
import type { Command } from "commander";
import { msPerSecond } from "../../../core/clock.ts";
import { duration } from "../../../config/parsers.ts";
import { addHelp } from "../../terminal/usage.ts";
import { UsageError } from "../../terminal/exit-codes.ts";
import type { ControlResult } from "../../../api/control/client.ts";
import { callControl, addControlOptions, type ControlOptions } from "../../control-client.ts";
import { printResult } from "../../terminal/print-result.ts";
import { formatCount, renderTable, formatLocalTime } from "../../terminal/table.ts";
import { style } from "../../terminal/styles.ts";

const helpText = `Advancing the clock does what would have happened in that time, in order: holds and prompts expire, callbacks are
retried, handsets reply. The clock cannot go back, but restoring a snapshot restores its time.

Ctrl-C ends an advance, and so does \`clock abort\` for one that another client started. The clock keeps the time that it has
reached.`;

type ClockState = ControlResult<"GET /clock">;

export function addClock(program: Command): void {
  const clock = addControlOptions(program.command("clock"))
    .description("show, stop or advance the sandbox clock")
    .action((options: ControlOptions) => printClock(options, callControl(options, "GET /clock")));
  const addSubcommand = (name: string, description: string): Command =>
    addControlOptions(clock.command(name).description(description));
  addSubcommand("freeze", "stop the clock at its current time").action(
    (_ownOptions: ControlOptions, command: Command) => setFrozen(command.optsWithGlobals(), true),
  );
  addSubcommand("run", "let the clock run from its current time").action(
    (_ownOptions: ControlOptions, command: Command) => setFrozen(command.optsWithGlobals(), false),
  );
  addSubcommand("advance", "advance the clock, and list the events on the way")
    .argument(
      "<how-far...>",
      "a duration such as 90s, 15m, 24h or 3d; or: to 2026-12-31T23:59:00Z (without a zone, local time is used)",
    )
    .action((target: readonly string[], _ownOptions: ControlOptions, command: Command) =>
      advance(command.optsWithGlobals(), target),
    );
  addSubcommand(
    "abort",
    "end an advance that is under way; the clock keeps the time that it has reached",
  ).action((_ownOptions: ControlOptions, command: Command) => {
    const options = command.optsWithGlobals<ControlOptions>();
    return printClock(options, callControl(options, "POST /clock/abort"));
  });
  addHelp(
    clock,
    helpText,
    "clock",
    "clock freeze",
    "clock advance 3d",
    "clock advance to 2026-12-31T23:59:00Z",
    "clock run",
  );
}

const setFrozen = (options: ControlOptions, frozen: boolean): Promise<void> =>
  printClock(options, callControl(options, "PATCH /clock", { body: { frozen } }));

async function printClock(options: ControlOptions, reading: Promise<ClockState>): Promise<void> {
  const state = await reading;
  const { now, frozen, offsetSeconds } = state;
  const differenceSeconds = Math.round(Math.abs(offsetSeconds));
  const direction = offsetSeconds < 0 ? "behind" : "ahead of";
  const difference =
    differenceSeconds === 0 ? "wall time" : `${formatDuration(differenceSeconds, 2)} ${direction} wall time`;
  const status = frozen ? style("warn", "stopped") : style("good", "running");
  printResult(options, state, `${style("strong", formatLocalTime(now))}, ${status}, ${difference}.`);
}

const columns = [{ head: "when" }, { head: "market" }, { head: "event", minWidth: 30, wraps: true }] as const;

async function advance(options: ControlOptions, target: readonly string[]): Promise<void> {
  const clockAdvance = await callControl(options, "POST /clock/advance", { body: parseTarget(target) });
  const { from, to, events } = clockAdvance;
  const distance = formatDuration(Math.round((Date.parse(to) - Date.parse(from)) / msPerSecond));
  const lines = events.map(({ at, market, says: message }) => [formatLocalTime(at), market ?? "-", message]);
  const more = clockAdvance.count - events.length;
  const text = [
    `The clock advanced by ${distance}, from ${formatLocalTime(from)} to ${style("strong", formatLocalTime(to))}.`,
    events.length === 0 ? "No events." : renderTable(columns, lines),
    ...(more > 0 ? [`And ${formatCount(more)} more events.`] : []),
  ];
  printResult(options, clockAdvance, text.join("\n"));
}

function parseTarget([first = "", ...rest]: readonly string[]): { seconds: number } | { to: string } {
  const timestamp = rest.join(" ");
  if (first === "to" && timestamp !== "") return { to: toIsoTimestamp(timestamp) };
  if (timestamp !== "") throw new UsageError("Give a duration such as 3d, or: to 2026-12-31T23:59:00Z.");
  try {
    return { seconds: duration(msPerSecond)(first, "how far") / msPerSecond };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * The clock is printed without a zone, so a timestamp without one means local time. The server parses those
 * with a zone.
 */
function toIsoTimestamp(timestamp: string): string {
  const local = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?$/.test(timestamp) ? new Date(timestamp) : null;
  return local === null || Number.isNaN(local.getTime()) ? timestamp : local.toISOString();
}

const units = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
] as const;

/** `3 days 2 hours`: exact, or the largest `maxUnits` units. */
function formatDuration(seconds: number, maxUnits: number = units.length): string {
  let remaining = seconds;
  const parts: string[] = [];
  for (const [length, name] of units) {
    const amount = Math.floor(remaining / length);
    remaining -= amount * length;
    if (amount > 0) parts.push(`${amount} ${name}${amount === 1 ? "" : "s"}`);
  }
  return parts.slice(0, maxUnits).join(" ");
}
