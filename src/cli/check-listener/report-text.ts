/** A report for people: a line for each case, what failed in full, and the score. */
import { paint, sign, type signs } from "../terminal.ts";
import type { Finding, Verdict } from "./case.ts";
import type { Outcome, Report } from "./play.ts";
import { beside, evidenceAsText } from "./report-evidence.ts";
import { withoutSecret } from "./report-json.ts";
import { scoreRules, type Score } from "./score.ts";
import type { Settings } from "./settings.ts";

const signOf: Readonly<Record<Verdict, keyof typeof signs>> = {
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

export function reportAsText(settings: Settings, report: Report, { verbose, width }: TextOptions): string {
  const { outcomes, score } = report;
  const shown = outcomes.filter(({ verdict }) => verbose || verdict === "failed" || verdict === "warning");
  const lines = [
    ...head(settings),
    ...table(outcomes, width),
    ...shown.flatMap((outcome) => inFull(outcome, width)),
    ...wishes(outcomes),
    ...foot(settings, report, score, verbose),
  ];
  return withoutSecret(lines.join("\n"), settings.secret);
}

function head({ url, market, calls, webhook, tools, chance }: Settings): string[] {
  const how = [
    market,
    calls.join(", "),
    webhook === null ? "unsigned" : "signed",
    tools.begin === null ? "payments nobody asked for" : `begun by ${tools.begin.option}`,
    tools.state === null ? "records not seen" : `records by ${tools.state.option}`,
    `seed ${chance.seed}`,
  ];
  return [`${paint("strong", "check-listener")} ${paint("hint", url)}`, paint("quiet", how.join(" · "))];
}

function table(outcomes: readonly Outcome[], width: number): string[] {
  const nameWidth = Math.max(...outcomes.map(({ name }) => name.length));
  const lines: string[] = [];
  let group = "";
  for (const outcome of outcomes) {
    if (outcome.group !== group) lines.push("", paint("strong", outcome.group));
    group = outcome.group;
    lines.push(line(outcome, nameWidth, width));
  }
  return lines;
}

function line({ name, verdict, says, wants }: Outcome, nameWidth: number, width: number): string {
  const mark = sign(signOf[verdict]);
  const why = wants === undefined ? says : `needs ${wants}`;
  const what = verdict.startsWith("not ") ? `${verdict}: ${why}` : says;
  const room = width - nameWidth - 6;
  const fitted = what.length > room ? `${what.slice(0, Math.max(0, room - 1)).trimEnd()}…` : what;
  const painted =
    verdict === "failed"
      ? paint("bad", fitted)
      : verdict === "warning"
        ? paint("warn", fitted)
        : paint("quiet", fitted);
  return `  ${mark} ${name.padEnd(nameWidth)}  ${painted}`;
}

function inFull(outcome: Outcome, width: number): string[] {
  const { name, verdict, says } = outcome;
  const title = `${sign(signOf[verdict])} ${paint("strong", name)}`;
  const details = [...beside("Seen", says, width - 4), ...evidenceAsText(outcome, width - 4)];
  return ["", title, ...details.map((each) => `    ${named(each)}`)];
}

/** The name of a line stands out from what it names. */
const named = (each: string): string =>
  each.replace(/^(\S[^:]{0,13}?)(\s{2,})/, (_, name: string, room: string) => paint("hint", name) + room);

/** What could be seen with one option more, shortest first. */
function wishes(outcomes: readonly Outcome[]): string[] {
  const byOption = Map.groupBy(
    outcomes.filter(
      (outcome): outcome is Outcome & Required<Pick<Finding, "wants">> => outcome.wants !== undefined,
    ),
    ({ wants }) => wants,
  );
  if (byOption.size === 0) return [];
  const lines = [...byOption].map(
    ([option, cases]) =>
      `  ${paint("hint", option)} would show ${cases.length === 1 ? "1 case" : `${cases.length} cases`}`,
  );
  return ["", paint("strong", "Not observable"), ...lines];
}

function foot({ chance }: Settings, { tookMs }: Report, score: Score, verbose: boolean): string[] {
  const { counts, observable, points, grade, because } = score;
  const why = because === null ? "" : ` since ${because}`;
  const good = counts.failed > 0 ? "bad" : grade === null ? "warn" : "good";
  const headline =
    points === null
      ? "Nothing could be observed."
      : `${paint(good, `${points} of 100, ${grade ?? "no grade"}${why}`)}: ${counts.passed} of ${observable} observable cases passed`;
  const rest = [
    counts.failed === 0 ? "" : `${counts.failed} failed`,
    counts.warning === 0 ? "" : counts.warning === 1 ? "1 warning" : `${counts.warning} warnings`,
    counts["not observable"] === 0 ? "" : `${counts["not observable"]} not observable`,
    counts["not applicable"] === 0 ? "" : `${counts["not applicable"]} not applicable`,
  ].filter((each) => each !== "");
  return [
    "",
    [headline, ...rest].join(" · "),
    paint(
      "quiet",
      `${(tookMs / 1000).toFixed(1)} s · --seed ${chance.seed} repeats it with the same references`,
    ),
    ...(verbose ? [paint("quiet", scoreRules)] : []),
  ];
}
