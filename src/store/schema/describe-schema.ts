/**
 * The definition of a schema as SQL text, read from PostgreSQL's catalogue.
 *
 * `migrations/schema.sql` contains this text for both kinds of schema, as documentation. A test fails if a
 * migration changes the schema without updating the file. `pesarail prove` compares the database with it, to
 * find constraints that were dropped.
 *
 * Partitions are left out: they have the same definition as their parents and change over time.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Sql, Transaction } from "../driver/connect.ts";
import type { SchemaKind } from "./migrate.ts";

export const schemaFile = join(import.meta.dirname, "../../..", "migrations", "schema.sql");

/** The statements that define the schema of the search path, in a stable order. */
export async function describeSchema(sql: Sql | Transaction): Promise<string[]> {
  const [tables, sequences, rest] = await Promise.all([
    describeTables(sql),
    describeSequences(sql),
    describeRest(sql),
  ]);
  return [...sequences, ...tables, ...rest];
}

interface Column {
  table: string;
  column: string;
  type: string;
  required: boolean;
  identity: string;
  defaultExpression: string | null;
  /** The partition key and the storage options of the table. */
  partitionKey: string | null;
  options: string | null;
}

async function describeTables(sql: Sql | Transaction): Promise<string[]> {
  const columns = await sql<Column[]>`
    select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type,
           a.attnotnull as required, a.attidentity::text as identity, pg_get_expr(d.adbin, d.adrelid) as "defaultExpression",
           pg_get_partkeydef(c.oid) as "partitionKey", array_to_string(c.reloptions, ', ') as options
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = quote_ident(current_schema())::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    order by c.relname collate "C", a.attnum`;
  const tables = Map.groupBy(columns, ({ table }) => table);
  return [...tables].map(([table, tableColumns]) => {
    const lines = tableColumns.map((column) => `  ${describeColumn(column)}`);
    const [{ partitionKey, options } = { partitionKey: null, options: null }] = tableColumns;
    const partition = partitionKey === null ? "" : ` partition by ${partitionKey}`;
    return `create table ${table} (\n${lines.join(",\n")}\n)${partition}${options === null ? "" : ` with (${options})`};`;
  });
}

function describeColumn({ column, type, required, identity, defaultExpression }: Column): string {
  const identityClause =
    identity === "" ? "" : ` generated ${identity === "a" ? "always" : "by default"} as identity`;
  return `${column} ${type}${required ? " not null" : ""}${identityClause}${defaultExpression === null ? "" : ` default ${defaultExpression}`}`;
}

async function describeSequences(sql: Sql | Transaction): Promise<string[]> {
  const rows = await sql<{ text: string }[]>`
    select format('create sequence %I as %s minvalue %s maxvalue %s start %s increment %s%s;', sequencename, data_type,
                  min_value, max_value, start_value, increment_by, case when cycle then ' cycle' else '' end) as text
    from pg_sequences where schemaname = current_schema() order by sequencename collate "C"`;
  return rows.map(({ text }) => text);
}

/** Constraints, indexes, functions and triggers. The schema's name is removed from functions. */
async function describeRest(sql: Sql | Transaction): Promise<string[]> {
  const rows = await sql<{ text: string }[]>`
    with tables as (
      select oid, relname from pg_class
      where relnamespace = quote_ident(current_schema())::regnamespace and relkind in ('r', 'p') and not relispartition
    )
    select text from (
      select 1 as place, relname || ' ' || conname as name,
             format('alter table %I add constraint %I %s;', relname, conname, pg_get_constraintdef(n.oid, true)) as text
      from pg_constraint n join tables t on t.oid = n.conrelid where contype <> 'n'
      union all
      select 2, relname, pg_get_indexdef(indexrelid, 0, true) || case when indisvalid then ';' else '; -- not valid' end
      from pg_index join tables t on t.oid = indrelid
      where not exists (select 1 from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))
      union all
      select 3, proname, replace(pg_get_functiondef(oid), quote_ident(current_schema()) || '.', '') || ';'
      from pg_proc where pronamespace = quote_ident(current_schema())::regnamespace
      union all
      select 4, relname || ' ' || tgname,
             pg_get_triggerdef(g.oid, true) || case when tgenabled = 'O' then ';' else '; -- not in force' end
      from pg_trigger g join tables t on t.oid = g.tgrelid where not tgisinternal
    ) as parts
    order by place, name collate "C", text collate "C"`;
  return rows.map(({ text }) => text.replace(/\n;$/, ";"));
}

const formatHeading = (kind: SchemaKind): string => `-- The schema of kind ${kind}.`;

/** The text of `migrations/schema.sql`. */
export function formatSchemaFile(statementsByKind: Readonly<Record<SchemaKind, readonly string[]>>): string {
  const header =
    "-- The schema that the migrations create. A test generates this file (src/store/schema/describe-schema.ts),\n" +
    "-- and `pesarail prove` compares the database with it. Change a migration, not this file.\n";
  const kinds = (["main", "rail"] as const).map(
    (kind) => `${formatHeading(kind)}\n\n${statementsByKind[kind].join("\n\n")}\n`,
  );
  return [header, ...kinds].join("\n");
}

/** The statements that define a schema of this kind, from `migrations/schema.sql`. */
export async function readExpectedSchema(kind: SchemaKind): Promise<string[]> {
  const page = await readFile(schemaFile, "utf8");
  const [, after = ""] = page.split(`${formatHeading(kind)}\n\n`);
  const [statements = ""] = after.split(/\n-- The schema of kind /);
  return statements.trimEnd().split(/\n\n(?=create |alter |CREATE )/);
}
