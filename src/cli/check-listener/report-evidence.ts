/** A case in full, as lines of text: the promise, what was seen, and what it does in production. */
import { harms } from "./case.ts";
import { inWords, type Exchange } from "./exchange.ts";
import type { Outcome } from "./play.ts";
import { bodyShown } from "./report-json.ts";
import type { Step } from "./stage.ts";

/** So many steps of a case are shown; the report as JSON has all that were kept. */
const stepsShown = 16;

const column = 15;

export function evidenceAsText(outcome: Outcome, width = Infinity): string[] {
  const { does, expects, harm, otherwise, mend, evidence } = outcome;
  const said: readonly (readonly [string, string])[] = [
    ["What was done", does],
    ["Expected", expects],
    ["In production", `${otherwise} (It ${harms[harm].means}.)`],
    ["What to do", mend],
  ];
  return [...said.flatMap(([name, text]) => beside(name, text, width)), ...stepsAsText(evidence, width)];
}

function stepsAsText(steps: readonly Step[], width: number): string[] {
  const lines: string[] = [];
  let shown = 0;
  let before: Exchange | null = null;
  for (const step of steps) {
    if (shown === stepsShown) break;
    shown += 1;
    if (step.kind === "exchange") {
      lines.push(...exchangeAsText(step.of, step.exchange, before, width));
      before = step.exchange;
    } else {
      const says = step.kind === "record" ? `${step.of}: ${step.says}` : step.says;
      lines.push(...beside(step.kind === "record" ? "Records" : "Note", says, width));
    }
  }
  const left = steps.length - shown;
  return left === 0 ? lines : [...lines, ...beside("", `… and ${left} steps more: --json has them.`, width)];
}

/** What is sent a second time is not shown a second time. */
function exchangeAsText(of: string, exchange: Exchange, before: Exchange | null, width: number): string[] {
  const { method, headers, body, manner, answer } = exchange;
  const how = manner === "" ? "" : `, ${manner}`;
  const again = before?.body === body && before.headers["webhook-id"] === headers["webhook-id"];
  if (again && manner === before.manner && answer === before.answer)
    return beside("Sent again", `${of}: ${inWords(exchange)}`, width);
  const signature = Object.entries(headers).filter(([name]) => name.startsWith("webhook-"));
  return [
    ...beside("Sent", `${of}: ${method}${how}`, width),
    ...signature.flatMap(([name, value]) => beside("", `${name}: ${value}`, width)),
    ...beside("", bodyShown(body).slice(0, 600), width),
    ...beside("Answer", inWords(exchange), width),
    ...(answer.trim() === "" ? [] : beside("", answer.trim().slice(0, 400), width)),
  ];
}

/** A name in its column and a text beside it, in lines that are no wider than there is room. */
export function beside(name: string, text: string, width: number): string[] {
  return wrapped(text, width - column).map((line, i) => (i === 0 ? name : "").padEnd(column) + line);
}

/** Lines of a text, broken at spaces, at commas in JSON, and where there is neither. */
export function wrapped(text: string, width: number): string[] {
  if (width === Infinity) return text.split("\n");
  return text.split("\n").flatMap((line) => {
    const lines: string[] = [];
    let rest = line;
    while (rest.length > width) {
      const at = breakAt(rest, width);
      lines.push(rest.slice(0, at));
      rest = rest.slice(at).trimStart();
    }
    return [...lines, rest];
  });
}

function breakAt(line: string, width: number): number {
  const comma = line.lastIndexOf(',"', width - 1) + 1;
  const space = line.lastIndexOf(" ", width);
  const best = comma > 1 ? comma : space;
  return best > width / 3 ? best : width;
}
