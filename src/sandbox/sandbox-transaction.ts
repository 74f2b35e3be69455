/**
 * A transaction over the whole sandbox: all its rails and the main schema. It opens one database transaction for
 * each database.
 *
 * By default everything is in one database, so this is one atomic transaction. With rails in several databases, these
 * commit one after the other, the main schema's last. After a crash between two commits, repeat the work to complete it.
 */
import { msPerSecond } from "../core/clock.ts";
import { railFor } from "../core/rails.ts";
import type { Market } from "../core/markets.ts";
import { errorCode, type Sql, type Transaction } from "../store/driver/connect.ts";
import { readDatabaseKey, setBulkTimeouts, setSearchPath } from "../store/main/sandbox-snapshots.ts";
import { mainSchema } from "../store/databases.ts";

/** A schema of the sandbox. */
export interface SchemaTransaction {
  /** The market, or `pesarail` for the main schema. */
  readonly name: string;
  /** Runs `work` on this schema, in the transaction of its database. Do not run two at the same time. */
  do<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
}

export interface SandboxTransaction {
  readonly directory: SchemaTransaction;
  /** Always in the same order, so that two such transactions cannot deadlock. */
  readonly rails: readonly SchemaTransaction[];
}

/** Another operation locks the sandbox's tables. The message is one sentence. */
export class SandboxBusy extends Error {
  constructor(cause: unknown) {
    super(
      "The sandbox's tables are locked by a long operation, such as a backup, a proof or another snapshot. Try again when it has finished.",
      { cause },
    );
  }
}

/** How long to wait for each lock. New payments queue behind this wait. */
const lockTimeoutMs = 3 * msPerSecond;
const maxTries = 3;

const lockNotAvailable = "55P03";
/** A deadlock, or another transaction referenced a row that this one deleted. */
const retryableCodes: ReadonlySet<string> = new Set(["40P01", "23503"]);

interface Schemas {
  readonly main: Sql;
  readonly rails: readonly { readonly market: Market; readonly sql: Sql }[];
}

/** Runs `work` and commits all of it or nothing. Throws `SandboxBusy`, and any error of `work`. */
export async function inSandboxTransaction<T>(
  schemas: Schemas,
  work: (transaction: SandboxTransaction) => Promise<T>,
): Promise<T> {
  const pools = await groupPools(schemas);
  for (let tries = 1; ; tries += 1) {
    try {
      return await begin([...new Set(pools.values())], new Map(), (open) =>
        work(createTransaction(schemas, pools, open)),
      );
    } catch (error) {
      const code = errorCode(error);
      const retryable = retryableCodes.has(code);
      if (retryable && tries < maxTries) continue;
      throw retryable || code === lockNotAvailable ? new SandboxBusy(error) : error;
    }
  }
}

/** For each pool, the pool that opens the transaction of its database: the first one with that database. */
async function groupPools({ main, rails }: Schemas): Promise<ReadonlyMap<Sql, Sql>> {
  const byDatabase = new Map<string, Sql>();
  const pools = new Map<Sql, Sql>();
  for (const sql of [main, ...rails.map(({ sql }) => sql)]) {
    const database = await readDatabaseKey(sql);
    const first = byDatabase.get(database) ?? sql;
    byDatabase.set(database, first);
    pools.set(sql, first);
  }
  return pools;
}

/** Opens nested transactions: the first one, of the main schema, commits last. */
async function begin<T>(
  pools: readonly Sql[],
  open: ReadonlyMap<Sql, Transaction>,
  work: (open: ReadonlyMap<Sql, Transaction>) => Promise<T>,
): Promise<T> {
  const [next, ...rest] = pools;
  if (next === undefined) return work(open);
  // The driver's type unwraps arrays of promises; this is not one.
  return next.begin(async (tx) => {
    await setBulkTimeouts(tx, lockTimeoutMs);
    return begin(rest, new Map([...open, [next, tx]]), work);
  }) as Promise<T>;
}

function createTransaction(
  { main, rails }: Schemas,
  pools: ReadonlyMap<Sql, Sql>,
  open: ReadonlyMap<Sql, Transaction>,
): SandboxTransaction {
  const toSchemaTransaction = (name: string, schema: string, sql: Sql): SchemaTransaction => ({
    name,
    async do(work) {
      const tx = open.get(pools.get(sql) ?? sql);
      if (tx === undefined) throw new Error(`no transaction is open for ${schema}`);
      await setSearchPath(tx, schema);
      return work(tx);
    },
  });
  return {
    directory: toSchemaTransaction(mainSchema, mainSchema, main),
    rails: rails.map(({ market, sql }) => toSchemaTransaction(market, railFor("sandbox", market).name, sql)),
  };
}
