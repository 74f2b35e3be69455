/**
 * Upgrades: the data of an earlier release works with the next one.
 *
 * `test/upgrade/<kind>-<version>.json` is the sample day's data at that version. When a migration is added, store
 * the sample day once more at the new version (REWRITE=1 npm test -- this file). Older files never change: they are
 * what existing installations have.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { requestLogTables } from "../../src/store/request-log/tables.ts";
import { idTimestamp, minIdAt } from "../../src/core/ids.ts";
import type { Sql, Transaction } from "../../src/store/driver/connect.ts";
import {
  applyMigrations,
  migrate,
  readMigrations,
  readMigrationVersion,
  type SchemaKind,
} from "../../src/store/schema/migrate.ts";
import { makePartitions } from "../../src/store/schema/partitions.ts";
import { railFacts } from "../../src/app/rail-facts.ts";
import { proveSchema } from "../../src/store/proof/check-invariants.ts";
import { readStoredSchema } from "../../src/store/schema/schema-contents.ts";
import { sampleDayMarket, runSampleDay } from "../support/sample-day.ts";
import { createTestDatabase } from "../support/cluster.ts";
import { Installation } from "../support/installation.ts";
import { connectToSchema, createTestSandbox } from "../support/sandbox.ts";

const folder = join(import.meta.dirname, "..", "upgrade");
const kinds: readonly SchemaKind[] = ["main", "rail"];
const schemaNames = { main: "pesarail", rail: `sandbox_${sampleDayMarket}` } as const;
const storedFile = (kind: SchemaKind, version: number): string =>
  join(folder, `${kind}-${version.toString().padStart(4, "0")}.json`);

/** Rows by table, in an order in which the tables can be filled. */
type Rows = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

/** Without sealed secrets and logged requests: a migration cannot read the former and will not need the latter. */
const skippedTables: ReadonlySet<string> = new Set(["secrets", ...requestLogTables]);

async function readRows(sql: Sql): Promise<Rows> {
  return sql.begin(async (tx) => {
    const { tables } = await readStoredSchema(tx);
    const rows: Record<string, Record<string, unknown>[]> = {};
    for (const { name } of tables.filter((table) => !skippedTables.has(table.name))) {
      const [table] = await tx<{ rows: string }[]>`
        select coalesce(json_agg(t), '[]')::text as rows from ${tx(name)} as t`;
      // Ids exceed JavaScript's safe integers: the text stays PostgreSQL's, and bigints become strings.
      rows[name] = JSON.parse((table?.rows ?? "[]").replace(/:(\d{16,})/g, ':"$1"')) as Record<
        string,
        unknown
      >[];
    }
    return rows;
  });
}

/** Renders one row per line. */
function renderRows(rows: Rows): string {
  const tables = Object.entries(rows).map(([table, tableRows]) => {
    const lines = tableRows.map((row) => `    ${JSON.stringify(row)}`);
    return `  ${JSON.stringify(table)}: [${lines.length === 0 ? "" : `\n${lines.join(",\n")}\n  `}]`;
  });
  return `{\n${tables.join(",\n")}\n}\n`;
}

