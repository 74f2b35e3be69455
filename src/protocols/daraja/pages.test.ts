/** The generated page of Daraja matches the tables. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { renderDaraja } from "../../../tools/docs/daraja.ts";

test("docs/protocols/daraja.md is what the operations say", () => {
  const page = readFileSync("docs/protocols/daraja.md", "utf8");
  assert.equal(page, renderDaraja(), "run: node tools/docs/daraja.ts > docs/protocols/daraja.md");
});
