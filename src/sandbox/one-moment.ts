/**
 * One moment of the whole sandbox: work on all its rails and the directory, in transactions that are open side
 * by side, one for each database.
 *
 * With everything in one database, which is how it comes, that is one transaction: all of it happens or
 * nothing does. With rails in several, they commit one after the other with the directory last; a crash between two
 * commits leaves some done, and repeating it does the rest.
 */
import { second } from "../clock.ts";
import { rail, type Market } from "../money.ts";
import { errorCode, type Sql, type Transaction } from "../store/connect.ts";
import { whereIs, wholeTables, workIn } from "../store/sandbox-snapshots.ts";
import { mainSchema } from "../store/stores.ts";

/** A schema of the sandbox. */
export interface Part {
  /** The market, or `pesarail` for the directory. */
  readonly of: string;
  /** Works in this schema, in the transaction of its database. One at a time. */
  do<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
}

export interface WholeTown {
  readonly directory: Part;
  /** In an order that is always the same, so that two of us wait for each other and never both. */
  readonly rails: readonly Part[];
}

/** Somebody works on the same tables for long. One sentence. */
export class TownInUse extends Error {
  constructor(cause: unknown) {
    super(
      "The sandbox's tables are in use by something that takes long, such as a backup, a proof or another snapshot: try again when it is done.",
      { cause },
    );
  }
}

/** How long each lock is waited for. Payments that come meanwhile wait behind us. */
const lockTimeoutMs = 3 * second;
const triesMost = 3;

const lockNotAvailable = "55P03";
/** Another transaction and ours waited for each other, or it used a row that we were about to remove. */
const worthAnotherTry: ReadonlySet<string> = new Set(["40P01", "23503"]);

interface Schemas {
  readonly main: Sql;
  readonly rails: readonly { readonly market: Market; readonly sql: Sql }[];
}

/** Works, and commits everything or nothing. Throws `TownInUse`, and whatever `work` throws. */
export async function inOneMoment<T>(schemas: Schemas, work: (town: WholeTown) => Promise<T>): Promise<T> {
  const pools = await poolsOf(schemas);
  for (let tries = 1; ; tries += 1) {
    try {
      return await begin([...new Set(pools.values())], new Map(), (open) =>
        work(townOf(schemas, pools, open)),
      );
    } catch (error) {
      const code = errorCode(error);
      const again = worthAnotherTry.has(code);
      if (again && tries < triesMost) continue;
      throw again || code === lockNotAvailable ? new TownInUse(error) : error;
    }
  }
}

/** The pool that begins the transaction in which each pool's schema is worked on: the first of its database. */
async function poolsOf({ main, rails }: Schemas): Promise<ReadonlyMap<Sql, Sql>> {
  const byPlace = new Map<string, Sql>();
  const pools = new Map<Sql, Sql>();
  for (const sql of [main, ...rails.map(({ sql }) => sql)]) {
    const place = await whereIs(sql);
    const first = byPlace.get(place) ?? sql;
    byPlace.set(place, first);
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
    await wholeTables(tx, lockTimeoutMs);
    return begin(rest, new Map([...open, [next, tx]]), work);
  }) as Promise<T>;
}

function townOf(
  { main, rails }: Schemas,
  pools: ReadonlyMap<Sql, Sql>,
  open: ReadonlyMap<Sql, Transaction>,
): WholeTown {
  const part = (of: string, schema: string, sql: Sql): Part => ({
    of,
    async do(work) {
      const tx = open.get(pools.get(sql) ?? sql);
      if (tx === undefined) throw new Error(`no transaction is open for ${schema}`);
      await workIn(tx, schema);
      return work(tx);
    },
  });
  return {
    directory: part(mainSchema, mainSchema, main),
    rails: rails.map(({ market, sql }) => part(market, rail("sandbox", market).name, sql)),
  };
}
