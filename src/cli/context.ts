/** What every command does around its work: settings, databases, interruption, and letting go of all of it. */
import { readConfig, type Config } from "../config/settings.ts";
import { acquireDatabases, type DatabaseOptions } from "./commands/operations/databases.ts";
import type { DatabaseLocations } from "../store/databases.ts";

export interface CommandContext {
  readonly config: Config;
  readonly locations: DatabaseLocations;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Aborted by the first signal, or when whoever started us is gone. */
export const abortController = new AbortController();

export class Interrupted extends Error {}

/** Progress, for people: beside the answer, never in it, so that answers can be piped. */
export const printToStderr = (line: string): void => void process.stderr.write(`${line}\n`);

/**
 * Opens the databases, works, and closes them. An interruption ends the wait for the work at once; what
 * was under way in a database is rolled back when its connection goes.
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
