/** Tables of the documents, for tests that compare them with the product. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

/** The rows of a page's table whose first heading is this, without code marks. */
export function readPageTable(page: string, heading: string): string[][] {
  const [, table = ""] = readFileSync(page, "utf8").split(
    new RegExp(`^\\| ${heading} +\\|.*\\n\\|[- |]+\\n`, "m"),
  );
  const rows = /^(?:\|.*\n)+/.exec(table)?.[0].trimEnd().split("\n") ?? [];
  assert(rows.length > 0, `${page} has no table ${heading}`);
  return rows.map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}
