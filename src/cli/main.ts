/**
 * The command line, `pesarail <command>`: where it begins and how it ends. What there is stands in `command-line.ts`.
 *
 * Answers go to standard output, progress and errors to standard error, an error in one line. The exit
 * code is 0 when the command did what it was asked, 1 when it refused or failed, 2 when it was not
 * understood, 130 when it was interrupted.
 */
import { CommanderError } from "commander";
import { sanitizeText } from "../callbacks/webhook-client.ts";
import { ClusterError } from "../embedded-postgres/cluster-error.ts";
import { SettingError } from "../config/settings.ts";
import { ignoreDriverRejection } from "../store/driver/ignore-driver-rejection.ts";
import { StoreError } from "../store/databases.ts";
import { DecryptionError } from "../vault/seal.ts";
import { createCommandLine } from "./command-line.ts";
import { exitCodes, UsageError, CommandFailed } from "./terminal/exit-codes.ts";
import { Interrupted, abortController, printToStderr } from "./context.ts";
import { runServer } from "./commands/sandbox/start.ts";
import { style } from "./terminal/styles.ts";

/** Failures that somebody can mend: one line for them, no stack. */
const userFacingErrors = [CommandFailed, SettingError, ClusterError, StoreError, DecryptionError];

process.exitCode = await main(process.argv.slice(2));
if (process.connected) process.disconnect?.();

async function main(args: readonly string[]): Promise<typeof process.exitCode> {
  // The server minds its own signals and errors: nothing of ours comes between.
  if (args[0] === "start") return runServer(args.slice(1));

  for (const signal of ["SIGINT", "SIGTERM", "disconnect"] as const)
    process.on(signal, () => abortController.abort());
  // Whoever reads the first lines alone (`| head`) has read enough.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
  ignoreDriverRejection(() => printToStderr("A connection to the database was lost while it was made."));
  try {
    await createCommandLine().parseAsync(args, { from: "user" });
    return process.exitCode ?? exitCodes.success;
  } catch (error) {
    return reportError(error);
  }
}

/** Says what went wrong, and gives the exit code for it. */
function reportError(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
  if (error instanceof Interrupted) {
    if (error.message !== "") printToStderr(error.message);
    return exitCodes.interrupted;
  }
  if (error instanceof UsageError) {
    printError(`${error.message}\nTry --help.`);
    return exitCodes.usage;
  }
  if (userFacingErrors.some((kind) => error instanceof kind)) {
    printError((error as Error).message);
  } else {
    printError("it failed, for a reason that nobody foresaw:");
    console.error(error);
  }
  return exitCodes.failed;
}

/** What a server said may be part of it, and no terminal shall obey that. */
function printError(message: string): void {
  printToStderr(`${style("bad", "pesarail:", process.stderr)} ${sanitizeText(message)}`);
}
