/**
 * Checks every invariant of a schema in one transaction with one snapshot. A server may keep writing meanwhile.
 */
import type { Sql, Transaction } from "../driver/connect.ts";
import { describeSchema, readExpectedSchema } from "../schema/describe-schema.ts";
import type { Invariant } from "./invariant.ts";
import { buildRailInvariants, railPopulations, type RailFacts } from "./invariants.ts";
import { mainInvariants, mainPopulations } from "./main-invariants.ts";
import { requestLogInvariants, requestLogPopulations } from "./request-log-invariants.ts";
import { readMigrations, type SchemaKind } from "../schema/migrate.ts";

export interface ProofFinding {
  readonly name: string;
  readonly says: string;
  /** How many rows were checked. */
  readonly checked: number;
  readonly over: string;
  /** How many rows break it; 0 if it holds. */
  readonly broken: number;
  /** The first of the rows that break it. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

export interface Proof {
  readonly findings: readonly ProofFinding[];
  /** The number of payments in a rail; 0 for the main schema. */
  readonly payments: number;
}

export interface ProveOptions {
  readonly kind: SchemaKind;
  readonly facts: RailFacts;
  /** How many offending rows are returned per invariant. */
  readonly maxRows: number;
}

/**
 * Settings for large queries, for this transaction only: more memory, partition-wise joins and all cores.
 */
const querySettings = {
  work_mem: "32MB",
  // Every query reads whole tables. With old statistics the planner sometimes looks up a million rows one by
  // one (measured: eight minutes instead of four seconds).
  enable_nestloop: "off",
  enable_partitionwise_join: "on",
  enable_partitionwise_aggregate: "on",
  max_parallel_workers_per_gather: "4",
  // JIT compilation only pays off for queries that run for minutes.
  jit: "off",
} as const;

export function proveSchema(sql: Sql, options: ProveOptions): Promise<Proof> {
  return sql.begin("isolation level repeatable read read only", (tx) => runInvariants(tx, options));
}

/** The same in an existing transaction. */
export async function runInvariants(tx: Transaction, { kind, facts, maxRows }: ProveOptions): Promise<Proof> {
  for (const [name, value] of Object.entries(querySettings))
    await tx`select set_config(${name}, ${value}, true)`;
  const [ownInvariants, ownPopulations] =
    kind === "rail" ? [buildRailInvariants(facts), railPopulations] : [mainInvariants, mainPopulations];
  const invariants = [...ownInvariants, ...requestLogInvariants];
  const populations = { ...ownPopulations, ...requestLogPopulations };
  const findings = [await checkVersion(tx, kind), ...(await checkStructure(tx, kind, maxRows))];
  const counts = new Map<string, number>();
  for (const [name, statement] of Object.entries(populations)) {
    const [row] = await tx.unsafe<{ count: bigint }[]>(statement);
    counts.set(name, Number(row?.count ?? 0n));
  }
  for (const invariant of invariants) {
    findings.push({
      ...(await runInvariant(tx, invariant, maxRows)),
      checked: counts.get(invariant.over) ?? 0,
    });
  }
  return { findings, payments: counts.get("payments") ?? 0 };
}

async function runInvariant(
  tx: Transaction,
  { name, description, over, offenders }: Invariant,
  maxRows: number,
): Promise<Omit<ProofFinding, "checked">> {
  const matches = await tx.unsafe<({ broken: bigint } & Record<string, unknown>)[]>(
    `select count(*) over () as broken, * from (${offenders}) as offenders limit ${maxRows}`,
  );
  const rows = matches.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([column]) => column !== "broken")),
  );
  return { name, says: description, over, broken: Number(matches[0]?.broken ?? 0n), rows };
}

async function checkVersion(tx: Transaction, kind: SchemaKind): Promise<ProofFinding> {
  const known = new Set((await readMigrations(kind)).map(({ version, name }) => `${version} ${name}`));
  const applied = await tx<
    { version: number; name: string }[]
  >`select version, name from migrations order by version`;
  const rows = applied.filter(({ version, name }) => !known.has(`${version} ${name}`));
  const missing = known.size - (applied.length - rows.length);
  return {
    name: "version_known",
    says: "The applied migrations are exactly those of this release.",
    over: "migrations",
    checked: applied.length,
    broken: rows.length + missing,
    rows: missing === 0 ? rows : [...rows, { missing }],
  };
}

/** Checks that all constraints and triggers exist and are enabled. */
async function checkStructure(tx: Transaction, kind: SchemaKind, maxRows: number): Promise<ProofFinding[]> {
  const [expected, actual] = [await readExpectedSchema(kind), await describeSchema(tx)];
  const [expectedSet, actualSet] = [new Set(expected), new Set(actual)];
  const differences = [
    ...expected.filter((statement) => !actualSet.has(statement)).map((missing) => ({ missing })),
    ...actual.filter((statement) => !expectedSet.has(statement)).map((unknown) => ({ unknown })),
  ];
  const [triggers] = await tx<{ count: bigint }[]>`
    select count(*) from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = quote_ident(current_schema())::regnamespace`;
  const disabledTriggers = await tx<{ table: string; trigger: string }[]>`
    select c.relname as table, t.tgname as trigger from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = quote_ident(current_schema())::regnamespace and t.tgenabled <> 'O' order by 1, 2`;
  return [
    {
      name: "schema_unchanged",
      says: "Tables, constraints, indexes, functions and triggers are as the migrations define them.",
      over: "definitions",
      checked: expected.length,
      broken: differences.length,
      rows: differences.slice(0, maxRows),
    },
    {
      name: "triggers_in_force",
      says: "Every trigger is enabled, including those of foreign keys and partitions.",
      over: "triggers",
      checked: Number(triggers?.count ?? 0n),
      broken: disabledTriggers.length,
      rows: disabledTriggers.slice(0, maxRows),
    },
  ];
}
