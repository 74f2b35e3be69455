/**
 * The cases of `docs/check-listener.md`, written from the cases themselves.
 *
 * After changing one: `node src/cli/check-listener/cases-page.ts`, which writes them into the page.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { code } from "../../markdown.ts";
import { scenariosFor } from "./cases/all.ts";

const page = "docs/check-listener.md";
const [begins, ends] = [
  "<!-- cases: written by src/cli/check-listener/cases-page.ts -->",
  "<!-- end of cases -->",
];

export function renderCases(): string {
  const lines: string[] = [];
  let group = "";
  for (const scenario of scenariosFor(["c2bSingle"])) {
    if (scenario.group !== group) lines.push(`### ${scenario.group}`, "");
    group = scenario.group;
    lines.push(`**${code(scenario.name)}** ${scenario.does}`, "");
    for (const [name, { harm, expects, otherwise, mend }] of Object.entries(scenario.cases)) {
      lines.push(`- ${code(name)} (${harm}) ${expects} _Otherwise:_ ${otherwise} _Mend:_ ${mend}`);
    }
    lines.push("");
  }
  return lines.join("\n").trimEnd();
}

/** The page with these cases in it. */
export function withCases(text: string): string {
  const from = text.indexOf(begins) + begins.length;
  return `${text.slice(0, from)}\n\n${renderCases()}\n\n${text.slice(text.indexOf(ends))}`;
}

if (import.meta.main) writeFileSync(page, withCases(readFileSync(page, "utf8")));
