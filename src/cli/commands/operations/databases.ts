/**
 * The databases, for a command: the same that the server would use, whether it runs or not.
 *
 * With databases of your own there is nothing to start. With ours, either a server runs it, and we come in
 * by the same door; or none does, and we run it for as long as the command takes.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { startCluster } from "../../../embedded-postgres/cluster.ts";
import { lockDataDir, DataDirInUse, type DataDirLock } from "../../../embedded-postgres/data-dir-lock.ts";
import { getRunningCluster } from "../../../embedded-postgres/connect-running.ts";
import type { Config } from "../../../config/settings.ts";
import { rails } from "../../../core/money.ts";
import {
  usesEmbeddedPostgres,
  embeddedDatabaseName,
  databaseLocations,
} from "../../../config/database-locations.ts";
import { readMigrations, readMigrationVersion, type SchemaKind } from "../../../store/schema/migrate.ts";
import {
  createDatabase,
  withSchemaConnection,
  mainSchema,
  type DatabaseLocation,
  type DatabaseLocations,
} from "../../../store/databases.ts";
import { startCommand } from "../../terminal/usage.ts";
import { CommandFailed } from "../../terminal/exit-codes.ts";

export interface Databases extends AsyncDisposable {
  readonly locations: DatabaseLocations;
}

export interface DatabaseOptions {
  readonly config: Config;
  /** Hears what takes time. */
  readonly onProgress: (line: string) => void;
  /** Gives up a start that is under way. */
  readonly signal: AbortSignal;
  /** Refuses while a server runs on the data folder. */
  readonly exclusive?: boolean;
  /** Makes the data folder and its cluster if there are none. */
  readonly create?: boolean;
}

/** Throws `Refused`, `ClusterError` or `StoreError`. */
export async function acquireDatabases(options: DatabaseOptions): Promise<Databases> {
  const { config, exclusive = false } = options;
  const isEmbedded = usesEmbeddedPostgres(config);
  if (!isEmbedded && !exclusive)
    return { locations: databaseLocations(config, null), [Symbol.asyncDispose]: async () => {} };
  if (isEmbedded && options.create !== true && !existsSync(join(config.dataDir, "postgres.password"))) {
    throw new CommandFailed(`There is no database in ${config.dataDir} yet; ${startCommand} makes one.`);
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
    onProgress("No server runs here: starting PostgreSQL for the moment …");
    const cluster = await startCluster({ dataDir: config.dataDir, onProgress, signal });
    await createDatabase(cluster.address("postgres"), embeddedDatabaseName);
    return {
      locations: databaseLocations(config, cluster),
      async [Symbol.asyncDispose]() {
        onProgress("Stopping PostgreSQL again.");
        await cluster.stop();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** A schema and where it is. */
export interface SchemaLocation {
  readonly name: string;
  readonly kind: SchemaKind;
  readonly location: DatabaseLocation;
}

/** Every schema of the installation: the rails, and the directory last, since they refer to it. */
export function listSchemas(locations: DatabaseLocations): SchemaLocation[] {
  return [
    ...rails.map(({ environment, market, name }) => ({
      name,
      kind: "rail" as const,
      location: locations.rail(environment, market),
    })),
    { name: mainSchema, kind: "main" as const, location: locations.main },
  ];
}

/** Refuses a schema that this code did not make or did not finish: commands read and write what is there. */
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
  const fix = version > newest ? "use the newer release" : `${startCommand} brings it up to date`;
  throw new CommandFailed(
    `${location.setting}: the schema ${name} is at version ${version} and this code at ${newest}: ${fix}.`,
  );
}
