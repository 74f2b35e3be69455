/**
 * The command line, `pesarail <command>`: where it begins and how it ends. What there is stands in `command-line.ts`.
 *
 * Answers go to standard output, progress and errors to standard error, an error in one line. The exit
 * code is 0 when the command did what it was asked, 1 when it refused or failed, 2 when it was not
 * understood, 130 when it was interrupted.
 */
import { CommanderError } from "commander";
import { readable } from "../callbacks/call.ts";
import { ClusterError } from "../cluster/cluster-error.ts";
import { SettingError } from "../config.ts";
import { surviveLostConnections } from "../store/lost-connections.ts";
import { StoreError } from "../store/stores.ts";
import { SealBroken } from "../vault/seal.ts";
import { commandLine } from "./command-line.ts";
import { exitCodes, Misused, Refused } from "./command-error.ts";
import { Interrupted, interruption, report } from "./run.ts";
import { runServer } from "./start.ts";
import { paint } from "./terminal.ts";

/** Failures that somebody can mend: one line for them, no stack. */
const mendable = [Refused, SettingError, ClusterError, StoreError, SealBroken];

process.exitCode = await main(process.argv.slice(2));
if (process.connected) process.disconnect?.();

async function main(args: readonly string[]): Promise<typeof process.exitCode> {
  // The server minds its own signals and errors: nothing of ours comes between.
  if (args[0] === "start") return runServer(args.slice(1));

  for (const signal of ["SIGINT", "SIGTERM", "disconnect"] as const)
    process.on(signal, () => interruption.abort());
  // Whoever reads the first lines alone (`| head`) has read enough.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
  surviveLostConnections(() => report("A connection to the database was lost while it was made."));
  try {
    await commandLine().parseAsync(args, { from: "user" });
    return process.exitCode ?? exitCodes.fine;
  } catch (error) {
    return tell(error);
  }
}

/** Says what went wrong, and gives the exit code for it. */
function tell(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage;
  if (error instanceof Interrupted) {
    if (error.message !== "") report(error.message);
    return exitCodes.interrupted;
  }
  if (error instanceof Misused) {
    complain(`${error.message}\nTry --help.`);
    return exitCodes.usage;
  }
  if (mendable.some((kind) => error instanceof kind)) {
    complain((error as Error).message);
  } else {
    complain("it failed, for a reason that nobody foresaw:");
    console.error(error);
  }
  return exitCodes.refused;
}

/** What a server said may be part of it, and no terminal shall obey that. */
function complain(what: string): void {
  report(`${paint("bad", "pesarail:", process.stderr)} ${readable(what)}`);
}
