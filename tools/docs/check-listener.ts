/**
 * Generates the list of cases in `docs/check-listener.md`.
 *
 * After changing a case: `node tools/docs/check-listener.ts`, which updates the page.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { code } from "./markdown.ts";
import { listScenarios } from "../../src/listener-check/cases/all.ts";
import type { Scenario } from "../../src/listener-check/case.ts";
import { defaultProtocol, protocols } from "../../src/protocols/registry.ts";

const page = "docs/check-listener.md";
const [startMarker, endMarker] = [
  "<!-- cases: written by tools/docs/check-listener.ts -->",
  "<!-- end of cases -->",
];

const checks = await defaultProtocol.loadListenerChecks();
const otherChecks = await Promise.all(
  protocols
    .filter((protocol) => protocol !== defaultProtocol)
    .map(async (protocol) => ({ title: protocol.title, checks: await protocol.loadListenerChecks() })),
);

export function renderCases(): string {
  const scenarios = listScenarios(checks, [checks.mainCall]);
  const known = new Set(scenarios.map(({ name }) => name));
  const others = otherChecks.flatMap(({ title, checks: each }) => {
    const own = listScenarios(each, [each.mainCall]).filter(({ name }) => !known.has(name));
    return own.length === 0 ? [] : [`## Only ${title}`, "", ...renderScenarios(own)];
  });
  return [...renderScenarios(scenarios), ...others].join("\n").trimEnd();
}

function renderScenarios(scenarios: readonly Scenario[]): string[] {
  const lines: string[] = [];
  let group = "";
  for (const scenario of scenarios) {
    if (scenario.group !== group) lines.push(`### ${scenario.group}`, "");
    group = scenario.group;
    lines.push(`**${code(scenario.name)}** ${scenario.description}`, "");
    for (const [name, { severity, expects, consequence, fix }] of Object.entries(scenario.cases)) {
      lines.push(`- ${code(name)} (${severity}) ${expects} _Otherwise:_ ${consequence} _Fix:_ ${fix}`);
    }
    lines.push("");
  }
  return lines;
}

/** Returns the page with the current cases. */
export function insertCases(text: string): string {
  const from = text.indexOf(startMarker) + startMarker.length;
  return `${text.slice(0, from)}\n\n${renderCases()}\n\n${text.slice(text.indexOf(endMarker))}`;
}

if (import.meta.main) writeFileSync(page, insertCases(readFileSync(page, "utf8")));
