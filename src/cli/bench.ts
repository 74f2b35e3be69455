import { parseArgs } from "node:util";
import { machine, table } from "../../bench/report.ts";
import { type Options, type RowName, rowNames, run } from "../../bench/run.ts";

const help = `Measures the speed of a clean server, then proves its ledger.

npm run bench -- [options]

  --seconds N        how long each load counts, after its warm-up (8)
  --connections LIST how many connections pay at once (64,256,512)
  --only ROW         one row alone; may be given several times:
                     ${rowNames.join(", ")}
  --quick            two seconds a load
  --full             with row "stored", which first stores ten million payments
  --stored N         as --full, with N payments stored
  --dir FOLDER       where servers keep their data meanwhile; it must be on a disk
  --json             prints JSON and nothing else
  --help             prints this

The exit code is 1 if the ledger disagrees with what clients were told or cannot be proven,
and 0 otherwise: a promise that is missed is shown, since machines differ.

  npm run bench -- --quick --only c2b
  npm run bench -- --only c2b --connections 256 --seconds 30
  npm run bench -- --full --json > figures.json
`;

/** `pesarail bench`: runs the benchmark and returns the exit code. */
export async function bench(args: string[]): Promise<number> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\nTry --help.`);
    return 1;
  }
  if (options.help) {
    process.stdout.write(help);
    return 0;
  }

  const ending = new AbortController();
  const end = () => ending.abort();
  process.on("SIGINT", end).on("SIGTERM", end);
  const say = (what: string) => {
    if (!options.json) console.error(`… ${what}`);
  };
  try {
    const report = await run(options.run, say, ending.signal);
    console.log(options.json ? JSON.stringify({ machine: machine(), ...report }, null, 2) : table(report));
    return report.faults.length === 0 ? 0 : 1;
  } catch (error) {
    if (ending.signal.aborted) return 130;
    console.error(error instanceof Error ? error.message : error);
    return 1;
  } finally {
    process.off("SIGINT", end).off("SIGTERM", end);
  }
}

function readOptions(args: string[]): { help: boolean; json: boolean; run: Options } {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: "string" },
      connections: { type: "string", default: "64,256,512" },
      only: { type: "string", multiple: true, default: [] },
      quick: { type: "boolean", default: false },
      full: { type: "boolean", default: false },
      stored: { type: "string" },
      dir: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const seconds = wholeNumber("--seconds", values.seconds ?? (values.quick ? "2" : "8"));
  const rows = new Set(values.only.map(rowName));
  if (rows.size === 0) for (const row of rowNames) if (row !== "stored") rows.add(row);
  if (values.full || values.stored !== undefined) rows.add("stored");
  return {
    help: values.help,
    json: values.json,
    run: {
      rows,
      pace: { seconds, warmUpSeconds: Math.min(3, seconds) },
      connections: values.connections.split(",").map((text) => wholeNumber("--connections", text)),
      storedPayments: wholeNumber("--stored", values.stored ?? "10000000"),
      folder: values.dir,
    },
  };
}

function rowName(text: string): RowName {
  const found = rowNames.find((row) => row === text);
  if (found === undefined) throw new Error(`--only takes ${rowNames.join(", ")}, not ${text}`);
  return found;
}

function wholeNumber(option: string, text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new Error(`${option} takes a whole number above 0, not ${text}`);
  return Number(text);
}
