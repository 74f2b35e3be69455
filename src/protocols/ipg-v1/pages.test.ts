/** The generated page of IPG v1 matches the tables. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { renderIpgV1 } from "../../../tools/docs/ipg-v1.ts";

test("docs/protocols/ipg-v1.md is what the operations say", () => {
  const page = readFileSync("docs/protocols/ipg-v1.md", "utf8");
  assert.equal(page, renderIpgV1(), "run: node tools/docs/ipg-v1.ts > docs/protocols/ipg-v1.md");
});
