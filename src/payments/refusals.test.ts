import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { refusals, simulatedRefusals } from "./refusals.ts";

test("docs/refusals.md has exactly one section for each refusal, in the order of the tables", () => {
  const page = readFileSync("docs/refusals.md", "utf8");
  const sections = page.split(/^## /m).slice(1);

  assert.deepEqual(
    sections.map((section) => /^`(\w+)`\n/.exec(section)?.[1]),
    Object.keys({ ...refusals, ...simulatedRefusals }),
  );
  for (const section of sections) {
    assert.match(
      section,
      /\n\n\*\*What happened\.\*\* [^]+\.\n\n\*\*What to do\.\*\* [^]+[.)]\n/,
      section.slice(0, 40),
    );
  }
});
