/**
 * `pesarail prove`: checks every invariant of every rail and of the directory, and says what it checked.
 */
import type { Command } from "commander";
import { refusals } from "../payments/refusals.ts";
import { proveSchema, type Finding, type Proof } from "../store/prove-schema.ts";
import { inSchema, mainSchema } from "../store/stores.ts";
import { Refused } from "./command-error.ts";
import { requireCurrent, schemasAt, type SchemaAt } from "./databases.ts";
import { withDatabases } from "./run.ts";
import { count, json, textTable } from "./table.ts";

/** How many offending rows of each invariant are shown. */
const rowsShown = 10;

export interface SchemaProof extends Proof {
  readonly schema: string;
  readonly seconds: number;
}

const help = `
Works beside a running server, and without one. The exit code is 1 if an invariant does not hold, and
the rows that break it are printed.

  npm run prove
  npm run prove -- --json > proof.json`;

export function addProve(program: Command): void {
  program
    .command("prove")
    .description("check every invariant of every rail, and print what was checked")
    .option("--json", "print JSON and nothing else")
    .addHelpText("after", help)
    .action(async ({ json: asJson }: { json?: true }) => {
      const proofs = await withDatabases({}, ({ places }) => proveAll(schemasAt(places)));
      process.stdout.write(asJson === true ? `${json(asData(proofs))}\n` : asText(proofs));
      if (!proofs.every(holds)) throw new Refused("an invariant does not hold.");
    });
}

/** Proves schemas, one after another: each may use every core. Throws `Refused` for one that is not up to date. */
export async function proveAll(schemas: readonly SchemaAt[]): Promise<SchemaProof[]> {
  const proofs: SchemaProof[] = [];
  for (const schema of schemas) {
    await requireCurrent(schema, "pesarail prove");
    const startedAt = performance.now();
    const options = { kind: schema.kind, endings, most: rowsShown };
    const proof = await inSchema(
      schema.place,
      schema.name,
      (sql) => proveSchema(sql, options),
      "pesarail prove",
    );
    proofs.push({ ...proof, schema: schema.name, seconds: (performance.now() - startedAt) / 1000 });
  }
  return proofs;
}

/** How a payment ends that is refused for a reason. */
export const endings: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(refusals).map(([refusal, { ending }]) => [refusal, ending]),
);

export const holds = ({ findings }: Proof): boolean => findings.every(({ broken }) => broken === 0);

/** The proofs as `--json` prints them. */
function asData(proofs: readonly SchemaProof[]): object {
  return {
    holds: proofs.every(holds),
    schemas: proofs.map(({ schema, payments, seconds, findings }) => ({
      schema,
      payments,
      seconds,
      findings,
    })),
  };
}

/** A table for each environment and one for the directory; rails without payments share a line. */
export function asText(proofs: readonly SchemaProof[]): string {
  const quiet = (proof: SchemaProof): boolean =>
    proof.schema !== mainSchema && proof.payments === 0 && holds(proof);
  const groups = Map.groupBy(
    proofs.filter((proof) => !quiet(proof)),
    ({ schema }) => schema.split("_", 1)[0] ?? schema,
  );
  const parts = [...groups.values()].map(groupText);
  const empty = proofs.filter(quiet).map(({ schema }) => schema);
  if (empty.length > 0) parts.push(`No payments yet, and everything holds: ${empty.join(", ")}.`);
  parts.push(summary(proofs));
  return `${parts.join("\n\n")}\n`;
}

function summary(proofs: readonly SchemaProof[]): string {
  const asked = proofs.flatMap(({ findings }) => findings);
  const broken = asked.filter((finding) => finding.broken > 0).length;
  if (broken > 0) return `${count(broken)} of ${count(asked.length)} invariants DO NOT HOLD.`;
  const payments = proofs.reduce((sum, proof) => sum + proof.payments, 0);
  const seconds = proofs.reduce((sum, proof) => sum + proof.seconds, 0);
  return `Everything holds: ${count(asked.length)} invariants, ${count(payments)} payments, ${seconds.toFixed(1)} s.`;
}

/** Schemas of one environment side by side: a row for each invariant, with how many of what were looked at. */
function groupText(proofs: readonly SchemaProof[]): string {
  const [first] = proofs;
  const head = ["", ...proofs.map(({ schema }) => schema), "of", ""];
  const rows = (first?.findings ?? []).map(({ name, over, says }, index) => [
    name,
    ...proofs.map(({ findings }) => cell(findings[index])),
    over,
    says,
  ]);
  const numbers = new Set(proofs.map((_, index) => index + 1));
  const offenders = proofs.flatMap(({ schema, findings }) =>
    findings.filter(({ broken }) => broken > 0).map((finding) => offendersText(schema, finding)),
  );
  return [textTable([head, ...rows], numbers), ...offenders].join("\n");
}

const cell = (finding: Finding | undefined): string => {
  if (finding === undefined) return "";
  return finding.broken === 0 ? count(finding.checked) : `BROKEN ${count(finding.broken)}`;
};

function offendersText(schema: string, { name, broken, rows }: Finding): string {
  const lines = rows.map(
    (row) =>
      `    ${Object.entries(row)
        .map(([column, value]) => `${column}=${word(value)}`)
        .join(" ")}`,
  );
  const more = broken - rows.length;
  if (more > 0) lines.push(`    and ${count(more)} more`);
  return [`${schema}, ${name}:`, ...lines].join("\n");
}

function word(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}
