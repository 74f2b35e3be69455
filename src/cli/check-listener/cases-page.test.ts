/** `docs/check-listener.md` has every case in its own words. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { harms } from "./case.ts";
import { withCases } from "./cases-page.ts";

const page = readFileSync("docs/check-listener.md", "utf8");

test("the page has the cases, as they are", () => {
  assert.equal(page, withCases(page));
});

test("the page has the weights, as they are", () => {
  const said = page.replaceAll(/\s+/g, " ");
  for (const { weight, means } of Object.values(harms)) {
    const words = means.replace("money, or", "money or").replace("result, or", "result or");
    assert(said.includes(`what ${words} ${weight}`), `${means} ${weight}`);
  }
});
