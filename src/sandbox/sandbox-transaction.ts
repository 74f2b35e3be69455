/**
 * One moment of the whole sandbox: work on all its rails and the directory, in transactions that are open side
 * by side, one for each database.
 *
 * With everything in one database, which is how it comes, that is one transaction: all of it happens or
 * nothing does. With rails in several, they commit one after the other with the directory last; a crash between two
 * commits leaves some done, and repeating it does the rest.
 */
import { msPerSecond } from "../core/clock.ts";
import { railFor, type Market } from "../core/money.ts";
import { errorCode, type Sql, type Transaction } from "../store/driver/connect.ts";
import { readDatabaseKey, setBulkTimeouts, setSearchPath } from "../store/main/sandbox-snapshots.ts";
import { mainSchema } from "../store/databases.ts";

/** A schema of the sandbox. */
export interface SchemaTransaction {
  /** The market, or `pesarail` for the directory. */
  readonly name: string;
  /** Works in this schema, in the transaction of its database. One at a time. */
  do<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
}

export interface SandboxTransaction {
  readonly directory: SchemaTransaction;
  /** In an order that is always the same, so that two of us wait for each other and never both. */
  readonly rails: readonly SchemaTransaction[];
}

/** Somebody works on the same tables for long. One sentence. */
export class SandboxBusy extends Error {
  constructor(cause: unknown) {
    super(
      "The sandbox's tables are in use by something that takes long, such as a backup, a proof or another snapshot: try again when it is done.",
      { cause },
    );
  }
}

/** How long each lock is waited for. Payments that come meanwhile wait behind us. */
const lockTimeoutMs = 3 * msPerSecond;
const maxTries = 3;

const lockNotAvailable = "55P03";
/** Another transaction and ours waited for each other, or it used a row that we were about to remove. */
const retryableCodes: ReadonlySet<string> = new Set(["40P01", "23503"]);

interface Schemas {
  readonly main: Sql;
  readonly rails: readonly { readonly market: Market; readonly sql: Sql }[];
}

/** Works, and commits everything or nothing. Throws `TownInUse`, and whatever `work` throws. */
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

/** The pool that begins the transaction in which each pool's schema is worked on: the first of its database. */
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

/** Begins them one inside the other: the first, the directory's, is the last to commit. */
async function begin<T>(
  pools: readonly Sql[],
  open: ReadonlyMap<Sql, Transaction>,
  work: (open: ReadonlyMap<Sql, Transaction>) => Promise<T>,
): Promise<T> {
  const [next, ...rest] = pools;
  if (next === undefined) return work(open);
  // The driver's type unwraps arrays of promises, which this is none of.
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
