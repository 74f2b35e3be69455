/** `pesarail bench`: measures the speed of a clean server, and then proves its ledger. */
import { InvalidArgumentError, Option, type Command } from "commander";
import { rowNames, type RowName } from "./bench-rows.ts";
import { explain } from "./called.ts";
import { exitCodes, Refused } from "./command-error.ts";
import { answer } from "./desk.ts";
import { Interrupted, interruption, report } from "./run.ts";

const says = `The exit code is 1 if the ledger disagrees with what clients were told or cannot be proven, and 0 otherwise: a
promise that is missed is shown, since machines differ. docs/performance.md says what was measured.`;

interface Options {
  readonly seconds?: number;
  readonly connections: readonly number[];
  readonly only?: readonly RowName[];
  readonly quick?: true;
  readonly full?: true;
  readonly stored?: number;
  readonly dir?: string;
  readonly json?: true;
}

export function addBench(program: Command): void {
  const only = new Option("--only <row>", "one row alone; may be given several times")
    .choices(rowNames)
    .argParser(row);
  const bench = program
    .command("bench")
    .description("measure the speed of a clean server, then prove its ledger")
    .option("--seconds <number>", "how long each load counts, after its warm-up (default: 8)", atLeastOne)
    .option("--connections <list>", "how many connections pay at once", listOfNumbers, [64, 256, 512])
    .addOption(only)
    .option("--quick", "two seconds a load")
    .option("--full", 'with row "stored", which first stores ten million payments')
    .option("--stored <number>", "as --full, with so many payments stored", atLeastOne)
    .option("--dir <folder>", "where servers keep their data meanwhile; it must be on a disk")
    .option("--json", "print JSON and nothing else")
    .action((options: Options) => measure(options));
  explain(
    bench,
    says,
    "bench --quick --only c2b",
    "bench --only c2b --connections 256 --seconds 30",
    "$ pesarail bench --full --json > figures.json",
  );
}

async function measure(options: Options): Promise<void> {
  const [{ run }, { machine, table }] = await Promise.all([
    import("../../bench/run.ts"),
    import("../../bench/report.ts"),
  ]);
  const { signal } = interruption;
  const say = (what: string): void => {
    if (options.json !== true) report(`… ${what}`);
  };
  try {
    const measured = await run(plan(options), say, signal);
    answer(options, { machine: machine(), ...measured }, table(measured));
    if (measured.faults.length > 0) process.exitCode = exitCodes.refused;
  } catch (error) {
    if (signal.aborted) throw new Interrupted();
    throw new Refused(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function plan({ seconds, connections, only, quick, full, stored, dir }: Options) {
  const rows = new Set<RowName>(only ?? rowNames.filter((name) => name !== "stored"));
  if (full === true || stored !== undefined) rows.add("stored");
  const each = seconds ?? (quick === true ? 2 : 8);
  return {
    rows,
    pace: { seconds: each, warmUpSeconds: Math.min(3, each) },
    connections,
    storedPayments: stored ?? 10_000_000,
    folder: dir,
  };
}

function row(text: string, before: readonly RowName[] = []): readonly RowName[] {
  const found = rowNames.find((name) => name === text);
  if (found === undefined) throw new InvalidArgumentError(`It must be one of ${rowNames.join(", ")}.`);
  return [...before, found];
}

function atLeastOne(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number above 0.");
}

const listOfNumbers = (text: string): readonly number[] => text.split(",").map(atLeastOne);
