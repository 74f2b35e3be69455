/** The page of the SOAP Broker is what its commands say. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { renderSoap } from "../../../tools/docs/soap.ts";

test("docs/protocols/soap.md has every command as it is", () => {
  const page = readFileSync("docs/protocols/soap.md", "utf8");
  assert.equal(page, renderSoap(), "run: node tools/docs/soap.ts > docs/protocols/soap.md");
});
