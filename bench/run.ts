/**
 * The benchmark from start to end: a clean server, its rows, its books.
 *
 * Read `run` downwards: it is the table that gets printed.
 */
import type { RowName } from "../src/cli/bench-rows.ts";
import { checkBooks } from "./books.ts";
import { callbacks } from "./callbacks.ts";
import { type Home, makeHome } from "./home.ts";
import { below, type Line } from "./line.ts";
import { openShop, type Pace } from "./loads.ts";
import { startPlatform } from "./platform.ts";
import { c2b, fresh, hot, memory, type Scene, yardstick } from "./rows.ts";
import { stored } from "./stored.ts";

export interface Options {
  readonly rows: ReadonlySet<RowName>;
  readonly pace: Pace;
  readonly connections: readonly number[];
  /** Payments already in the ledger for the row `stored`. */
  readonly storedPayments: number;
  /** Where servers keep their data; the system's temporary folder if undefined. */
  readonly folder: string | undefined;
}

export interface Report {
  readonly lines: readonly Line[];
  /** What makes the figures worthless: a ledger that disagrees. Empty is good. */
  readonly faults: readonly string[];
}

/** `say` hears what is being done, for a person who waits. */
export async function run(
  options: Options,
  say: (what: string) => void,
  signal: AbortSignal,
): Promise<Report> {
  const parts: Report[] = [];
  if ([...options.rows].some((row) => row !== "stored"))
    parts.push(await runOnOneServer(options, say, signal));
  if (options.rows.has("stored")) parts.push(await stored(options, say, signal));
  return {
    lines: parts.flatMap(({ lines }) => lines),
    faults: parts.flatMap(({ faults }) => faults),
  };
}

async function runOnOneServer(
  { rows, pace, connections, folder }: Options,
  say: (what: string) => void,
  signal: AbortSignal,
): Promise<Report> {
  const lines: Line[] = [];
  const measure = async (row: RowName, what: string, lineMaker: () => Promise<Line[]>) => {
    if (!rows.has(row)) return;
    say(what);
    lines.push(...(await lineMaker()));
  };

  await using home = await makeHome(folder);
  await measure("start", "starting a server for the first and the second time", () => start(home, signal));
  say("opening the accounts of 100 merchants and 90,000 customers");
  await using platform = await startPlatform(home, signal);
  const shop = await openShop(platform, signal);
  const scene: Scene = { shop, pace, connections, signal, yardstickPerSecond: null };

  await measure("yardstick", "measuring bare Fastify", () => yardstick(scene));
  await measure("c2b", `paying at ${connections.join(", ")} connections`, () => c2b(scene));
  await measure("hot", "paying one hot merchant", () => hot(scene));
  await measure("fresh", "paying with a fresh bearer each time", () => fresh(scene));
  await measure("callbacks", "telling a hundred listeners, one of them dead", () => callbacks(scene));
  await measure("memory", "looking at the memory", () => memory(scene));

  say("proving the ledger");
  const books = await checkBooks(shop, "ledger", signal);
  return { lines: [...lines, ...books.lines], faults: books.faults };
}

/** Starts a server on nothing and again on what the first made, and leaves it stopped. */
async function start(home: Home, signal: AbortSignal): Promise<Line[]> {
  const startOnce = async () => {
    await using platform = await startPlatform(home, signal);
    return Math.round(platform.readyAfterSeconds * 100) / 100;
  };
  const [cold, warm] = [await startOnce(), await startOnce()];
  const targets = [below("under 4 s", warm, 4)];
  return [
    { row: "start", what: "start-up, nothing there yet", value: cold, unit: "s" },
    { row: "start", what: "start-up, with its data there", value: warm, unit: "s", targets },
  ];
}
