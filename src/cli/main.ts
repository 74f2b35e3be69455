/**
 * The command line, `npm run pesarail -- <command>`: what operators do beside the server.
 *
 * Answers go to standard output, progress and errors to standard error, an error in one line. The exit
 * code is 0 when the command did what it was asked, 1 when it refused or failed, 2 when it was not
 * understood, 130 when it was interrupted.
 */
import { Command, CommanderError } from "commander";
import { ClusterError } from "../cluster/cluster-error.ts";
import { SettingError } from "../config.ts";
import { StoreError } from "../store/stores.ts";
import { SealBroken } from "../vault/seal.ts";
import { addAdmin } from "./admin.ts";
import { addBackup } from "./backup.ts";
import { addClock } from "./clock.ts";
import { addDeliveries } from "./deliveries.ts";
import { exitCodes, Misused, Refused } from "./command-error.ts";
import { addProve } from "./prove.ts";
import { addRestore } from "./restore.ts";
import { Interrupted, interruption } from "./run.ts";
import { addSnapshot } from "./snapshot.ts";

/** Failures that somebody can mend: one line for them, no stack. */
const mendable = [Refused, SettingError, ClusterError, StoreError, SealBroken];

process.exitCode = await main(process.argv.slice(2));
if (process.connected) process.disconnect?.();

async function main(args: readonly string[]): Promise<number> {
  // The benchmark reads its own options and minds its own signals: nothing of ours comes between.
  if (args[0] === "bench") return (await import("./bench.ts")).bench(args.slice(1));

  for (const signal of ["SIGINT", "SIGTERM", "disconnect"] as const)
    process.on(signal, () => interruption.abort());
  try {
    await commandLine().parseAsync(args, { from: "user" });
    return exitCodes.fine;
  } catch (error) {
    return explain(error);
  }
}

function commandLine(): Command {
  const program = new Command("pesarail")
    .description("Pesarail's command line. It uses the same settings as the server (docs/settings.md).")
    .helpCommand(false)
    .showHelpAfterError("Try --help.")
    .exitOverride();
  addProve(program);
  program.command("bench").description("measure the speed of a clean server (bench --help tells more)");
  addAdmin(program);
  addDeliveries(program);
  addClock(program);
  addSnapshot(program);
  addBackup(program);
  addRestore(program);
  program.addHelpText(
    "after",
    "\nExit codes: 0 done, 1 refused or failed, 2 not understood, 130 interrupted.\n\n" +
      "  npm run pesarail -- prove\n" +
      "  npm run pesarail -- backup pesarail.backup\n" +
      "  npm run pesarail -- admin organisation create --help",
  );
  return program;
}

/** Says what went wrong, and gives the exit code for it. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage;
  if (error instanceof Interrupted) return exitCodes.interrupted;
  if (error instanceof Misused) {
    process.stderr.write(`pesarail: ${error.message}\nTry --help.\n`);
    return exitCodes.usage;
  }
  if (mendable.some((kind) => error instanceof kind)) {
    process.stderr.write(`pesarail: ${(error as Error).message}\n`);
  } else {
    process.stderr.write("pesarail: it failed, for a reason that nobody foresaw:\n");
    console.error(error);
  }
  return exitCodes.refused;
}
