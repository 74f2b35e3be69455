/**
 * The database pools: one for the main schema and, for each rail, one for payments,
 * one for its request log, and one for the portal.
 */
import { msPerMinute, msPerSecond } from "../core/clock.ts";
import { rails, type Rail, type RailName } from "../core/rails.ts";
import type { Environment, Market } from "../core/markets.ts";
import { connect, errorCode, type DatabaseAddress, type PoolOptions, type Sql } from "./driver/connect.ts";
import { DatabaseTooNewError, migrate, type SchemaKind } from "./schema/migrate.ts";
import { makePartitions } from "./schema/partitions.ts";
import { createWriteProbe, type WriteProbe } from "./write-probe.ts";

export interface RailStore {
  readonly rail: Rail;
  readonly sql: Sql;
  /** Commits without waiting for the disk. A crash can lose the last lines of the log, never money. */
  readonly log: Sql;
  /** For the pages of the portal: small, so that people who read cannot take the connections of payments. */
  readonly portal: Sql;
}

export interface Stores {
  readonly main: Sql;
  /** For the request log of paths that name no rail. */
  readonly mainLog: Sql;
  /** For the pages of the portal. */
  readonly mainPortal: Sql;
  readonly rails: ReadonlyMap<RailName, RailStore>;
  /** Whether the database of a rail, or of the main schema (null), can store a payment. At most a second old. */
  canWrite(rail: RailName | null): Promise<boolean>;
  close(): Promise<void>;
}

export const mainSchema = "pesarail";

/** The address of a database, and the setting that it comes from (for messages). */
export interface DatabaseLocation {
  readonly address: DatabaseAddress;
  readonly setting: string;
}

/** A database cannot be used. The message is one line that names the setting and never the password. */
export class StoreError extends Error {}

/** A database that cannot be reached, or does not accept connections at the moment. */
export class DatabaseAway extends StoreError {}

/**
 * The statements of a batch always use indexes, whatever the statistics say: a plan that was made for an almost
 * empty table must not be kept when the table has a hundred thousand rows.
 */
const postingSettings = {
  plan_cache_mode: "force_generic_plan",
  enable_seqscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  // Less than a statement may take, so that the error names the reason.
  lock_timeout: "7s",
  // A server that is cut off while it holds locks blocks its customers' wallets for the other servers.
  idle_in_transaction_session_timeout: "15s",
} as const;

/** Callers wait ten seconds. A statement that takes longer than this fails, so that they get a response by then. */
const servingTimeoutMs = 8 * msPerSecond;

/** Preparing a schema: a migration may change large tables. */
const prepareTimeoutMs = 10 * msPerMinute;

/** Two for batches, and the rest for queries. */
const railConnections = 6;

/** Enough for twenty people, whose requests take a few milliseconds each. */
const portalConnections = 2;

/** One probe for each database, however many schemas it has. */
function createProbes(locations: DatabaseLocations) {
  const byAddress = new Map<string, WriteProbe>();
  const getProbe = ({ address }: DatabaseLocation): WriteProbe => {
    const key = JSON.stringify(address);
    const probe = byAddress.get(key) ?? createWriteProbe(address);
    byAddress.set(key, probe);
    return probe;
  };
  const main = getProbe(locations.main);
  const byRail = new Map(
    rails.map(({ name, environment, market }) => [name, getProbe(locations.rail(environment, market))]),
  );
  return {
    get: (rail: RailName | null): WriteProbe => (rail === null ? main : (byRail.get(rail) ?? main)),
    async close() {
      await Promise.all([...byAddress.values()].map((probe) => probe.close()));
    },
  };
}

export interface DatabaseLocations {
  readonly main: DatabaseLocation;
  rail(environment: Environment, market: Market): DatabaseLocation;
}

/** Creates the pools. They connect at their first use. */
export function createStores(locations: DatabaseLocations): Stores {
  const pool = (location: DatabaseLocation, options: PoolOptions): Sql =>
    connect(location.address, { statementTimeoutMs: servingTimeoutMs, ...options });
  const logPool = (location: DatabaseLocation, schema: string): Sql =>
    pool(location, {
      schema,
      maxConnections: 1,
      name: `pesarail ${schema} log`,
      settings: { synchronous_commit: "off" },
    });
  const portalPool = (location: DatabaseLocation, schema: string): Sql =>
    pool(location, {
      schema,
      maxConnections: portalConnections,
      name: `pesarail ${schema} portal`,
      settings: { lock_timeout: "5s", idle_in_transaction_session_timeout: "15s" },
    });
  const main = pool(locations.main, {
    schema: mainSchema,
    maxConnections: 6,
    name: "pesarail directory",
    settings: { lock_timeout: "7s", idle_in_transaction_session_timeout: "60s" },
  });
  const mainLog = logPool(locations.main, mainSchema);
  const mainPortal = portalPool(locations.main, mainSchema);
  const stores = new Map<RailName, RailStore>();
  for (const rail of rails) {
    const location = locations.rail(rail.environment, rail.market);
    stores.set(rail.name, {
      rail,
      sql: pool(location, {
        schema: rail.name,
        maxConnections: railConnections,
        name: `pesarail ${rail.name}`,
        settings: postingSettings,
      }),
      log: logPool(location, rail.name),
      portal: portalPool(location, rail.name),
    });
  }
  const probes = createProbes(locations);
  return {
    main,
    mainLog,
    mainPortal,
    rails: stores,
    canWrite: (rail) => probes.get(rail).canWrite(),
    async close() {
      await probes.close();
      const railPools = [...stores.values()].flatMap(({ sql, log, portal }) => [sql, log, portal]);
      const pools = [main, mainLog, mainPortal, ...railPools];
      await Promise.all(pools.map((connection) => connection.end({ timeout: 5 })));
    },
  };
}

