/** Rows of words as a table, for a terminal: columns as wide as their widest cell, colours left out. */
import { stripVTControlCharacters } from "node:util";
import { style, displayWidth } from "./styles.ts";

export function renderRows(
  rows: readonly (readonly string[])[],
  alignRight: ReadonlySet<number> = new Set(),
): string {
  const widths = measureColumns(rows);
  const pad = (cell: string, i: number): string => {
    const padding = " ".repeat(Math.max(0, (widths[i] ?? 0) - displayWidth(cell)));
    return alignRight.has(i) ? padding + cell : cell + padding;
  };
  return rows.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}

function measureColumns(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, displayWidth(cell))));
  return widths;
}

export interface Column {
  readonly head: string;
  /** Numbers end at the right of their column. */
  readonly right?: true;
  /** May be narrower on a terminal that has no room, to no less than this. Those that say nothing never are. */
  readonly minWidth?: number;
  /** Goes on in lines below where it is narrower than its words, instead of being cut. */
  readonly wraps?: true;
}

/**
 * A table with a heading. On a terminal that is too narrow for it, columns that may be cut are, the widest first;
 * what is piped is whole.
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

/** A row in columns of these widths: itself, and a line below for each that a cell goes on in. */
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

/** A text in lines of so many columns, broken between words; a longer word stays whole. */
export function wrapText(text: string, width: number): string[] {
  if (displayWidth(text) <= width) return [text];
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const candidate = line === "" ? word : `${line} ${word}`;
    if (line !== "" && displayWidth(candidate) > width) {
      lines.push(line);
      line = word;
    } else {
      line = candidate;
    }
  }
  return [...lines, line];
}

/** How many columns a terminal has, beside so many; what is piped has as many as it wants. */
export const columnsLeft = (columns: number): number =>
  process.stdout.isTTY ? process.stdout.columns - columns : Infinity;

/** A text in so many columns. One that is cut loses its colour: half of one would run on. */
function truncate(text: string, width: number): string {
  return displayWidth(text) <= width ? text : `${stripVTControlCharacters(text).slice(0, width - 1)}…`;
}

/** Names at the left, what they are at the right. */
export function keyValueTable(rows: readonly (readonly [string, string])[]): string {
  return renderRows(rows.map(([name, value]) => [style("quiet", name), value]));
}

/** Lines, each moved in. */
export const indent = (text: string): string => text.replaceAll(/^(?=.)/gm, "  ");

/** JSON for machines: a bigint becomes a string, since JavaScript's numbers end at fifteen digits. */
export function formatJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? part.toString() : part), 2);
}

export const formatCount = (n: number): string => n.toLocaleString("en");

/** A decimal amount with its thousands apart: the digits themselves are never touched. */
export const formatThousands = (decimal: string): string =>
  decimal.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",");

/** `1,000.00 TZS`. */
export const formatMoney = (decimal: string, currency: string): string =>
  `${formatThousands(decimal)} ${currency}`;

/** A moment in this machine's own time, to the second: `2026-11-21 11:30:05`. `--json` has it exactly. */
export function formatLocalTime(timestamp: string | number | Date): string {
  return new Date(timestamp).toLocaleString("sv-SE");
}
