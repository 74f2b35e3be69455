/** Rows of words as a table, for a terminal: columns as wide as their widest cell, colours left out. */
import { stripVTControlCharacters } from "node:util";
import { paint, widthOf } from "./terminal.ts";

export function textTable(
  rows: readonly (readonly string[])[],
  alignRight: ReadonlySet<number> = new Set(),
): string {
  const widths = widthsOf(rows);
  const padded = (cell: string, i: number): string => {
    const room = " ".repeat(Math.max(0, (widths[i] ?? 0) - widthOf(cell)));
    return alignRight.has(i) ? room + cell : cell + room;
  };
  return rows.map((row) => row.map(padded).join("  ").trimEnd()).join("\n");
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, widthOf(cell))));
  return widths;
}

export interface Column {
  readonly head: string;
  /** Numbers end at the right of their column. */
  readonly right?: true;
  /** May be narrower on a terminal that has no room, to no less than this. Those that say nothing never are. */
  readonly least?: number;
  /** Goes on in lines below where it is narrower than its words, instead of being cut. */
  readonly wraps?: true;
}

/**
 * A table with a heading. On a terminal that is too narrow for it, columns that may be cut are, the widest first;
 * what is piped is whole.
 */
export function listing(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  room: number = roomBeside(0),
): string {
  const widths = widthsOf([columns.map(({ head }) => head), ...rows]);
  const spare = (i: number): number => (widths[i] ?? 0) - (columns[i]?.least ?? Infinity);
  for (let over = widths.reduce((sum, width) => sum + width + 2, -2) - room; over > 0; over -= 1) {
    const widest = columns.reduce((best, _, i) => (spare(i) > spare(best) ? i : best), 0);
    if (spare(widest) <= 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  const fitted = rows.flatMap((row) => fit(row, columns, widths));
  const right = new Set(columns.flatMap(({ right: ends }, i) => (ends === true ? [i] : [])));
  return textTable([columns.map(({ head }) => paint("quiet", head)), ...fitted], right);
}

/** A row in columns of these widths: itself, and a line below for each that a cell goes on in. */
function fit(
  row: readonly string[],
  columns: readonly Column[],
  widths: readonly number[],
): readonly (readonly string[])[] {
  const cells = row.map((cell, i) => {
    const width = widths[i] ?? 0;
    return columns[i]?.wraps === true ? wrap(cell, width) : [cut(cell, width)];
  });
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => cells.map((lines) => lines[line] ?? ""));
}

/** A text in lines of so many columns, broken between words; a longer word stays whole. */
export function wrap(text: string, width: number): string[] {
  if (widthOf(text) <= width) return [text];
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && widthOf(longer) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}

/** How many columns a terminal has, beside so many; what is piped has as many as it wants. */
export const roomBeside = (columns: number): number =>
  process.stdout.isTTY ? process.stdout.columns - columns : Infinity;

/** A text in so many columns. One that is cut loses its colour: half of one would run on. */
function cut(text: string, width: number): string {
  return widthOf(text) <= width ? text : `${stripVTControlCharacters(text).slice(0, width - 1)}…`;
}

/** Names at the left, what they are at the right. */
export function facts(rows: readonly (readonly [string, string])[]): string {
  return textTable(rows.map(([name, value]) => [paint("quiet", name), value]));
}

/** Lines, each moved in. */
export const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, "  ");

/** JSON for machines: a bigint becomes a string, since JavaScript's numbers end at fifteen digits. */
export function json(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? part.toString() : part), 2);
}

export const count = (n: number): string => n.toLocaleString("en");

/** A decimal amount with its thousands apart: the digits themselves are never touched. */
export const amountOf = (decimal: string): string => decimal.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",");

/** `1,000.00 TZS`. */
export const moneyOf = (decimal: string, currency: string): string => `${amountOf(decimal)} ${currency}`;

/** A moment in this machine's own time, to the second: `2026-11-21 11:30:05`. `--json` has it exactly. */
export function localTime(moment: string | number | Date): string {
  return new Date(moment).toLocaleString("sv-SE");
}
