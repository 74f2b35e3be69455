/** Inline markup in texts: what becomes an element, and that everything else is escaped. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { renderInlineMarkup } from "./inline-markup.ts";

test("code, numbers and links become elements, and the rest is escaped", () => {
  const table = [
    ["plain", "plain"],
    ["a `b` c", "a <code>b</code> c"],
    ["**+255 1** has none", '<b class="number">+255 1</b> has none'],
    ["[here](/handset): all", '<a href="/handset">here</a>: all'],
    ["`<a>` <b> & `x`", "<code>&#60;a&#62;</code> &#60;b&#62; &#38; <code>x</code>"],
    ["[x](https://example.com)", "[x](https://example.com)"],
    ['[x](/a"b)', '<a href="/a&#34;b">x</a>'],
    ["2 * 3 ** 4 ` 5", "2 * 3 ** 4 ` 5"],
  ] as const;
  for (const [text, expected] of table) assert.equal(renderInlineMarkup(text).text, expected);
});
