/** Text tables for the terminal. Widths are in terminal columns: a Chinese character has two, a colour code none. */
import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";
import { style } from "./styles.ts";

export function renderRows(
  rows: readonly (readonly string[])[],
  alignRight: ReadonlySet<number> = new Set(),
): string {
  const widths = measureColumns(rows);
  const pad = (cell: string, i: number): string => {
    const padding = " ".repeat(Math.max(0, (widths[i] ?? 0) - stringWidth(cell)));
    return alignRight.has(i) ? padding + cell : cell + padding;
  };
  return rows.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}

function measureColumns(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, stringWidth(cell))));
  return widths;
}

export interface Column {
  readonly head: string;
  /** Aligns the column to the right, for numbers. */
  readonly right?: true;
  /** The column may shrink to this width on a narrow terminal. Columns without it never shrink. */
  readonly minWidth?: number;
  /** Wraps the text of a narrow column instead of truncating it. */
  readonly wraps?: true;
}

/**
 * Renders a table with a header. On a narrow terminal, the widest shrinkable columns shrink first; piped
 * output is never truncated.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  maxWidth: number = columnsLeft(0),
): string {
  const widths = measureColumns([columns.map(({ head }) => head), ...rows]);
  const spareWidth = (i: number): number => (widths[i] ?? 0) - (columns[i]?.minWidth ?? Infinity);
  for (let excess = widths.reduce((sum, width) => sum + width + 2, -2) - maxWidth; excess > 0; excess -= 1) {
    const widest = columns.reduce((best, _, i) => (spareWidth(i) > spareWidth(best) ? i : best), 0);
    if (spareWidth(widest) <= 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  const fitted = rows.flatMap((row) => fitRow(row, columns, widths));
  const right = new Set(columns.flatMap(({ right: isRight }, i) => (isRight === true ? [i] : [])));
  return renderRows([columns.map(({ head }) => style("quiet", head)), ...fitted], right);
}

/** Fits a row into the column widths: one line, or more if a cell wraps. */
function fitRow(
  row: readonly string[],
  columns: readonly Column[],
  widths: readonly number[],
): readonly (readonly string[])[] {
  const cells = row.map((cell, i) => {
    const width = widths[i] ?? 0;
    return columns[i]?.wraps === true ? wrapText(cell, width) : [truncate(cell, width)];
  });
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => cells.map((lines) => lines[line] ?? ""));
}

/** Wraps a text between words; a longer word is not broken. */
export const wrapText = (text: string, width: number): string[] =>
  stringWidth(text) <= width ? [text] : wrapAnsi(text, width).split("\n");

/** The number of terminal columns left beside `columns`; unlimited if the output is piped. */
export const columnsLeft = (columns: number): number =>
  process.stdout.isTTY ? process.stdout.columns - columns : Infinity;

/**
 * Truncates a text to a number of columns. The colour is removed, because a cut colour code would affect the
 * following text.
 */
function truncate(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = "";
  for (const { segment } of graphemes.segment(stripVTControlCharacters(text))) {
    if (stringWidth(kept + segment) > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Characters as people see them: a letter with its accents is one. */
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Names on the left, values on the right. */
export function keyValueTable(rows: readonly (readonly [string, string])[]): string {
  return renderRows(rows.map(([name, value]) => [style("quiet", name), value]));
}

/** Indents every line. */
export const indent = (text: string): string => text.replaceAll(/^(?=.)/gm, "  ");

/** JSON output. A bigint becomes a string, because JavaScript numbers are exact only up to fifteen digits. */
export function formatJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? part.toString() : part), 2);
}

export const formatCount = (n: number): string => n.toLocaleString("en");

/** Adds thousands separators to a decimal amount, without changing its digits. */
export const formatThousands = (decimal: string): string =>
  decimal.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",");

/** `1,000.00 TZS`. */
export const formatMoney = (decimal: string, currency: string): string =>
  `${formatThousands(decimal)} ${currency}`;

/** Formats a timestamp in local time, to the second: `2026-11-21 11:30:05`. `--json` has the exact value. */
export function formatLocalTime(timestamp: string | number | Date): string {
  return new Date(timestamp).toLocaleString("sv-SE");
}
