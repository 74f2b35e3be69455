/** A case in detail, as lines of text: what was expected, what happened, and the consequence in production. */
import { severities } from "../../../listener-check/case.ts";
import { describeExchange, type Exchange } from "../../../listener-check/exchange.ts";
import type { CaseOutcome } from "../../../listener-check/run-checks.ts";
import { truncateBody } from "./report-json.ts";
import type { Step } from "../../../listener-check/scenario-runner.ts";

/** Maximum number of steps to print. The JSON report contains all recorded steps. */
const maxSteps = 16;

const labelWidth = 15;

export function formatEvidence(outcome: CaseOutcome, width = Infinity): string[] {
  const { description, expects, severity, consequence, fix, evidence } = outcome;
  const sections: readonly (readonly [string, string])[] = [
    ["What was done", description],
    ["Expected", expects],
    ["In production", `${consequence} (It ${severities[severity].description}.)`],
    ["What to do", fix],
  ];
  return [
    ...sections.flatMap(([name, text]) => formatLabelled(name, text, width)),
    ...formatSteps(evidence, width),
  ];
}

function formatSteps(steps: readonly Step[], width: number): string[] {
  const lines: string[] = [];
  let printedSteps = 0;
  let previous: Exchange | null = null;
  for (const step of steps) {
    if (printedSteps === maxSteps) break;
    printedSteps += 1;
    if (step.kind === "exchange") {
      lines.push(...formatExchange(step.of, step.exchange, previous, width));
      previous = step.exchange;
    } else {
      const text = step.kind === "record" ? `${step.of}: ${step.text}` : step.text;
      lines.push(...formatLabelled(step.kind === "record" ? "Records" : "Note", text, width));
    }
  }
  const remaining = steps.length - printedSteps;
  return remaining === 0
    ? lines
    : [...lines, ...formatLabelled("", `… and ${remaining} more steps: see --json.`, width)];
}

/** A repeated request is printed only once. */
function formatExchange(of: string, exchange: Exchange, previous: Exchange | null, width: number): string[] {
  const { method, headers, body, manner, responseBody } = exchange;
  const mannerText = manner === "" ? "" : `, ${manner}`;
  const isRepeat = previous?.body === body && previous.headers["webhook-id"] === headers["webhook-id"];
  if (isRepeat && manner === previous.manner && responseBody === previous.responseBody)
    return formatLabelled("Sent again", `${of}: ${describeExchange(exchange)}`, width);
  const signature = Object.entries(headers).filter(([name]) => name.startsWith("webhook-"));
  return [
    ...formatLabelled("Sent", `${of}: ${method}${mannerText}`, width),
    ...signature.flatMap(([name, value]) => formatLabelled("", `${name}: ${value}`, width)),
    ...formatLabelled("", truncateBody(body).slice(0, 600), width),
    ...formatLabelled("Answer", describeExchange(exchange), width),
    ...(responseBody.trim() === "" ? [] : formatLabelled("", responseBody.trim().slice(0, 400), width)),
  ];
}

/** Formats a label and its text in two columns. */
export function formatLabelled(name: string, text: string, width: number): string[] {
  return wrapLines(text, width - labelWidth).map(
    (line, i) => (i === 0 ? name : "").padEnd(labelWidth) + line,
  );
}

/** Wraps lines at spaces, at commas in JSON, and where there is neither. */
export function wrapLines(text: string, width: number): string[] {
  if (width === Infinity) return text.split("\n");
  return text.split("\n").flatMap((line) => {
    const lines: string[] = [];
    let remaining = line;
    while (remaining.length > width) {
      const at = findBreak(remaining, width);
      lines.push(remaining.slice(0, at));
      remaining = remaining.slice(at).trimStart();
    }
    return [...lines, remaining];
  });
}

function findBreak(line: string, width: number): number {
  const comma = line.lastIndexOf(',"', width - 1) + 1;
  const space = line.lastIndexOf(" ", width);
  const best = comma > 1 ? comma : space;
  return best > width / 3 ? best : width;
}