/** Applied migrations, and the rails whose database could not be reached. */
export interface Preparation {
  readonly applied: number;
  readonly away: readonly Rail[];
}

/**
 * Migrates every schema and creates its partitions. Throws `StoreError` for a database that cannot be used.
 *
 * A rail in a database of its own may be away: the others start without it, and `prepareRail` is called again until it
 * is back.
 */
export async function prepareStores(locations: DatabaseLocations, now: number): Promise<Preparation> {
  const appliedToMain = await prepareSchema(locations.main, mainSchema, "main", now);
  const away = new Set<Rail>();
  const appliedToRails = await Promise.all(
    rails.map(async (rail) => {
      try {
        return await prepareRail(locations, rail, now);
      } catch (error) {
        const isOwn = locations.rail(rail.environment, rail.market).address !== locations.main.address;
        if (!(error instanceof DatabaseAway && isOwn)) throw error;
        away.add(rail);
        return 0;
      }
    }),
  );
  return {
    applied: appliedToRails.reduce((sum, applied) => sum + applied, appliedToMain),
    away: rails.filter((rail) => away.has(rail)),
  };
}

/** Prepares one rail. Throws `DatabaseAway` while its database cannot be reached. */
export function prepareRail(locations: DatabaseLocations, rail: Rail, now: number): Promise<number> {
  return prepareSchema(locations.rail(rail.environment, rail.market), rail.name, "rail", now);
}

function prepareSchema(
  location: DatabaseLocation,
  schema: string,
  kind: SchemaKind,
  now: number,
): Promise<number> {
  const work = async (sql: Sql): Promise<number> => {
    await checkServerVersion(sql);
    const applied = await migrate(sql, schema, kind);
    await makePartitions(sql, kind, now, now);
    return applied;
  };
  return withSchemaConnection(location, schema, work, "pesarail start", prepareTimeoutMs);
}

/**
 * Runs `work` in a schema with a separate connection, which has none of the batch settings.
 * Throws `StoreError` for a database that cannot be used.
 */
export async function withSchemaConnection<T>(
  location: DatabaseLocation,
  schema: string,
  work: (sql: Sql) => Promise<T>,
  name = "pesarail start",
  statementTimeoutMs?: number,
): Promise<T> {
  const limit = statementTimeoutMs === undefined ? {} : { statementTimeoutMs };
  const sql = connect(location.address, { schema, maxConnections: 1, name, ...limit });
  try {
    return await work(sql);
  } catch (error) {
    throw toStoreError(error, location);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** The first version whose SQL the statements and migrations need, as PostgreSQL numbers it. */
const minServerVersion = 15;

async function checkServerVersion(sql: Sql): Promise<void> {
  const [row] = await sql<{ major: number; text: string }[]>`
    select current_setting('server_version_num')::integer / 10000 as major, current_setting('server_version') as text`;
  if (row !== undefined && row.major < minServerVersion)
    throw new ServerTooOldError(
      `the database runs PostgreSQL ${row.text}, and ${minServerVersion} or newer is needed.`,
    );
}

class ServerTooOldError extends Error {}

function toStoreError(error: unknown, { address, setting }: DatabaseLocation): unknown {
  if (error instanceof DatabaseTooNewError || error instanceof ServerTooOldError)
    return new StoreError(`${setting}: ${error.message}`, { cause: error });
  const code = errorCode(error);
  const isUnusable = /^(E[A-Z]+|CONNECT|STATEMENT_|28|3D|57P|53|58|25006|42501)/.test(code);
  if (!isUnusable) return error;
  const reason = error instanceof Error ? error.message.replace(/:\/\/[^@\s]*@/g, "://") : code;
  return new DatabaseAway(
    `${setting}: the database at ${describeAddress(address)} cannot be used: ${reason}`,
    {
      cause: error,
    },
  );
}

/** Host, port and database, without the credentials. */
export function describeAddress(address: DatabaseAddress): string {
  if (typeof address !== "string") return `${address.host} (${address.database})`;
  try {
    const { host, pathname } = new URL(address);
    return `${host}${pathname}`;
  } catch {
    return "an address that cannot be read";
  }
}

/**
 * Creates a database of the embedded PostgreSQL unless it exists. `address` is of a database that always exists.
 * Returns PostgreSQL's version, such as `18.4`.
 */
export async function createDatabase(address: DatabaseAddress, name: string): Promise<string> {
  const sql = connect(address, { schema: "public", maxConnections: 1, name: "pesarail start" });
  try {
    const rows = await sql`select 1 from pg_database where datname = ${name}`;
    if (rows.length === 0) await sql`create database ${sql(name)}`;
    const [row] = await sql<{ version: string }[]>`select current_setting('server_version') as version`;
    return row?.version ?? "";
  } finally {
    await sql.end({ timeout: 5 });
  }
}
