/** How `listen` prints a delivery: a line of text or a JSON object. */
import type { ControlResult } from "../../../api/control/client.ts";
import { sanitizeText } from "../../../core/sanitize-text.ts";
import { commandPrefix } from "../../terminal/usage.ts";
import { style, styledSymbol } from "../../terminal/styles.ts";

/** A delivery as the control API returns it. */
export type ForwardedDelivery = ControlResult<"POST /applications/{id}/relay/collect">["deliveries"][number];

/** The control API's response after an attempt was recorded. */
type RecordedAttempt = ControlResult<"POST /applications/{id}/relay/record">;

export interface ForwardResult {
  readonly delivery: ForwardedDelivery;
  readonly httpStatus: number | null;
  readonly tookMs: number;
  /** Null if the server did not record the attempt; it will return the delivery again. */
  readonly recorded: RecordedAttempt | null;
  /** Why the attempt was not recorded. */
  readonly unrecordedReason: string | null;
}

/** One line of JSON. */
export function toJson({ delivery, ...result }: ForwardResult, targetUrl: string, at: Date): string {
  const { market, transactionId, conversationId, attempt, url, body } = delivery;
  const { reference, code } = extractResultFields(body);
  const { httpStatus, tookMs, recorded, unrecordedReason } = result;
  return JSON.stringify({
    at: at.toISOString(),
    market,
    transactionId,
    conversationId,
    reference,
    code,
    attempt,
    url,
    to: targetUrl,
    httpStatus,
    tookMs,
    outcome: recorded?.outcome ?? "unrecorded",
    failure: recorded === null ? unrecordedReason : recorded.failure,
    flag: recorded?.flag ?? null,
    nextAt: recorded?.nextAt ?? null,
    body: parseJson(body),
  });
}

/** Formats lines in columns. Columns grow with the printed values, to keep the lines aligned. */
export class LineFormatter {
  readonly #to: string;
  #referenceWidth = 8;

  constructor(to: string) {
    const { pathname, search } = new URL(to);
    this.#to = pathname + search;
  }

  format({ delivery, httpStatus, tookMs, recorded, unrecordedReason }: ForwardResult, at: Date): string {
    const { reference, code } = extractResultFields(delivery.body);
    const name = toPlainText(reference ?? "-");
    this.#referenceWidth = Math.max(this.#referenceWidth, Math.min(name.length, 32));
    const good = recorded?.outcome === "delivered" || recorded?.outcome === "delivered_with_warning";
    const kind = recorded?.outcome === "delivered" ? "good" : good || recorded === null ? "warn" : "bad";
    const status = httpStatus === null ? "no response" : httpStatus.toString();
    const parts = [
      `${styledSymbol(kind)} ${style("quiet", at.toTimeString().slice(0, 8))}`,
      delivery.market.padEnd(11),
      delivery.transactionId.padEnd(12),
      name.padEnd(this.#referenceWidth),
      style("strong", toPlainText(code ?? "-").padEnd(6)),
      `${this.#to} → ${style(kind, status)}`,
      style("quiet", `${tookMs} ms`),
      ...this.#notes(delivery, httpStatus, recorded, unrecordedReason),
    ];
    return parts.join("  ");
  }

  #notes(
    { attempt, url, market, transactionId }: ForwardedDelivery,
    httpStatus: number | null,
    recorded: RecordedAttempt | null,
    unrecordedReason: string | null,
  ): string[] {
    const notes: string[] = [];
    if (recorded === null) notes.push(style("warn", unrecordedReason ?? ""));
    // The HTTP status is printed already, so a failure that only repeats it is omitted.
    const failure = recorded?.failure ?? null;
    if (failure !== null && failure !== `It answered ${httpStatus}.`)
      notes.push(style("bad", toPlainText(failure)));
    const flag = recorded?.flag ?? null;
    if (flag !== null) notes.push(style("warn", toPlainText(flag)));
    const next = recorded?.nextInSeconds ?? null;
    if (next !== null) notes.push(`next attempt in ${formatDuration(next)}`);
    if (recorded?.outcome === "dead_lettered") {
      const resend = `${commandPrefix} deliveries resend ${transactionId} --market ${market} --environment sandbox`;
      notes.push(`This was the last attempt. To send it again: ${style("hint", resend)}`);
    }
    if (attempt > 1) notes.push(style("quiet", `attempt ${attempt}`));
    if (url !== null) notes.push(style("quiet", `instead of ${toPlainText(url)}`));
    return notes;
  }
}

/** The reference and the code of a result, whatever the operation. */
function extractResultFields(body: string): { reference: string | null; code: string | null } {
  const fields = parseJson(body) as Readonly<Record<string, unknown>> | null;
  const text = (name: string): string | null => {
    const value = fields?.[name];
    return typeof value === "string" ? value : null;
  };
  return {
    reference: text("input_ThirdPartyConversationID"),
    code: text("input_ResultCode") ?? text("input_ResponseCode"),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** One line without control characters: the text comes from outside, and a terminal would obey them. */
const toPlainText = (text: string): string => sanitizeText(text).replaceAll(/\s+/g, " ");

function formatDuration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
