/** The language of a page, by the browser's Accept-Language header. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { getPageWords, parseAcceptLanguage } from "./page-language.ts";

test("the browser's languages are in the order of their weights, without refused ones", () => {
  const table = [
    ["", []],
    ["sw", ["sw"]],
    ["en;q=0.5, sw-TZ, pt;q=0.8", ["sw-TZ", "pt", "en"]],
    ["fr;q=0, en", ["en"]],
    ["fr;q=x, ,en;level=1;q=0.4", ["en"]],
  ] as const;
  for (const [header, expected] of table) assert.deepEqual(parseAcceptLanguage(header), expected, header);
});

test("a page is in the first language that has a dictionary, or in English", () => {
  for (const header of [undefined, "tlh", "tlh, en-GB;q=0.1", "*"]) {
    const headers = header === undefined ? {} : { "accept-language": header };
    assert.equal(getPageWords({ headers }).language, "en");
  }
});
