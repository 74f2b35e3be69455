/** Rows of words as a table, for a terminal: columns as wide as their widest cell, colours left out. */
import { widthOf } from "./terminal.ts";

export function textTable(
  rows: readonly (readonly string[])[],
  alignRight: ReadonlySet<number> = new Set(),
): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, widthOf(cell))));
  const padded = (cell: string, i: number): string => {
    const room = " ".repeat((widths[i] ?? 0) - widthOf(cell));
    return alignRight.has(i) ? room + cell : cell + room;
  };
  return rows.map((row) => row.map(padded).join("  ").trimEnd()).join("\n");
}

/** JSON for machines: a bigint becomes a string, since JavaScript's numbers end at fifteen digits. */
export function json(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? part.toString() : part), 2);
}

export const count = (n: number): string => n.toLocaleString("en");
