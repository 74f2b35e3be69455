/** What `listen` prints of a delivery: a line for people, or an object for programs. */
import { sanitizeText } from "../../../callbacks/webhook-client.ts";
import { commandPrefix } from "../../terminal/usage.ts";
import { style, styledSymbol } from "../../terminal/styles.ts";

/** A delivery as the control API hands it out. */
export interface Delivery {
  readonly market: string;
  readonly transactionId: string;
  readonly conversationId: string;
  readonly attempt: number;
  readonly url: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly receipt: string;
}

/** What the control API says that came of it. */
export interface RecordedAttempt {
  readonly outcome: "delivered" | "delivered_with_warning" | "failed" | "dead_lettered";
  readonly failure: string | null;
  readonly flag: string | null;
  readonly nextAt: string | null;
  readonly nextInSeconds: number | null;
}

export interface ForwardResult {
  readonly delivery: Delivery;
  readonly httpStatus: number | null;
  readonly tookMs: number;
  /** Null where the server did not learn of it: it hands the delivery out again. */
  readonly recorded: RecordedAttempt | null;
  /** Why, in a sentence. */
  readonly unrecordedReason: string | null;
}

/** For programs, in one line. */
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

/** Columns that grow with what was printed in them, so that lines stand below one another. */
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
    const status = httpStatus === null ? "no answer" : httpStatus.toString();
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
    { attempt, url, market, transactionId }: Delivery,
    httpStatus: number | null,
    recorded: RecordedAttempt | null,
    unrecordedReason: string | null,
  ): string[] {
    const notes: string[] = [];
    if (recorded === null) notes.push(style("warn", unrecordedReason ?? ""));
    // A status says it already, unless there is more to say of it.
    const failure = recorded?.failure ?? null;
    if (failure !== null && failure !== `It answered ${httpStatus}.`)
      notes.push(style("bad", toPlainText(failure)));
    const flag = recorded?.flag ?? null;
    if (flag !== null) notes.push(style("warn", toPlainText(flag)));
    const next = recorded?.nextInSeconds ?? null;
    if (next !== null) notes.push(`again in ${formatDuration(next)}`);
    if (recorded?.outcome === "dead_lettered") {
      const resend = `${commandPrefix} deliveries resend ${transactionId} --market ${market} --environment sandbox`;
      notes.push(`It was the last attempt. To send it again: ${style("hint", resend)}`);
    }
    if (attempt > 1) notes.push(style("quiet", `attempt ${attempt}`));
    if (url !== null) notes.push(style("quiet", `instead of ${toPlainText(url)}`));
    return notes;
  }
}

/** What a person looks for in a result, whichever call it is of. */
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

/** In one line, and nothing that a terminal obeys: much of it was chosen by somebody else. */
const toPlainText = (text: string): string => sanitizeText(text).replaceAll(/\s+/g, " ");

function formatDuration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
