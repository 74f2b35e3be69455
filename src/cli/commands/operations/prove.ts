/** `pesarail prove`: checks every invariant of every rail and of the main schema. */
import type { Command } from "commander";
import { marketNames, markets } from "../../../core/markets.ts";
import { railFacts } from "../../../app/rail-facts.ts";
import { passed, proveSchemas, type ProofFinding, type SchemaProof } from "../../../proof/prove-schemas.ts";
import { mainSchema } from "../../../store/databases.ts";
import { addHelp } from "../../terminal/usage.ts";
import { CommandFailed } from "../../terminal/exit-codes.ts";
import { listSchemas, type SchemaLocation } from "../../../store/schema-locations.ts";
import { assertCurrentVersion } from "../../databases.ts";
import { withDatabases } from "../../context.ts";
import { formatCount, formatJson, renderTable, columnsLeft, wrapText } from "../../terminal/table.ts";
import { style, styledSymbol } from "../../terminal/styles.ts";

const helpText = `Works with or without a running server. The exit code is 1 if an invariant does not hold; the rows that break it
are printed.`;

export function addProve(program: Command): void {
  const prove = program
    .command("prove")
    .description("check every invariant of every rail")
    .option("--json", "print JSON only")
    .action(async ({ json: asJson }: { json?: true }) => {
      const proofs = await withDatabases({}, ({ locations }) => proveAll(listSchemas(locations)));
      process.stdout.write(asJson === true ? `${formatJson(toJson(proofs))}\n` : toText(proofs));
      if (!proofs.every(passed)) throw new CommandFailed("an invariant does not hold.");
    });
  addHelp(prove, helpText, "prove", "$ pesarail prove --json > proof.json");
}

/**
 * Checks one schema after another, because each check may use every core. Throws `CommandFailed` for a schema
 * that is not up to date.
 */
async function proveAll(schemas: readonly SchemaLocation[]): Promise<SchemaProof[]> {
  for (const schema of schemas) await assertCurrentVersion(schema, "pesarail prove");
  return proveSchemas(schemas, railFacts);
}

/** The report for `--json`. */
export function toJson(proofs: readonly SchemaProof[]): object {
  return {
    holds: proofs.every(passed),
    schemas: proofs.map(({ schema, payments, seconds, findings }) => ({
      schema,
      payments,
      seconds,
      findings: findings.map(({ name, says, checked, over, broken, rows }) => ({
        name,
        says,
        checked,
        over,
        broken,
        rows,
      })),
    })),
  };
}

/** A table for each environment and one for the main schema. Rails without payments share a line. */
export function toText(proofs: readonly SchemaProof[]): string {
  const isEmpty = (proof: SchemaProof): boolean =>
    proof.schema !== mainSchema && proof.payments === 0 && passed(proof);
  const groups = Map.groupBy(
    proofs.filter((proof) => !isEmpty(proof)),
    ({ schema }) => schema.split("_", 1)[0] ?? schema,
  );
  const parts = [...groups].map(([group, members]) => formatGroup(group, members));
  const empty = proofs.filter(isEmpty).map(({ schema }) => schema);
  if (empty.length > 0) {
    const emptyText = `No payments, all invariants hold: ${empty.join(", ")}.`;
    parts.push(wrapText(emptyText, columnsLeft(0)).join("\n"));
  }
  parts.push(formatSummary(proofs));
  return `${parts.join("\n\n")}\n`;
}

function formatSummary(proofs: readonly SchemaProof[]): string {
  const allFindings = proofs.flatMap(({ findings }) => findings);
  const broken = allFindings.filter((finding) => finding.broken > 0).length;
  if (broken > 0)
    return `${styledSymbol("bad")} ${style("bad", `${formatCount(broken)} of ${formatCount(allFindings.length)} invariants DO NOT HOLD.`)}`;
  const payments = proofs.reduce((sum, proof) => sum + proof.payments, 0);
  const seconds = proofs.reduce((sum, proof) => sum + proof.seconds, 0);
  return `${styledSymbol("good")} All invariants hold: ${formatCount(allFindings.length)} checked, ${formatCount(payments)} payments, ${seconds.toFixed(1)} s.`;
}

/** The schemas of one environment side by side: a row for each invariant, with the number of checked rows. */
function formatGroup(group: string, proofs: readonly SchemaProof[]): string {
  const [first] = proofs;
  const columns = [
    { head: group },
    ...proofs.map(({ schema }) => ({ head: shortName(schema), right: true }) as const),
    { head: "of" },
    { head: "description", minWidth: 10 },
  ];
  const rows = (first?.findings ?? []).map(({ name, over, says: description }, index) => [
    name,
    ...proofs.map(({ findings }) => formatCell(findings[index])),
    over,
    description,
  ]);
  const offenders = proofs.flatMap(({ schema, findings }) =>
    findings.filter(({ broken }) => broken > 0).map((finding) => formatOffenders(schema, finding)),
  );
  return [renderTable(columns, rows), ...offenders].join("\n");
}

/** A rail is named by its country, so that five columns fit. */
function shortName(schema: string): string {
  const market = marketNames.find((name) => schema.endsWith(`_${name}`));
  return market === undefined ? "rows" : markets[market].country;
}

const formatCell = (finding: ProofFinding | undefined): string => {
  if (finding === undefined) return "";
  return finding.broken === 0
    ? formatCount(finding.checked)
    : style("bad", `BROKEN ${formatCount(finding.broken)}`);
};

function formatOffenders(schema: string, { name, says: description, broken, rows }: ProofFinding): string {
  const lines = rows.map(
    (row) =>
      `    ${Object.entries(row)
        .map(([column, value]) => `${column}=${formatValue(value)}`)
        .join(" ")}`,
  );
  const more = broken - rows.length;
  if (more > 0) lines.push(`    and ${formatCount(more)} more`);
  return [`\n${style("bad", `${schema}, ${name}:`)} ${description}`, ...lines].join("\n");
}

function formatValue(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}
