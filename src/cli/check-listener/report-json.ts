/** A report for machines: everything that is known, and nothing secret. */
import { version } from "../../version.ts";
import type { Exchange } from "./exchange.ts";
import type { Outcome, Report } from "./play.ts";
import type { Settings } from "./settings.ts";
import type { Step } from "./stage.ts";

/** So much of a body is shown. */
const shownMax = 1500;

export const mask = "whsec_***";

/** Hides the secret, whoever repeats it: a listener that prints it in an error, for one. */
export function withoutSecret(text: string, secret: string | null): string {
  if (secret === null) return text;
  return text.replaceAll(secret, mask).replaceAll(secret.replace(/^whsec_/, ""), "***");
}

/** A body as people read it: its beginning, if it is long. */
export function bodyShown(body: string | Buffer): string {
  const text = body.toString();
  return text.length <= shownMax
    ? text
    : `${text.slice(0, shownMax)}… (${text.length.toLocaleString("en")} characters)`;
}

export function reportAsJson(settings: Settings, { startedAt, tookMs, outcomes, score }: Report): object {
  const { url, market, calls, chance, webhook, many, secret } = settings;
  const report = {
    listener: url,
    protocol: "openapi-v2",
    market,
    calls,
    seed: chance.seed,
    signed: webhook !== null,
    many,
    pesarail: version,
    startedAt: startedAt.toISOString(),
    tookMs,
    score: {
      points: score.points,
      grade: score.grade,
      because: score.because,
      observable: score.observable,
      passed: score.counts.passed,
      warnings: score.counts.warning,
      failed: score.counts.failed,
      notObservable: score.counts["not observable"],
      notApplicable: score.counts["not applicable"],
    },
    cases: outcomes.map(caseAsJson),
  };
  return JSON.parse(withoutSecret(JSON.stringify(report), secret)) as object;
}

function caseAsJson(outcome: Outcome): object {
  const { name, group, does, harm, expects, verdict, says, wants, otherwise, mend, evidence } = outcome;
  return {
    name,
    group,
    verdict,
    says,
    ...(wants === undefined ? {} : { wants }),
    harm,
    does,
    expects,
    inProduction: otherwise,
    whatToDo: mend,
    evidence: evidence.map(stepAsJson),
  };
}

function stepAsJson(step: Step): object {
  if (step.kind === "note") return { note: step.says };
  if (step.kind === "record") return { records: step.of, say: step.says };
  return { message: step.of, ...exchangeAsJson(step.exchange) };
}

function exchangeAsJson(exchange: Exchange): object {
  const { at, method, headers, body, manner, status, tookMs, answer, failure, flag } = exchange;
  return {
    at: at.toISOString(),
    ...(manner === "" ? {} : { manner }),
    sent: { method, headers, body: bodyShown(body) },
    answered: status === null ? null : { status, body: bodyShown(answer) },
    tookMs,
    failure,
    flag,
  };
}
