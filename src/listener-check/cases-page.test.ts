/** `docs/check-listener.md` contains the cases as they are in the code. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { severities } from "./case.ts";
import { insertCases } from "../../tools/docs/check-listener.ts";

const page = readFileSync("docs/check-listener.md", "utf8");

test("the page contains all cases", () => {
  assert.equal(page, insertCases(page));
});

test("the page contains all weights", () => {
  const rows = [...page.matchAll(/^\| (\d+) +\| `(\w+)` +\| (.+?) +\|$/gm)];
  assert.deepEqual(
    rows.map(([, weight, name, description]) => [Number(weight), name, description]),
    Object.entries(severities).map(([name, { weight, description }]) => [weight, name, description]),
  );
});
