import { availableParallelism, cpus, totalmem } from "node:os";
import { styleText } from "node:util";
import type { ReportLine, TargetResult } from "./report-line.ts";
import type { BenchReport } from "./run.ts";

/** Describes the machine, because results depend on it. */
export const describeMachine = () => ({
  cores: availableParallelism(),
  processor: cpus()[0]?.model ?? "unknown",
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  system: `${process.platform} ${process.arch}`,
  node: process.version,
});

/** The report for `--json`. Its keys are public, so they stay the same when internal names change. */
export function toJson({ lines, errors }: BenchReport): object {
  return {
    lines: lines.map(({ row, label, value, unit, load, targets }) => ({
      row,
      what: label,
      value,
      unit,
      load,
      targets: targets?.map(({ target, ...result }) => ({ asks: target, ...result })),
    })),
    faults: errors,
  };
}

const columns = [
  { title: "", width: 52 },
  { title: "value", width: 15 },
  { title: "p50 ms", width: 9 },
  { title: "p95 ms", width: 9 },
  { title: "p99 ms", width: 9 },
  { title: "max ms", width: 9 },
];

/** Formats the report as a table. Colours appear only on a terminal. */
export function formatReport({ lines, errors }: BenchReport): string {
  const { cores, processor, memoryGiB, system, node } = describeMachine();
  return [
    `${cores} cores (${processor}), ${memoryGiB} GiB, ${system}, Node ${node}`,
    "",
    styleText("bold", `${formatCells(columns.map(({ title }) => title))}   target`),
    ...lines.map(formatRow),
    "",
    ...lines.flatMap(formatErrors),
    ...errors.map((fault) => styleText("red", fault)),
    formatVerdict(lines, errors),
  ].join("\n");
}

function formatRow({ label: what, value, unit, load, targets = [] }: ReportLine): string {
  const times = load === undefined ? [] : [load.p50Ms, load.p95Ms, load.p99Ms, load.maxMs];
  const texts = [what, `${value.toLocaleString("en")} ${unit}`, ...times.map((ms) => ms.toFixed(1))];
  return `${formatCells(texts)}   ${targets.map(formatTarget).join(", ")}`.trimEnd();
}

/** Aligns the first column to the left and the others to the right. */
const formatCells = (texts: readonly string[]): string =>
  columns
    .map(({ width }, index) =>
      index === 0 ? (texts[0] ?? "").padEnd(width) : (texts[index] ?? "").padStart(width),
    )
    .join("");

function formatTarget({ target: asks, met, missedByPercent }: TargetResult): string {
  return met
    ? styleText("green", `✓ ${asks}`)
    : styleText("yellow", `✗ ${asks}, missed by ${missedByPercent} %`);
}

/** Lists responses that were no payments, and errors: with any of these, a load measured not only payments. */
function formatErrors({ label: what, load }: ReportLine): string[] {
  if (load === undefined) return [];
  const counts = Object.entries({ ...load.byCode, ...load.errors, unanswered: load.unanswered });
  const parts = counts.filter(([, count]) => count > 0).map(([name, count]) => `${count} × ${name}`);
  return parts.length === 0 ? [] : [styleText("yellow", `${what}: ${parts.join(", ")}`)];
}

function formatVerdict(lines: readonly ReportLine[], errors: readonly string[]): string {
  if (errors.length > 0) return styleText("red", "The ledger does not match; the results above are invalid.");
  const missed = lines.flatMap(({ targets = [] }) => targets).filter(({ met }) => !met).length;
  return missed === 0
    ? "The ledger matches; every target was met."
    : `The ledger matches; ${missed} ${missed === 1 ? "target was" : "targets were"} missed.`;
}
