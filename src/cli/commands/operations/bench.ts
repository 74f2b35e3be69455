/** `pesarail bench`: measures the speed of a clean server, and then proves its ledger. */
import { InvalidArgumentError, Option, type Command } from "commander";
import { benchmarkNames, fullBenchmarkNames, type BenchmarkName } from "./bench-names.ts";
import { addHelp } from "../../terminal/usage.ts";
import { exitCodes, CommandFailed } from "../../terminal/exit-codes.ts";
import { printResult } from "../../terminal/print-result.ts";
import { Interrupted, abortController, printToStderr } from "../../context.ts";

const helpText = `The exit code is 1 if the ledger cannot be proven or disagrees with the responses that clients received, and 0
otherwise. A missed performance target is only shown, because machines differ. See docs/performance.md.`;

interface Options {
  readonly seconds?: number;
  readonly connections: readonly number[];
  readonly only?: readonly BenchmarkName[];
  readonly quick?: true;
  readonly full?: true;
  readonly stored?: number;
  readonly dir?: string;
  readonly json?: true;
}

export function addBench(program: Command): void {
  const only = new Option("--only <benchmark>", "run only this benchmark; repeatable")
    .choices(benchmarkNames)
    .argParser(parseRow);
  const bench = program
    .command("bench")
    .description("measure the speed of a clean server, then prove its ledger")
    .option(
      "--seconds <number>",
      "duration of each load, after the warm-up (default: 8)",
      parsePositiveInteger,
    )
    .option("--connections <list>", "numbers of concurrent connections", parseNumberList, [64, 256, 512])
    .addOption(only)
    .option("--quick", "use two seconds per load")
    .option(
      "--full",
      'include the benchmarks "stored" and "search", which first store ten million payments or requests',
    )
    .option(
      "--stored <number>",
      "like --full, with this number of stored payments and requests",
      parsePositiveInteger,
    )
    .option("--dir <folder>", "where the servers keep their data; it must be on a disk")
    .option("--json", "print JSON only")
    .action((options: Options) => runBench(options));
  addHelp(
    bench,
    helpText,
    "bench --quick --only c2b",
    "bench --only c2b --connections 256 --seconds 30",
    "$ pesarail bench --full --json > figures.json",
  );
}

async function runBench(options: Options): Promise<void> {
  const [{ runBenchmark }, { describeMachine, formatReport, toJson }] = await Promise.all([
    import("../../../../bench/run.ts"),
    import("../../../../bench/report.ts"),
  ]);
  const { signal } = abortController;
  const onProgress = (step: string): void => {
    if (options.json !== true) printToStderr(`… ${step}`);
  };
  try {
    const report = await runBenchmark(toPlan(options), onProgress, signal);
    printResult(options, { machine: describeMachine(), ...toJson(report) }, formatReport(report));
    if (report.errors.length > 0) process.exitCode = exitCodes.failed;
  } catch (error) {
    if (signal.aborted) throw new Interrupted();
    throw new CommandFailed(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function toPlan({ seconds, connections, only, quick, full, stored, dir }: Options) {
  const rows = new Set<BenchmarkName>(only ?? benchmarkNames.filter((name) => !fullBenchmarkNames.has(name)));
  const chosen = only?.some((name) => fullBenchmarkNames.has(name)) === true;
  if ((full === true || stored !== undefined) && !chosen) {
    rows.add("stored");
    rows.add("search");
  }
  const secondsPerLoad = seconds ?? (quick === true ? 2 : 8);
  return {
    rows,
    pace: { seconds: secondsPerLoad, warmUpSeconds: Math.min(3, secondsPerLoad) },
    connections,
    storedPayments: stored ?? 10_000_000,
    folder: dir,
  };
}

function parseRow(text: string, previous: readonly BenchmarkName[] = []): readonly BenchmarkName[] {
  const match = benchmarkNames.find((name) => name === text);
  if (match === undefined) throw new InvalidArgumentError(`It must be one of ${benchmarkNames.join(", ")}.`);
  return [...previous, match];
}

function parsePositiveInteger(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number above 0.");
}

const parseNumberList = (text: string): readonly number[] => text.split(",").map(parsePositiveInteger);
