/**
 * Migrations: plain SQL files, applied in order, forward only. Each schema has its own table of applied migrations.
 *
 * There are two kinds of schema: `main` and `rail` (a ledger). This is no library, because the same files run
 * once per rail, each in its own schema, and no maintained library does that (docs/decisions/0003-migrations.md).
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Sql, Transaction } from "../driver/connect.ts";

export type SchemaKind = "main" | "rail";

const migrationsDir = join(import.meta.dirname, "../../..", "migrations");

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** A newer release has migrated the database. Using it could lose data of that release. */
export class DatabaseTooNewError extends Error {}

/** Reads the migrations of a kind, in order. */
export async function readMigrations(kind: SchemaKind): Promise<Migration[]> {
  const names = (await readdir(join(migrationsDir, kind))).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(
    names.map(async (name, index) => {
      const version = Number(name.slice(0, 4));
      if (version !== index + 1) throw new Error(`migrations/${kind}/${name} is out of sequence`);
      return { version, name, sql: await readFile(join(migrationsDir, kind, name), "utf8") };
    }),
  );
}

/**
 * Migrates a schema and returns the number of applied migrations. `untilVersion` stops at a version.
 *
 * Several servers can do this at the same time: a migration locks the schema's table of migrations. Each
 * migration is one transaction; if it fails, the schema stays at the version before it.
 */
export async function migrate(
  sql: Sql,
  schema: string,
  kind: SchemaKind,
  untilVersion = Infinity,
): Promise<number> {
  return applyMigrations(sql, schema, await readMigrations(kind), untilVersion);
}

/** The same with a list of consecutive migrations. */
export async function applyMigrations(
  sql: Sql,
  schema: string,
  migrations: readonly Migration[],
  untilVersion = Infinity,
): Promise<number> {
  // The usual start, which then needs no locks.
  if ((await readMigrationVersion(sql, schema)) === migrations.at(-1)?.version) return 0;
  await sql.begin(async (tx) => {
    // `if not exists` alone can fail when two servers start at once on an empty database.
    await tx`select pg_advisory_xact_lock(hashtext('pesarail migrations'))`;
    await tx`create schema if not exists ${tx(schema)}`;
    await tx`
      create table if not exists ${tx(schema)}.migrations (
        version integer primary key, name text not null, applied_at timestamptz not null default now())`;
  });

  const before = await readMigrationVersion(sql, schema);
  const newest = migrations.at(-1)?.version ?? 0;
  if (before > newest) {
    throw new DatabaseTooNewError(
      `the schema ${schema} is at version ${before}, but this release only supports ${newest}: start a newer release`,
    );
  }
  let applied = 0;
  for (const migration of migrations) {
    if (migration.version <= before || migration.version > untilVersion) continue;
    applied += await sql.begin((tx) => applyOnce(tx, schema, migration));
  }
  return applied;
}

async function applyOnce(tx: Transaction, schema: string, migration: Migration): Promise<number> {
  await tx`lock table ${tx(schema)}.migrations in share row exclusive mode`;
  const appliedBefore = await tx`select 1 from ${tx(schema)}.migrations where version = ${migration.version}`;
  if (appliedBefore.length > 0) return 0;
  await tx`select set_config('search_path', ${`"${schema}"`}, true)`;
  await tx.unsafe(migration.sql);
  await tx`insert into ${tx(schema)}.migrations (version, name) values (${migration.version}, ${migration.name})`;
  return 1;
}

/** The version of a schema; 0 if it does not exist. */
export async function readMigrationVersion(sql: Sql, schema: string): Promise<number> {
  const [row] = await sql<
    { there: boolean }[]
  >`select to_regclass(${`"${schema}".migrations`}) is not null as there`;
  if (row?.there !== true) return 0;
  const rows = await sql<{ version: number }[]>`
    select coalesce(max(version), 0)::int as version from ${sql(schema)}.migrations`;
  return rows[0]?.version ?? 0;
}
