/** The fidelity table: generated from the rows, and complete. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { protocols } from "../../src/protocols/registry.ts";
import { renderFidelity } from "../../tools/docs/fidelity.ts";
import { conformingProtocols } from "./protocols.ts";

test("docs/protocols/README.md is what the rows and the stories say", async () => {
  const page = readFileSync("docs/protocols/README.md", "utf8");
  assert.equal(page, await renderFidelity(), "run: node tools/docs/fidelity.ts > docs/protocols/README.md");
});

test("every call has a row, and every row names calls of its protocol", async () => {
  for (const { name, operations, loadFidelity } of protocols) {
    const rows = await loadFidelity();
    const calls = operations.map((operation) => operation.name);
    const named = new Set(rows.flatMap((row) => row.calls));
    assert.deepEqual(
      calls.filter((call) => !named.has(call)),
      [],
      `${name}: calls without a row`,
    );
    assert.deepEqual(
      [...named].filter((call) => !calls.includes(call)),
      [],
      `${name}: no such calls`,
    );
  }
});

test("what is different on purpose says what Pesarail does", async () => {
  for (const { name, loadFidelity } of protocols)
    for (const row of await loadFidelity())
      assert(row.reason === undefined || row.here !== null, `${name}: ${row.behaviour}`);
});

test("every protocol has the stories", () => {
  const names = new Set(conformingProtocols.map(({ name }) => name));
  assert.deepEqual(
    [...names],
    protocols.map(({ name }) => name),
  );
});
