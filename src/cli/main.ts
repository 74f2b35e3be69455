/**
 * Entry point of the command line, `pesarail <command>`. See `command-line.ts` for the commands.
 *
 * Results go to standard output, progress and errors to standard error; an error is one line. The exit code is
 * 0 on success, 1 if the command was refused or failed, 2 for a usage error, and 130 after an interruption.
 */
import { CommanderError } from "commander";
import { sanitizeText } from "../core/sanitize-text.ts";
import { BackupError } from "../backup/backup-error.ts";
import { ClusterError } from "../embedded-postgres/cluster-error.ts";
import { SettingError } from "../config/settings.ts";
import { ignoreDriverRejection } from "../store/driver/ignore-driver-rejection.ts";
import { StoreError } from "../store/databases.ts";
import { SandboxClientError } from "../protocols/sandbox-client.ts";
import { DecryptionError } from "../vault/seal.ts";
import { createCommandLine } from "./command-line.ts";
import { exitCodes, UsageError, CommandFailed } from "./terminal/exit-codes.ts";
import { Interrupted, abortController, printToStderr } from "./context.ts";
import { runServer } from "./run-server.ts";
import { style } from "./terminal/styles.ts";

/** Errors that the user can fix: printed as one line, without a stack trace. */
const userFacingErrors = [
  CommandFailed,
  SettingError,
  ClusterError,
  StoreError,
  DecryptionError,
  BackupError,
  SandboxClientError,
];

process.exitCode = await main(process.argv.slice(2));
if (process.connected) process.disconnect?.();

async function main(args: readonly string[]): Promise<typeof process.exitCode> {
  // The server handles signals and errors itself.
  if (args[0] === "start") return runServer(args.slice(1));

  for (const signal of ["SIGINT", "SIGTERM", "disconnect"] as const)
    process.on(signal, () => abortController.abort());
  // A reader such as `head` may close the pipe early.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
  ignoreDriverRejection(() => printToStderr("A database connection was lost while it was being opened."));
  try {
    await (await createCommandLine(args[0])).parseAsync(args, { from: "user" });
    return process.exitCode ?? exitCodes.success;
  } catch (error) {
    return reportError(error);
  }
}

/** Prints the error and returns the exit code. */
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
    printError("Unexpected error:");
    console.error(error);
  }
  return exitCodes.failed;
}

/** The message may contain text from a server, so control characters are removed. */
function printError(message: string): void {
  printToStderr(`${style("bad", "pesarail:", process.stderr)} ${sanitizeText(message)}`);
}