async function writeRows(sql: Sql, kind: SchemaKind, rows: Rows): Promise<void> {
  const ids = (rows["payments"] ?? []).map((row) => BigInt(row["id"] as string));
  const days = (rows["usage"] ?? []).map((row) => String(row["day"]));
  for (const id of ids) await makePartitions(sql, kind, idTimestamp(id), idTimestamp(id));
  for (const day of days) {
    const at = Date.parse(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`);
    await makePartitions(sql, kind, Date.now(), at);
  }
  await sql.begin(async (tx) => {
    await tx`truncate ${tx(Object.keys(rows))}`;
    for (const [table, tableRows] of Object.entries(rows)) {
      await tx`
        insert into ${tx(table)} overriding system value
        select * from json_populate_recordset(null::${tx(table)}, ${JSON.stringify(tableRows)}::text::json)`;
    }
    await advanceIdentities(tx, Object.keys(rows));
  });
}

/** A migration may insert rows, whose ids come after those that are stored. */
async function advanceIdentities(tx: Transaction, tables: readonly string[]): Promise<void> {
  const identities = await tx<{ table: string; column: string }[]>`
    select c.relname as table, a.attname as column from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = quote_ident(current_schema())::regnamespace and a.attidentity <> ''
      and c.relname = any(${[...tables]}::text[])`;
  for (const { table, column } of identities)
    await tx`
      select setval(pg_get_serial_sequence(${table}, ${column}), max(${tx(column)})) from ${tx(table)}
      having max(${tx(column)}) is not null`;
}

test("the sample day is stored at this release's version", async () => {
  const expectedFiles = await Promise.all(
    kinds.map(async (kind) => storedFile(kind, (await readMigrations(kind)).length)),
  );
  if (process.env["REWRITE"] === "1") {
    await using sandbox = await createTestSandbox();
    await runSampleDay(sandbox);
    await sandbox.session();
    mkdirSync(folder, { recursive: true });
    for (const [index, kind] of kinds.entries()) {
      const sql = connectToSchema(sandbox.databaseUrl, schemaNames[kind]);
      writeFileSync(expectedFiles[index] ?? "", renderRows(await readRows(sql)));
      await sql.end();
    }
  }
  for (const file of expectedFiles)
    assert(existsSync(file), `${file} is missing: REWRITE=1 npm test -- test/stories/upgrade.test.ts`);
});

for (const kind of kinds) {
  for (const { version, name } of await readMigrations(kind)) {
    test(`data stored under ${kind}/${name} passes prove after every migration since`, async () => {
      await using database = await createTestDatabase();
      const schema = `upgraded_${kind}`;
      const sql = connectToSchema(database.address, schema);
      try {
        await migrate(sql, schema, kind, version);
        assert.equal(await readMigrationVersion(sql, schema), version);
        const rows = JSON.parse(readFileSync(storedFile(kind, version), "utf8")) as Rows;
        await writeRows(sql, kind, rows);

        await migrate(sql, schema, kind);

        const proof = await proveSchema(sql, { kind, facts: railFacts, maxRows: 5 });
        for (const { name: invariant, broken, rows: offenders } of proof.findings) {
          assert.equal(
            broken,
            0,
            `${invariant}: ${JSON.stringify(offenders, (_, v) => (typeof v === "bigint" ? `${v}` : v))}`,
          );
        }
        assert.equal(proof.payments, (rows["payments"] ?? []).length);
      } finally {
        await sql.end();
      }
    });
  }
}

test("organisations of the first version get the accounts of their kind, and keep those that were used", async () => {
  await using database = await createTestDatabase();
  const sql = connectToSchema(database.address, "earlier");
  try {
    await migrate(sql, "earlier", "rail", 1);
    await makePartitions(sql, "rail", Date.now(), Date.now());
    await sql`
      insert into organisations (shortcode, name, kind)
      values ('1000', 'Paybill', 'paybill'), ('2000', 'Till', 'till'), ('2001', 'Used till', 'till')`;
    await sql`
      insert into accounts (kind, owner, has_handset)
      select unnest(array['working', 'utility', 'charges_paid']), '1000', true
      union all select unnest(array['working', 'merchant', 'settlement', 'charges_paid']), '2000', false
      union all select unnest(array['working', 'merchant', 'settlement', 'charges_paid']), '2001', false`;
    // Money came to one settlement account and left it.
    for (const [ordinal, from, to] of [
      [0, "float", "settlement"],
      [1, "settlement", "float"],
    ] as const)
      await sql`
        insert into postings (payment_id, ordinal, debit_account, credit_account, amount_minor, type, at)
        select ${minIdAt(Date.now())}, ${ordinal}, d.id, c.id, 5, 'funding', now() from accounts d, accounts c
        where d.kind = ${from} and c.kind = ${to} and d.owner in ('operator', '2001') and c.owner in ('operator', '2001')`;

    await migrate(sql, "earlier", "rail");

    const accounts = await sql<{ owner: string; kinds: string }[]>`
      select owner, string_agg(kind || case when has_handset then '*' else '' end, ' ' order by id) as kinds
      from accounts where owner <> 'operator' group by owner order by owner`;
    assert.deepEqual(
      accounts.map(({ owner, kinds }) => `${owner}: ${kinds}`),
      [
        "1000: working* utility* charges_paid* settlement*",
        "2000: working merchant charges_paid",
        "2001: working merchant settlement charges_paid",
      ],
    );
    const { findings } = await proveSchema(sql, { kind: "rail", facts: railFacts, maxRows: 5 });
    const broken = findings.filter((finding) => finding.broken > 0).map(({ name }) => name);
    assert(!broken.includes("accounts_have_owners"), broken.join());
  } finally {
    await sql.end();
  }
});

test("a migration that fails leaves the schema at the version before it", async () => {
  await using database = await createTestDatabase();
  const sql = connectToSchema(database.address, "halfway");
  try {
    const known = await readMigrations("main");
    const next = known.length + 1;
    const broken = {
      version: next,
      name: `${next}-broken.sql`,
      sql: "create table half (n int); select 1 / 0;",
    };
    await assert.rejects(applyMigrations(sql, "halfway", [...known, broken]), /division by zero/);
    assert.equal(await readMigrationVersion(sql, "halfway"), known.length);
    const [table] = await sql`select to_regclass('half') as half`;
    assert.equal(table?.["half"], null);

    const fixed = { ...broken, sql: "create table half (n int);" };
    assert.equal(await applyMigrations(sql, "halfway", [...known, fixed]), 1);
  } finally {
    await sql.end();
  }
});

test("a database newer than the code is refused in one line, by the server and by commands", async () => {
  await using database = await createTestDatabase();
  await using installation = new Installation({ DATABASE_URL: database.url });
  const sql = connectToSchema(database.address, "pesarail");
  await sql`insert into migrations (version, name) values (99, '0099-tomorrow.sql')`;
  await sql.end();
  const server = await installation.runServer();
  assert.equal(server.code, 1);
  assert.match(
    server.stderr,
    /^pesarail: DATABASE_URL: the schema pesarail is at version 99, but this release only supports .*\n$/,
  );
  const prove = await installation.runCommand("prove");
  assert.equal(prove.code, 1);
  assert.match(
    prove.stderr,
    /^pesarail: DATABASE_URL: the schema pesarail is at version 99.*use the newer release\.\n$/,
  );
});
