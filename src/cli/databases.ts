/**
 * The databases, for a command: the same that the server would use, whether it runs or not.
 *
 * With databases of your own there is nothing to start. With ours, either a server runs it, and we come in
 * by the same door; or none does, and we run it for as long as the command takes.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { startCluster } from "../cluster/cluster.ts";
import { claimDataDir, DataDirInUse, type Claim } from "../cluster/data-dir.ts";
import { runningCluster } from "../cluster/running.ts";
import type { Config } from "../config.ts";
import { rails } from "../money.ts";
import { needsOwnCluster, ownDatabase, placesOf } from "../places.ts";
import { readMigrations, versionOf, type SchemaKind } from "../store/migrate.ts";
import { createDatabase, inSchema, mainSchema, type Place, type Places } from "../store/stores.ts";
import { howToStart } from "./called.ts";
import { Refused } from "./command-error.ts";

export interface Databases extends AsyncDisposable {
  readonly places: Places;
}

export interface OpenOptions {
  readonly config: Config;
  /** Hears what takes time. */
  readonly report: (line: string) => void;
  /** Gives up a start that is under way. */
  readonly signal: AbortSignal;
  /** Refuses while a server runs on the data folder. */
  readonly alone?: boolean;
  /** Makes the data folder and its cluster if there are none. */
  readonly make?: boolean;
}

/** Throws `Refused`, `ClusterError` or `StoreError`. */
export async function openDatabases(options: OpenOptions): Promise<Databases> {
  const { config, alone = false } = options;
  const own = needsOwnCluster(config);
  if (!own && !alone) return { places: placesOf(config, null), [Symbol.asyncDispose]: async () => {} };
  if (own && options.make !== true && !existsSync(join(config.dataDir, "postgres.password"))) {
    throw new Refused(`There is no database in ${config.dataDir} yet; ${howToStart} makes one.`);
  }
  try {
    const claim = await claimDataDir(config.dataDir, 0);
    return own ? await runOwnCluster(options, claim) : withoutCluster(config, claim);
  } catch (error) {
    if (!(error instanceof DataDirInUse)) throw error;
    if (alone) throw new Refused(`${error.message} Stop it first.`);
    return {
      places: placesOf(config, runningCluster(config.dataDir)),
      [Symbol.asyncDispose]: async () => {},
    };
  }
}

function withoutCluster(config: Config, claim: Claim): Databases {
  return {
    places: placesOf(config, null),
    async [Symbol.asyncDispose]() {
      claim.release();
    },
  };
}

async function runOwnCluster({ config, report, signal }: OpenOptions, claim: Claim): Promise<Databases> {
  try {
    report("No server runs here: starting PostgreSQL for the moment …");
    const cluster = await startCluster({ dataDir: config.dataDir, report, signal });
    await createDatabase(cluster.address("postgres"), ownDatabase);
    return {
      places: placesOf(config, cluster),
      async [Symbol.asyncDispose]() {
        report("Stopping PostgreSQL again.");
        await cluster.stop();
        claim.release();
      },
    };
  } catch (error) {
    claim.release();
    throw error;
  }
}

/** A schema and where it is. */
export interface SchemaAt {
  readonly name: string;
  readonly kind: SchemaKind;
  readonly place: Place;
}

/** Every schema of the installation: the rails, and the directory last, since they refer to it. */
export function schemasAt(places: Places): SchemaAt[] {
  return [
    ...rails.map(({ environment, market, name }) => ({
      name,
      kind: "rail" as const,
      place: places.rail(environment, market),
    })),
    { name: mainSchema, kind: "main" as const, place: places.main },
  ];
}

/** Refuses a schema that this code did not make or did not finish: commands read and write what is there. */
export async function requireCurrent({ name, kind, place }: SchemaAt, connectionName: string): Promise<void> {
  const newest = (await readMigrations(kind)).length;
  const version = await inSchema(place, name, (sql) => versionOf(sql, name), connectionName);
  if (version === newest) return;
  const mend = version > newest ? "use the newer release" : `${howToStart} brings it up to date`;
  throw new Refused(
    `${place.setting}: the schema ${name} is at version ${version} and this code at ${newest}: ${mend}.`,
  );
}
