/**
 * `pesarail clock`: what time the sandbox has, stopping it, and moving it forward.
 *
 * It asks a running server, since what the time brings has to be done by one.
 */
import type { Command } from "commander";
import { second, type Happening } from "../clock.ts";
import { duration } from "../setting.ts";
import { explain } from "./called.ts";
import { Misused } from "./command-error.ts";
import { askServer, withControlOptions, type ControlOptions } from "./control-client.ts";
import { answer } from "./desk.ts";
import { count, listing, localTime } from "./table.ts";
import { paint } from "./terminal.ts";

const says = `Moving the clock does what would have happened on the way, each thing at its time: holds and prompts expire,
callbacks are tried again, handsets answer. It goes forward only; a snapshot brings back an earlier time.`;

interface Reading {
  readonly now: string;
  readonly frozen: boolean;
  readonly offsetSeconds: number;
  readonly wall: string;
}

interface Moved {
  readonly from: string;
  readonly to: string;
  readonly happened: readonly (Omit<Happening, "at"> & { readonly at: string })[];
  readonly count: number;
}

export function addClock(program: Command): void {
  const clock = withControlOptions(program.command("clock"))
    .description("the sandbox's clock: show it, stop it, move it forward")
    .action((options: ControlOptions) => show(options, "GET"));
  const one = (name: string, does: string): Command =>
    withControlOptions(clock.command(name).description(does));
  one("freeze", "stop the clock where it is").action((_own: ControlOptions, command: Command) =>
    show(command.optsWithGlobals(), "PATCH", { frozen: true }),
  );
  one("run", "let it go on from where it stands").action((_own: ControlOptions, command: Command) =>
    show(command.optsWithGlobals(), "PATCH", { frozen: false }),
  );
  one("advance", "move it forward, and list what happened on the way")
    .argument(
      "<how-far...>",
      "a time such as 90s, 15m, 24h or 3d; or: to 2026-12-31T23:59:00Z (without a zone: this machine's)",
    )
    .action((howFar: readonly string[], _own: ControlOptions, command: Command) =>
      advance(command.optsWithGlobals(), howFar),
    );
  explain(
    clock,
    says,
    "clock",
    "clock freeze",
    "clock advance 3d",
    "clock advance to 2026-12-31T23:59:00Z",
    "clock run",
  );
}

async function show(options: ControlOptions, method: string, body?: object): Promise<void> {
  const reading = await askServer<Reading>(options, method, "/clock", body);
  const { now, frozen, offsetSeconds } = reading;
  const ahead = Math.round(Math.abs(offsetSeconds));
  const from = offsetSeconds < 0 ? "behind" : "ahead of";
  const where = ahead === 0 ? "wall time" : `${inUnits(ahead, 2)} ${from} wall time`;
  const how = frozen ? paint("warn", "standing still") : paint("good", "running");
  answer(options, reading, `${paint("strong", localTime(now))}, ${how}, ${where}.`);
}

const columns = [
  { head: "when" },
  { head: "market" },
  { head: "what happened", least: 30, wraps: true },
] as const;

async function advance(options: ControlOptions, howFar: readonly string[]): Promise<void> {
  const moved = await askServer<Moved>(options, "POST", "/clock/advance", targetOf(howFar));
  const { from, to, happened } = moved;
  const far = inUnits(Math.round((Date.parse(to) - Date.parse(from)) / second));
  const lines = happened.map(({ at, market, says: words }) => [localTime(at), market ?? "-", words]);
  const more = moved.count - happened.length;
  const text = [
    `The clock went ${far}, from ${localTime(from)} to ${paint("strong", localTime(to))}.`,
    happened.length === 0 ? "Nothing happened on the way." : listing(columns, lines),
    ...(more > 0 ? [`And ${count(more)} more things happened.`] : []),
  ];
  answer(options, moved, text.join("\n"));
}

function targetOf([first = "", ...rest]: readonly string[]): { seconds: number } | { to: string } {
  const moment = rest.join(" ");
  if (first === "to" && moment !== "") return { to: exactly(moment) };
  if (moment !== "") throw new Misused("Say how far, such as 3d; or: to 2026-12-31T23:59:00Z.");
  try {
    return { seconds: duration(second)(first, "how far") / second };
  } catch (error) {
    throw new Misused(error instanceof Error ? error.message : String(error));
  }
}

/** As the clock is shown, a moment has no zone: it is this machine's. The server reads those that have one. */
function exactly(moment: string): string {
  const local = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?$/.test(moment) ? new Date(moment) : null;
  return local === null || Number.isNaN(local.getTime()) ? moment : local.toISOString();
}

const units = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
] as const;

/** `3 days 2 hours`: as exact as it is, or no more than so many units. */
function inUnits(seconds: number, unitsMost: number = units.length): string {
  let left = seconds;
  const parts: string[] = [];
  for (const [length, name] of units) {
    const many = Math.floor(left / length);
    left -= many * length;
    if (many > 0) parts.push(`${many} ${name}${many === 1 ? "" : "s"}`);
  }
  return parts.slice(0, unitsMost).join(" ");
}
