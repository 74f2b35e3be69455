/** The pages of the SOAP Broker and of the LNMO checkout are what their tables say. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { renderLnmoPage } from "../../../tools/docs/lnmo.ts";
import { renderSoap } from "../../../tools/docs/soap.ts";

test("docs/protocols/soap.md has every command as it is", () => {
  const page = readFileSync("docs/protocols/soap.md", "utf8");
  assert.equal(page, renderSoap(), "run: node tools/docs/soap.ts > docs/protocols/soap.md");
});

test("docs/protocols/lnmo.md has every call and every code as it is", () => {
  const page = readFileSync("docs/protocols/lnmo.md", "utf8");
  assert.equal(page, renderLnmoPage(), "run: node tools/docs/lnmo.ts > docs/protocols/lnmo.md");
});
