/** What is written from this protocol's tables is what the tables say today. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { operations } from "./operations.ts";
import { renderProtocol } from "../../../tools/docs/openapi-v2.ts";
import { renderScenarios } from "../../../tools/docs/scenarios.ts";
import { renderSdkTables } from "../../../tools/docs/sdk-tables.ts";
import { triggers } from "./scenarios.ts";

test("docs/protocols/openapi-v2.md has every call with its parameters and codes, as the tables have them", () => {
  const page = readFileSync("docs/protocols/openapi-v2.md", "utf8");
  assert.equal(page, renderProtocol());

  for (const { title, path, parameters, codes } of operations) {
    const section = page.split(/^## /m).find((each) => each.startsWith(`${title}\n`)) ?? "";
    assert(section.includes(`/${path}/\``), title);
    for (const name of [...Object.keys(parameters), ...Object.keys(codes)])
      assert(section.includes(`| \`${name}\``), name);
  }
});

test("docs/scenarios.md has every trigger, as the table has them", () => {
  const page = readFileSync("docs/scenarios.md", "utf8");
  assert.equal(page, renderScenarios());

  const rows = Object.values(triggers).flatMap((each) =>
    each.flatMap(({ outcomes, allNines: nines }) => [
      ...Object.keys(outcomes),
      ...(nines === undefined ? [] : ["9"]),
    ]),
  );
  assert.equal(page.match(/^\| `[09]+\d` .*INS-/gm)?.length, rows.length);
});

test("the SDK knows markets, calls and codes as the tables have them", () => {
  assert.equal(readFileSync("sdk/src/openapi-v2/generated.ts", "utf8"), renderSdkTables());
});
