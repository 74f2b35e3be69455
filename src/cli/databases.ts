/**
 * The databases for a command: the same as the server's, whether it runs or not.
 *
 * A PostgreSQL of the operator's runs already. The embedded one either runs under a server, and the command
 * connects to it; or the command starts it and stops it at its end.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { startCluster } from "../embedded-postgres/cluster.ts";
import { lockDataDir, DataDirInUse, type DataDirLock } from "../embedded-postgres/data-dir-lock.ts";
import { getRunningCluster } from "../embedded-postgres/connect-running.ts";
import type { Config } from "../config/settings.ts";
import {
  usesEmbeddedPostgres,
  embeddedDatabaseName,
  databaseLocations,
} from "../config/database-locations.ts";
import { readMigrations, readMigrationVersion } from "../store/schema/migrate.ts";
import type { SchemaLocation } from "../store/schema-locations.ts";
import { createDatabase, withSchemaConnection, type DatabaseLocations } from "../store/databases.ts";
import { startCommand } from "./terminal/usage.ts";
import { CommandFailed } from "./terminal/exit-codes.ts";

export interface Databases extends AsyncDisposable {
  readonly locations: DatabaseLocations;
}

export interface DatabaseOptions {
  readonly config: Config;
  /** Called before slow steps. */
  readonly onProgress: (line: string) => void;
  /** Aborts a start in progress. */
  readonly signal: AbortSignal;
  /** Fails while a server runs on the data folder. */
  readonly exclusive?: boolean;
  /** Creates the data folder and its cluster if there are none. */
  readonly create?: boolean;
}

/** Throws `CommandFailed`, `ClusterError` or `StoreError`. */
export async function acquireDatabases(options: DatabaseOptions): Promise<Databases> {
  const { config, exclusive = false } = options;
  const isEmbedded = usesEmbeddedPostgres(config);
  if (!isEmbedded && !exclusive)
    return { locations: databaseLocations(config, null), [Symbol.asyncDispose]: async () => {} };
  if (isEmbedded && options.create !== true && !existsSync(join(config.dataDir, "postgres.password"))) {
    throw new CommandFailed(
      `There is no database in ${config.dataDir} yet. Start the server to create one: ${startCommand}`,
    );
  }
  try {
    const lock = await lockDataDir(config.dataDir, 0);
    return isEmbedded ? await runEmbeddedPostgres(options, lock) : holdLock(config, lock);
  } catch (error) {
    if (!(error instanceof DataDirInUse)) throw error;
    if (exclusive) throw new CommandFailed(`${error.message} Stop it first.`);
    return {
      locations: databaseLocations(config, getRunningCluster(config.dataDir)),
      [Symbol.asyncDispose]: async () => {},
    };
  }
}

function holdLock(config: Config, lock: DataDirLock): Databases {
  return {
    locations: databaseLocations(config, null),
    async [Symbol.asyncDispose]() {
      lock.release();
    },
  };
}

async function runEmbeddedPostgres(
  { config, onProgress, signal }: DatabaseOptions,
  lock: DataDirLock,
): Promise<Databases> {
  try {
    onProgress("No server is running here. Starting PostgreSQL for this command …");
    // As for the server, data with a cache may be lost when the machine fails.
    const durable = config.sandboxCacheDir === null;
    const cluster = await startCluster({ dataDir: config.dataDir, onProgress, signal, durable });
    await createDatabase(cluster.address("postgres"), embeddedDatabaseName);
    return {
      locations: databaseLocations(config, cluster),
      async [Symbol.asyncDispose]() {
        onProgress("Stopping PostgreSQL.");
        await cluster.stop();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Throws `CommandFailed` unless the schema has the version of this release. */
export async function assertCurrentVersion(
  { name, kind, location }: SchemaLocation,
  connectionName: string,
): Promise<void> {
  const newest = (await readMigrations(kind)).length;
  const version = await withSchemaConnection(
    location,
    name,
    (sql) => readMigrationVersion(sql, name),
    connectionName,
  );
  if (version === newest) return;
  const fix = version > newest ? "use the newer release" : `start the server to upgrade it: ${startCommand}`;
  throw new CommandFailed(
    `${location.setting}: the schema ${name} is at version ${version}, but this release needs ${newest}: ${fix}.`,
  );
}
