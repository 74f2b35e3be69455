import assert from "node:assert/strict";
import { test } from "node:test";
import { readTexts, textColumn } from "./columns.ts";

test("texts come back from an array literal as they went in", () => {
  const texts = [
    "plain",
    "",
    "a,b",
    "{brace}",
    'quote " and \\ slash',
    "NULL",
    " space ",
    "new\nline",
    "ünï",
  ];
  assert.deepEqual(readTexts(textColumn(texts)), texts);
  assert.deepEqual(readTexts("{}"), []);
  assert.deepEqual(readTexts('{192.0.2.7,"10.0.0.0/8",*}'), ["192.0.2.7", "10.0.0.0/8", "*"]);
});
