/** The text report: a line for each case, details of failures, and the score. */
import { style, styledSymbol, type symbols } from "../../terminal/styles.ts";
import type { Finding, Verdict } from "../../../listener-check/finding.ts";
import type { CaseOutcome, Report } from "../../../listener-check/run-checks.ts";
import { formatLabelled, formatEvidence } from "./report-evidence.ts";
import { redactSecret } from "./report-json.ts";
import { scoreRules, type Score } from "../../../listener-check/score.ts";
import type { CheckSettings } from "../../../listener-check/settings.ts";

const verdictSymbols: Readonly<Record<Verdict, keyof typeof symbols>> = {
  passed: "good",
  warning: "warn",
  failed: "bad",
  "not observable": "quiet",
  "not applicable": "quiet",
};

export interface TextOptions {
  readonly verbose: boolean;
  readonly width: number;
}

export function toTextReport(
  settings: CheckSettings,
  report: Report,
  { verbose, width }: TextOptions,
): string {
  const { outcomes, score } = report;
  const detailed = outcomes.filter(({ verdict }) => verbose || verdict === "failed" || verdict === "warning");
  const lines = [
    ...formatHeader(settings),
    ...formatTable(outcomes, width),
    ...detailed.flatMap((outcome) => formatDetails(outcome, width)),
    ...formatMissingOptions(outcomes),
    ...formatFooter(settings, report, score, verbose),
  ];
  return redactSecret(lines.join("\n"), settings.secret);
}

function formatHeader({ url, market, calls, webhook, hooks, random }: CheckSettings): string[] {
  const summary = [
    market,
    calls.join(", "),
    webhook === null ? "unsigned" : "signed",
    hooks.begin === null ? "unrequested payments" : `requested by ${hooks.begin.option}`,
    hooks.state === null ? "no records" : `records by ${hooks.state.option}`,
    `seed ${random.seed}`,
  ];
  return [`${style("strong", "check-listener")} ${style("hint", url)}`, style("quiet", summary.join(" · "))];
}

function formatTable(outcomes: readonly CaseOutcome[], width: number): string[] {
  const nameWidth = Math.max(...outcomes.map(({ name }) => name.length));
  const lines: string[] = [];
  let group = "";
  for (const outcome of outcomes) {
    if (outcome.group !== group) lines.push("", style("strong", outcome.group));
    group = outcome.group;
    lines.push(formatLine(outcome, nameWidth, width));
  }
  return lines;
}

function formatLine(
  { name, verdict, message, neededOption }: CaseOutcome,
  nameWidth: number,
  width: number,
): string {
  const mark = styledSymbol(verdictSymbols[verdict]);
  const reason = neededOption === undefined ? message : `needs ${neededOption}`;
  const text = verdict.startsWith("not ") ? `${verdict}: ${reason}` : message;
  const maxWidth = width - nameWidth - 6;
  const truncated = text.length > maxWidth ? `${text.slice(0, Math.max(0, maxWidth - 1)).trimEnd()}…` : text;
  const styled =
    verdict === "failed"
      ? style("bad", truncated)
      : verdict === "warning"
        ? style("warn", truncated)
        : style("quiet", truncated);
  return `  ${mark} ${name.padEnd(nameWidth)}  ${styled}`;
}

function formatDetails(outcome: CaseOutcome, width: number): string[] {
  const { name, verdict, message } = outcome;
  const title = `${styledSymbol(verdictSymbols[verdict])} ${style("strong", name)}`;
  const details = [...formatLabelled("Seen", message, width - 4), ...formatEvidence(outcome, width - 4)];
  return ["", title, ...details.map((each) => `    ${styleLabel(each)}`)];
}

/** Highlights the label of a line. */
const styleLabel = (each: string): string =>
  each.replace(/^(\S[^:]{0,13}?)(\s{2,})/, (_, name: string, room: string) => style("hint", name) + room);

/** Options that would make more cases observable. */
function formatMissingOptions(outcomes: readonly CaseOutcome[]): string[] {
  const byOption = Map.groupBy(
    outcomes.filter(
      (outcome): outcome is CaseOutcome & Required<Pick<Finding, "neededOption">> =>
        outcome.neededOption !== undefined,
    ),
    ({ neededOption }) => neededOption,
  );
  if (byOption.size === 0) return [];
  const lines = [...byOption].map(
    ([option, cases]) =>
      `  ${style("hint", option)} would show ${cases.length === 1 ? "1 case" : `${cases.length} cases`}`,
  );
  return ["", style("strong", "Not observable"), ...lines];
}

function formatFooter(
  { random }: CheckSettings,
  { tookMs }: Report,
  score: Score,
  verbose: boolean,
): string[] {
  const { counts, observable, points, grade, reason } = score;
  const reasonText = reason === null ? "" : `, because ${reason}`;
  const headlineStyle = counts.failed > 0 ? "bad" : grade === null ? "warn" : "good";
  const headline =
    points === null
      ? "Nothing could be observed."
      : `${style(headlineStyle, `${points} of 100, ${grade ?? "no grade"}${reasonText}`)}: ${counts.passed} of ${observable} observable cases passed`;
  const rest = [
    counts.failed === 0 ? "" : `${counts.failed} failed`,
    counts.warning === 0 ? "" : counts.warning === 1 ? "1 warning" : `${counts.warning} warnings`,
    counts["not observable"] === 0 ? "" : `${counts["not observable"]} not observable`,
    counts["not applicable"] === 0 ? "" : `${counts["not applicable"]} not applicable`,
  ].filter((each) => each !== "");
  return [
    "",
    [headline, ...rest].join(" · "),
    style(
      "quiet",
      `${(tookMs / 1000).toFixed(1)} s · repeat with the same references: --seed ${random.seed}`,
    ),
    ...(verbose ? [style("quiet", scoreRules)] : []),
  ];
}
