/** `docs/check-listener.md` has every case in its own words. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { severities } from "./case.ts";
import { insertCases } from "../../tools/docs/check-listener.ts";

const page = readFileSync("docs/check-listener.md", "utf8");

test("the page has the cases, as they are", () => {
  assert.equal(page, insertCases(page));
});

test("the page has the weights, as they are", () => {
  const text = page.replaceAll(/\s+/g, " ");
  for (const { weight, description } of Object.values(severities)) {
    const words = description.replace("money, or", "money or").replace("result, or", "result or");
    assert(text.includes(`what ${words} ${weight}`), `${description} ${weight}`);
  }
});
