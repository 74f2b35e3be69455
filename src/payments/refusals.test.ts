/** `docs/refusals.md` has an entry for every code of OpenAPI v2 and for every refusal, and links them correctly. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { codeTexts } from "../protocols/openapi-v2/codes.ts";
import { refusalCodes } from "../protocols/openapi-v2/refusal-codes.ts";
import { refusals, simulatedRefusals } from "./refusals.ts";

const page = readFileSync("docs/refusals.md", "utf8");
const [, codePart = "", refusalPart = ""] = /^## Codes\n([^]*)^## Refusals by name\n([^]*)/m.exec(page) ?? [];

/** The entries of a part by their headings, with the paragraphs of each by their bold titles. */
function parseEntries(part: string): Map<string, Record<string, string>> {
  const entries = part.split(/^### /m).slice(1);
  return new Map(
    entries.map((entry) => {
      const [heading = "", ...blocks] = entry.trim().split("\n\n");
      const paragraphs = blocks.map(
        (block) => /^\*\*([^*]+)\.\*\*\s([^]+[.)`])$/.exec(block) ?? ["", block, ""],
      );
      return [
        heading.replaceAll("`", ""),
        Object.fromEntries(paragraphs.map(([, title = "", text = ""]) => [title, text])),
      ];
    }),
  );
}

const listLinks = (text = ""): string[] =>
  [...text.matchAll(/\[`(\S+?)`\]\(#(\S+?)\)/g)].map(([, name = "", anchor]) => {
    assert.equal(anchor, name.toLowerCase());
    return name;
  });

test("every code of OpenAPI v2 is in the index and has an entry", () => {
  const codes = Object.entries(codeTexts);
  const index = [...codePart.matchAll(/^\| \[`(\S+)`\]\(#(\S+)\) +\| (.*?) +\|/gm)];
  assert.deepEqual(
    index.map(([, code = "", anchor, text]) => [code, anchor, text]),
    codes.map(([code, text]) => [code, code.toLowerCase(), text]),
  );
  const entries = parseEntries(codePart);
  assert.deepEqual([...entries.keys()], Object.keys(codeTexts));
  for (const [code, paragraphs] of entries)
    assert.deepEqual(Object.keys(paragraphs), ["What happened", "What to do", "What causes it"], code);
});

test("every refusal has an entry with its codes, in the order of the tables", () => {
  const entries = parseEntries(refusalPart);
  assert.deepEqual([...entries.keys()], [...Object.keys(refusals), ...Object.keys(simulatedRefusals)]);
  for (const [name, paragraphs] of entries) {
    assert.deepEqual(Object.keys(paragraphs), ["What happened", "What to do", "Codes"], name);
    assert.deepEqual(listLinks(paragraphs["Codes"]), refusalCodes[name as keyof typeof refusalCodes], name);
  }
});

test("the entry of a code lists exactly the refusals that have it", () => {
  for (const [code, paragraphs] of parseEntries(codePart)) {
    const expected = Object.entries(refusalCodes)
      .filter(([, codes]) => (codes as readonly string[]).includes(code))
      .map(([name]) => name);
    assert.deepEqual(listLinks(paragraphs["What causes it"]).sort(), expected.sort(), code);
  }
});
