/**
 * What every command does around its own work: reads the settings, opens and closes the databases, and handles
 * interruptions.
 */
import { readConfig, type Config } from "../config/settings.ts";
import { acquireDatabases, type DatabaseOptions } from "./databases.ts";
import type { DatabaseLocations } from "../store/databases.ts";

export interface CommandContext {
  readonly config: Config;
  readonly locations: DatabaseLocations;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Aborted by the first signal, or when the parent process disconnects. */
export const abortController = new AbortController();

export class Interrupted extends Error {}

/** Prints progress and notices for people. They go to standard error, so that results can be piped. */
export const printToStderr = (line: string): void => void process.stderr.write(`${line}\n`);

/**
 * Opens the databases, runs the action, and closes them. An interruption stops waiting at once; PostgreSQL
 * rolls back unfinished transactions when their connections close.
 */
export async function withDatabases<T>(
  options: Pick<DatabaseOptions, "exclusive" | "create">,
  action: (context: CommandContext) => Promise<T>,
): Promise<T> {
  const config = readConfig(process.env);
  const { signal } = abortController;
  await using databases = await acquireDatabases({ config, onProgress: printToStderr, signal, ...options });
  const interrupted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(new Interrupted());
    signal.addEventListener("abort", () => reject(new Interrupted()));
  });
  return await Promise.race([action({ config, locations: databases.locations, signal }), interrupted]);
}
