/**
 * `pesarail prove`: checks every invariant of every rail and of the directory, and says what it checked.
 */
import type { Command } from "commander";
import { marketNames, markets } from "../money.ts";
import { refusals } from "../payments/refusals.ts";
import { proveSchema, type Finding, type Proof } from "../store/prove-schema.ts";
import { inSchema, mainSchema } from "../store/stores.ts";
import { explain } from "./called.ts";
import { Refused } from "./command-error.ts";
import { requireCurrent, schemasAt, type SchemaAt } from "./databases.ts";
import { withDatabases } from "./run.ts";
import { count, json, listing, roomBeside, wrap } from "./table.ts";
import { paint, sign } from "./terminal.ts";

/** How many offending rows of each invariant are shown. */
const rowsShown = 10;

export interface SchemaProof extends Proof {
  readonly schema: string;
  readonly seconds: number;
}

const says = `Works beside a running server, and without one. The exit code is 1 if an invariant does not hold, and the rows
that break it are printed.`;

export function addProve(program: Command): void {
  const prove = program
    .command("prove")
    .description("check every invariant of every rail, and print what was checked")
    .option("--json", "print JSON and nothing else")
    .action(async ({ json: asJson }: { json?: true }) => {
      const proofs = await withDatabases({}, ({ places }) => proveAll(schemasAt(places)));
      process.stdout.write(asJson === true ? `${json(asData(proofs))}\n` : asText(proofs));
      if (!proofs.every(holds)) throw new Refused("an invariant does not hold.");
    });
  explain(prove, says, "prove", "$ pesarail prove --json > proof.json");
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
export function asData(proofs: readonly SchemaProof[]): object {
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
  const parts = [...groups].map(([group, members]) => groupText(group, members));
  const empty = proofs.filter(quiet).map(({ schema }) => schema);
  if (empty.length > 0) {
    const holding = `No payments yet, and everything holds: ${empty.join(", ")}.`;
    parts.push(wrap(holding, roomBeside(0)).join("\n"));
  }
  parts.push(summary(proofs));
  return `${parts.join("\n\n")}\n`;
}

function summary(proofs: readonly SchemaProof[]): string {
  const asked = proofs.flatMap(({ findings }) => findings);
  const broken = asked.filter((finding) => finding.broken > 0).length;
  if (broken > 0)
    return `${sign("bad")} ${paint("bad", `${count(broken)} of ${count(asked.length)} invariants DO NOT HOLD.`)}`;
  const payments = proofs.reduce((sum, proof) => sum + proof.payments, 0);
  const seconds = proofs.reduce((sum, proof) => sum + proof.seconds, 0);
  return `${sign("good")} Everything holds: ${count(asked.length)} invariants, ${count(payments)} payments, ${seconds.toFixed(1)} s.`;
}

/** Schemas of one environment side by side: a row for each invariant, with how many of what were looked at. */
function groupText(group: string, proofs: readonly SchemaProof[]): string {
  const [first] = proofs;
  const columns = [
    { head: group },
    ...proofs.map(({ schema }) => ({ head: shortName(schema), right: true }) as const),
    { head: "of" },
    { head: "what holds", least: 10 },
  ];
  const rows = (first?.findings ?? []).map(({ name, over, says }, index) => [
    name,
    ...proofs.map(({ findings }) => cell(findings[index])),
    over,
    says,
  ]);
  const offenders = proofs.flatMap(({ schema, findings }) =>
    findings.filter(({ broken }) => broken > 0).map((finding) => offendersText(schema, finding)),
  );
  return [listing(columns, rows), ...offenders].join("\n");
}

/** A rail by its country, so that five fit beside each other; the directory has nothing beside it. */
function shortName(schema: string): string {
  const market = marketNames.find((name) => schema.endsWith(`_${name}`));
  return market === undefined ? "rows" : markets[market].country;
}

const cell = (finding: Finding | undefined): string => {
  if (finding === undefined) return "";
  return finding.broken === 0 ? count(finding.checked) : paint("bad", `BROKEN ${count(finding.broken)}`);
};

function offendersText(schema: string, { name, says, broken, rows }: Finding): string {
  const lines = rows.map(
    (row) =>
      `    ${Object.entries(row)
        .map(([column, value]) => `${column}=${word(value)}`)
        .join(" ")}`,
  );
  const more = broken - rows.length;
  if (more > 0) lines.push(`    and ${count(more)} more`);
  return [`\n${paint("bad", `${schema}, ${name}:`)} ${says}`, ...lines].join("\n");
}

function word(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}
