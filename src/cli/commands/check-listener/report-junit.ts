/**
 * A report as JUnit XML: a suite per scenario, a test per case. Cases that were not observable are skipped
 * with their reason. A warning passes with a note in its output, unless `--strict` makes it fail.
 */
import XMLBuilder from "fast-xml-builder";
import { formatEvidence } from "./report-evidence.ts";
import { redactSecret } from "./report-json.ts";
import type { CaseOutcome, Report } from "../../../listener-check/run-checks.ts";
import type { CheckSettings } from "../../../listener-check/settings.ts";

type Attributes = Readonly<Record<`@${string}`, string>>;
type Element = Attributes & Readonly<Record<string, unknown>>;

const builder = new XMLBuilder({ attributeNamePrefix: "@", ignoreAttributes: false, format: true });

export function toJunitReport(settings: CheckSettings, report: Report, strict: boolean): string {
  const { outcomes, tookMs, startedAt, score } = report;
  const sanitize = (text: string): string => toXmlText(redactSecret(text, settings.secret));
  const suites = [...new Set(outcomes.map(({ scenario }) => scenario))].map((scenario) =>
    toSuite(
      scenario,
      outcomes.filter((outcome) => outcome.scenario === scenario),
      strict,
      sanitize,
    ),
  );
  const testsuites: Element = {
    "@name": "pesarail check-listener",
    ...toCounts(outcomes, strict),
    "@time": (tookMs / 1000).toFixed(3),
    "@timestamp": startedAt.toISOString(),
    properties: {
      property: [
        toProperty("listener", sanitize(settings.url)),
        toProperty("seed", settings.random.seed),
        toProperty("points", String(score.points ?? "-")),
        toProperty("grade", score.grade ?? "-"),
      ],
    },
    testsuite: suites,
  };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({ testsuites })}`;
}

const toProperty = (name: string, value: string): Element => ({ "@name": name, "@value": value });

function toSuite(
  scenario: string,
  outcomes: readonly CaseOutcome[],
  strict: boolean,
  sanitize: (text: string) => string,
): Element {
  return {
    "@name": scenario,
    ...toCounts(outcomes, strict),
    testcase: outcomes.map((outcome) => toTestcase(outcome, strict, sanitize)),
  };
}

const isFailure = ({ verdict }: CaseOutcome, strict: boolean): boolean =>
  verdict === "failed" || (strict && verdict === "warning");
const isSkipped = ({ verdict }: CaseOutcome): boolean => verdict.startsWith("not ");

function toCounts(outcomes: readonly CaseOutcome[], strict: boolean): Attributes {
  return {
    "@tests": String(outcomes.length),
    "@failures": String(outcomes.filter((outcome) => isFailure(outcome, strict)).length),
    "@errors": "0",
    "@skipped": String(outcomes.filter(isSkipped).length),
  };
}

function toTestcase(outcome: CaseOutcome, strict: boolean, sanitize: (text: string) => string): Element {
  const { name, group, verdict, message, neededOption } = outcome;
  const attributes: Element = { "@classname": sanitize(`check-listener.${group}`), "@name": sanitize(name) };
  if (isFailure(outcome, strict)) {
    const details = [message, "", ...formatEvidence(outcome)].join("\n");
    return {
      ...attributes,
      failure: { "@message": sanitize(message), "@type": verdict, "#text": sanitize(details) },
    };
  }
  if (isSkipped(outcome)) {
    const reason = neededOption === undefined ? message : `${message} ${neededOption} would show it.`;
    return { ...attributes, skipped: { "@message": sanitize(`${verdict}: ${reason}`) } };
  }
  return { ...attributes, "system-out": sanitize(`${verdict}: ${message}`) };
}

/** XML 1.0 cannot represent most control characters and lone surrogates. */
const toXmlText = (text: string): string =>
  text.toWellFormed().replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd");
