/**
 * A report as JUnit XML, which every CI shows: a suite for each scenario, a test for each case. What was not observable
 * is skipped, and says why; a warning passes with a word in its output, unless warnings are to fail.
 */
import XMLBuilder from "fast-xml-builder";
import { evidenceAsText } from "./report-evidence.ts";
import { withoutSecret } from "./report-json.ts";
import type { Outcome, Report } from "./play.ts";
import type { Settings } from "./settings.ts";

type Attributes = Readonly<Record<`@${string}`, string>>;
type Element = Attributes & Readonly<Record<string, unknown>>;

const builder = new XMLBuilder({ attributeNamePrefix: "@", ignoreAttributes: false, format: true });

export function reportAsJunit(settings: Settings, report: Report, strict: boolean): string {
  const { outcomes, tookMs, startedAt, score } = report;
  const clean = (text: string): string => asXmlText(withoutSecret(text, settings.secret));
  const suites = [...new Set(outcomes.map(({ scenario }) => scenario))].map((scenario) =>
    suite(
      scenario,
      outcomes.filter((outcome) => outcome.scenario === scenario),
      strict,
      clean,
    ),
  );
  const testsuites: Element = {
    "@name": "pesarail check-listener",
    ...countsOf(outcomes, strict),
    "@time": (tookMs / 1000).toFixed(3),
    "@timestamp": startedAt.toISOString(),
    properties: {
      property: [
        property("listener", clean(settings.url)),
        property("seed", settings.chance.seed),
        property("points", String(score.points ?? "-")),
        property("grade", score.grade ?? "-"),
      ],
    },
    testsuite: suites,
  };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({ testsuites })}`;
}

const property = (name: string, value: string): Element => ({ "@name": name, "@value": value });

function suite(
  scenario: string,
  outcomes: readonly Outcome[],
  strict: boolean,
  clean: (text: string) => string,
): Element {
  return {
    "@name": scenario,
    ...countsOf(outcomes, strict),
    testcase: outcomes.map((outcome) => testcase(outcome, strict, clean)),
  };
}

const isFailure = ({ verdict }: Outcome, strict: boolean): boolean =>
  verdict === "failed" || (strict && verdict === "warning");
const isSkipped = ({ verdict }: Outcome): boolean => verdict.startsWith("not ");

function countsOf(outcomes: readonly Outcome[], strict: boolean): Attributes {
  return {
    "@tests": String(outcomes.length),
    "@failures": String(outcomes.filter((outcome) => isFailure(outcome, strict)).length),
    "@errors": "0",
    "@skipped": String(outcomes.filter(isSkipped).length),
  };
}

function testcase(outcome: Outcome, strict: boolean, clean: (text: string) => string): Element {
  const { name, group, verdict, says, wants } = outcome;
  const own: Element = { "@classname": clean(`check-listener.${group}`), "@name": clean(name) };
  if (isFailure(outcome, strict)) {
    const details = [says, "", ...evidenceAsText(outcome)].join("\n");
    return { ...own, failure: { "@message": clean(says), "@type": verdict, "#text": clean(details) } };
  }
  if (isSkipped(outcome)) {
    const why = wants === undefined ? says : `${says} ${wants} would show it.`;
    return { ...own, skipped: { "@message": clean(`${verdict}: ${why}`) } };
  }
  return { ...own, "system-out": clean(`${verdict}: ${says}`) };
}

/** XML 1.0 has no way to write most control characters, nor halves of a pair. */
const asXmlText = (text: string): string =>
  text.toWellFormed().replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd");
