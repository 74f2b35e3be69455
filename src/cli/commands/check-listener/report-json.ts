/** The JSON report: everything that is known, except secrets. */
import { version } from "../../../core/version.ts";
import type { Exchange } from "../../../listener-check/exchange.ts";
import type { CaseOutcome, Report } from "../../../listener-check/run-checks.ts";
import type { CheckSettings } from "../../../listener-check/settings.ts";
import type { Step } from "../../../listener-check/scenario-runner.ts";

/** Maximum length of a body in reports. */
const maxBodyLength = 1500;

export const mask = "whsec_***";

/** Masks the secret wherever it occurs, for example in an error message that the listener returns. */
export function redactSecret(text: string, secret: string | null): string {
  if (secret === null) return text;
  return text.replaceAll(secret, mask).replaceAll(secret.replace(/^whsec_/, ""), "***");
}

/** The beginning of a long body, or the whole of a short one. */
export function truncateBody(body: string | Buffer): string {
  const text = body.toString();
  return text.length <= maxBodyLength
    ? text
    : `${text.slice(0, maxBodyLength)}… (${text.length.toLocaleString("en")} characters)`;
}

export function toJsonReport(
  settings: CheckSettings,
  { startedAt, tookMs, outcomes, score }: Report,
): object {
  const { url, checks, market, calls, random, webhook, batchSize: many, secret } = settings;
  const report = {
    listener: url,
    protocol: checks.protocol,
    market,
    calls,
    seed: random.seed,
    signed: webhook !== null,
    many,
    pesarail: version,
    startedAt: startedAt.toISOString(),
    tookMs,
    score: {
      points: score.points,
      grade: score.grade,
      because: score.reason,
      observable: score.observable,
      passed: score.counts.passed,
      warnings: score.counts.warning,
      failed: score.counts.failed,
      notObservable: score.counts["not observable"],
      notApplicable: score.counts["not applicable"],
    },
    cases: outcomes.map(toJsonCase),
  };
  return JSON.parse(redactSecret(JSON.stringify(report), secret)) as object;
}

function toJsonCase(outcome: CaseOutcome): object {
  const {
    name,
    group,
    description,
    severity: harm,
    expects,
    verdict,
    message,
    neededOption: wants,
    consequence,
    fix,
    evidence,
  } = outcome;
  return {
    name,
    group,
    verdict,
    says: message,
    ...(wants === undefined ? {} : { wants }),
    harm,
    does: description,
    expects,
    inProduction: consequence,
    whatToDo: fix,
    evidence: evidence.map(toJsonStep),
  };
}

function toJsonStep(step: Step): object {
  if (step.kind === "note") return { note: step.text };
  if (step.kind === "record") return { records: step.of, say: step.text };
  return { message: step.of, ...toJsonExchange(step.exchange) };
}

function toJsonExchange(exchange: Exchange): object {
  const {
    at,
    method,
    headers,
    body,
    manner,
    status,
    tookMs,
    responseBody,
    failure,
    warning: flag,
  } = exchange;
  return {
    at: at.toISOString(),
    ...(manner === "" ? {} : { manner }),
    sent: { method, headers, body: truncateBody(body) },
    answered: status === null ? null : { status, body: truncateBody(responseBody) },
    tookMs,
    failure,
    flag,
  };
}
