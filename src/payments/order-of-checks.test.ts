/** The order of checks as data is that of the documentation. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checks } from "./order-of-checks.ts";

test("the checks have the numbers and the titles of docs/order-of-checks.md", () => {
  const rows = [...readFileSync("docs/order-of-checks.md", "utf8").matchAll(/^\| (\d+) +\| ([^|]+?) +\|/gm)];
  assert.deepEqual(
    checks.map(({ number, title }) => `${number} ${title}`),
    rows.map(([, number, title]) => `${number} ${title}`),
  );
});
