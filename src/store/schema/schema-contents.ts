/**
 * The contents of a schema, for backups: tables in the order of their foreign keys, the partitions that their
 * rows need, and the values of the sequences.
 */
import type { Sql, Transaction } from "../driver/connect.ts";

export interface StoredTable {
  readonly name: string;
  readonly columns: readonly string[];
}

export interface StoredPartition {
  readonly parent: string;
  /** The part of the name after the parent's name and an underscore. */
  readonly suffix: string;
  readonly lower: string;
  readonly upper: string;
  /** The fill factor in percent. */
  readonly fill: number;
}

export interface StoredSequence {
  readonly name: string;
  readonly last: string;
  readonly called: boolean;
}

export interface StoredSchema {
  /** The applied migrations, in order. */
  readonly migrations: readonly string[];
  readonly tables: readonly StoredTable[];
  readonly partitions: readonly StoredPartition[];
  readonly sequences: readonly StoredSequence[];
}

/** Describes the schema of the search path. In a transaction, so that it is consistent with rows read afterwards. */
export async function readStoredSchema(tx: Transaction): Promise<StoredSchema> {
  const migrations = await tx<{ name: string }[]>`select name from migrations order by version`;
  const tables = await tx<{ name: string; columns: string[]; needs: string[] }[]>`
    select c.relname as name,
           (select array_agg(attname::text order by attnum) from pg_attribute
            where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '') as columns,
           (select coalesce(array_agg(r.relname::text), '{}') from pg_constraint k join pg_class r on r.oid = k.confrelid
            where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> c.oid) as needs
    from pg_class c
    where c.relnamespace = quote_ident(current_schema())::regnamespace and c.relkind in ('r', 'p')
      and not c.relispartition and c.relname <> 'migrations'
    order by c.relname`;
  return {
    migrations: migrations.map(({ name }) => name),
    tables: sortByDependencies(tables).map(({ name, columns }) => ({ name, columns })),
    partitions: await readPartitions(tx),
    sequences: await readSequences(tx),
  };
}

/** Orders tables so that each comes after those that its foreign keys refer to. */
function sortByDependencies<T extends { name: string; needs: readonly string[] }>(tables: readonly T[]): T[] {
  const ordered = new Map<string, T>();
  const add = (table: T): void => {
    for (const needed of tables)
      if (table.needs.includes(needed.name) && !ordered.has(needed.name)) add(needed);
    ordered.set(table.name, table);
  };
  tables.forEach(add);
  return [...ordered.values()];
}

async function readPartitions(tx: Transaction): Promise<StoredPartition[]> {
  const rows = await tx<{ parent: string; name: string; bound: string; fill: string | null }[]>`
    select p.relname as parent, c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound,
           (select option_value from pg_options_to_table(c.reloptions) where option_name = 'fillfactor') as fill
    from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
    where c.relnamespace = quote_ident(current_schema())::regnamespace and c.relkind = 'r' order by c.relname`;
  return rows.map(({ parent, name, bound, fill }) => {
    const [, lower, upper] = /^FOR VALUES FROM \('?(-?\d+)'?\) TO \('?(-?\d+)'?\)$/.exec(bound) ?? [];
    if (lower === undefined || upper === undefined)
      throw new Error(`${name} has an unknown kind of partition bound: ${bound}`);
    return { parent, suffix: name.slice(parent.length + 1), lower, upper, fill: Number(fill ?? 100) };
  });
}

/** Sequences are not transactional: read after the snapshot, they can only be ahead of it. */
async function readSequences(tx: Transaction): Promise<StoredSequence[]> {
  const names = await tx<{ name: string }[]>`
    select sequencename as name from pg_sequences where schemaname = current_schema() order by sequencename`;
  const sequences: StoredSequence[] = [];
  for (const { name } of names) {
    const [row] = await tx<
      { last: bigint; called: boolean }[]
    >`select last_value as last, is_called as called from ${tx(name)}`;
    if (row !== undefined) sequences.push({ name, last: row.last.toString(), called: row.called });
  }
  return sequences;
}

/** Prepares a newly migrated schema for a restore: creates partitions and removes the rows that migrations inserted. */
export async function prepareToFill(tx: Transaction, { partitions, tables }: StoredSchema): Promise<void> {
  await tx`
    select create_partition(parent, suffix, lower, upper, fill)
    from jsonb_to_recordset(${tx.json(partitions as never)})
         as p (parent text, suffix text, lower bigint, upper bigint, fill integer)`;
  await tx`truncate ${tx(tables.map(({ name }) => name))}`;
}

export async function setSequences(tx: Transaction, sequences: readonly StoredSequence[]): Promise<void> {
  for (const { name, last, called } of sequences) {
    await tx`select setval(${`"${name}"`}::regclass, ${last}::bigint, ${called})`;
  }
}

/** Replaces the schema `name` with `draft`, in one transaction. The old schema is dropped. */
export async function replaceSchema(sql: Sql, draft: string, name: string): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`drop schema if exists ${tx(name)} cascade`;
    await tx`alter schema ${tx(draft)} rename to ${tx(name)}`;
  });
}

export async function dropSchema(sql: Sql, name: string): Promise<void> {
  await sql`drop schema if exists ${sql(name)} cascade`;
}

/** Whether another Pesarail process is connected to this database. Its data must not be replaced while it runs. */
export async function isUsedByOthers(sql: Sql): Promise<boolean> {
  const rows = await sql`
    select 1 from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and application_name like 'pesarail %' limit 1`;
  return rows.length > 0;
}
