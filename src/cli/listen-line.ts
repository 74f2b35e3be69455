/** What `listen` prints of a delivery: a line for people, or an object for programs. */
import { readable } from "../callbacks/call.ts";
import { called } from "./called.ts";
import { paint, sign } from "./terminal.ts";

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
export interface Recorded {
  readonly outcome: "told" | "flagged" | "failed" | "parked";
  readonly failure: string | null;
  readonly flag: string | null;
  readonly nextAt: string | null;
  readonly nextInSeconds: number | null;
}

export interface Done {
  readonly delivery: Delivery;
  readonly httpStatus: number | null;
  readonly tookMs: number;
  /** Null where the server did not learn of it: it hands the delivery out again. */
  readonly recorded: Recorded | null;
  /** Why, in a sentence. */
  readonly unrecorded: string | null;
}

/** For programs, in one line. */
export function asJson({ delivery, ...done }: Done, to: string, at: Date): string {
  const { market, transactionId, conversationId, attempt, url, body } = delivery;
  const { reference, code } = factsIn(body);
  const { httpStatus, tookMs, recorded, unrecorded } = done;
  return JSON.stringify({
    at: at.toISOString(),
    market,
    transactionId,
    conversationId,
    reference,
    code,
    attempt,
    url,
    to,
    httpStatus,
    tookMs,
    outcome: recorded?.outcome ?? "unrecorded",
    failure: recorded === null ? unrecorded : recorded.failure,
    flag: recorded?.flag ?? null,
    nextAt: recorded?.nextAt ?? null,
    body: parsed(body),
  });
}

/** Columns that grow with what was printed in them, so that lines stand below one another. */
export class Lines {
  readonly #to: string;
  #referenceWidth = 8;

  constructor(to: string) {
    const { pathname, search } = new URL(to);
    this.#to = pathname + search;
  }

  of({ delivery, httpStatus, tookMs, recorded, unrecorded }: Done, at: Date): string {
    const { reference, code } = factsIn(delivery.body);
    const name = plain(reference ?? "-");
    this.#referenceWidth = Math.max(this.#referenceWidth, Math.min(name.length, 32));
    const good = recorded?.outcome === "told" || recorded?.outcome === "flagged";
    const kind = recorded?.outcome === "told" ? "good" : good || recorded === null ? "warn" : "bad";
    const status = httpStatus === null ? "no answer" : httpStatus.toString();
    const parts = [
      `${sign(kind)} ${paint("quiet", at.toTimeString().slice(0, 8))}`,
      delivery.market.padEnd(11),
      delivery.transactionId.padEnd(12),
      name.padEnd(this.#referenceWidth),
      paint("strong", plain(code ?? "-").padEnd(6)),
      `${this.#to} → ${paint(kind, status)}`,
      paint("quiet", `${tookMs} ms`),
      ...this.#notes(delivery, httpStatus, recorded, unrecorded),
    ];
    return parts.join("  ");
  }

  #notes(
    { attempt, url, market, transactionId }: Delivery,
    httpStatus: number | null,
    recorded: Recorded | null,
    unrecorded: string | null,
  ): string[] {
    const notes: string[] = [];
    if (recorded === null) notes.push(paint("warn", unrecorded ?? ""));
    // A status says it already, unless there is more to say of it.
    const failure = recorded?.failure ?? null;
    if (failure !== null && failure !== `It answered ${httpStatus}.`)
      notes.push(paint("bad", plain(failure)));
    const flag = recorded?.flag ?? null;
    if (flag !== null) notes.push(paint("warn", plain(flag)));
    const next = recorded?.nextInSeconds ?? null;
    if (next !== null) notes.push(`again in ${inWords(next)}`);
    if (recorded?.outcome === "parked") {
      const resend = `${called} deliveries resend ${transactionId} --market ${market} --environment sandbox`;
      notes.push(`It was the last attempt. To send it again: ${paint("hint", resend)}`);
    }
    if (attempt > 1) notes.push(paint("quiet", `attempt ${attempt}`));
    if (url !== null) notes.push(paint("quiet", `instead of ${plain(url)}`));
    return notes;
  }
}

/** What a person looks for in a result, whichever call it is of. */
function factsIn(body: string): { reference: string | null; code: string | null } {
  const fields = parsed(body) as Readonly<Record<string, unknown>> | null;
  const text = (name: string): string | null => {
    const value = fields?.[name];
    return typeof value === "string" ? value : null;
  };
  return {
    reference: text("input_ThirdPartyConversationID"),
    code: text("input_ResultCode") ?? text("input_ResponseCode"),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** In one line, and nothing that a terminal obeys: much of it was chosen by somebody else. */
const plain = (text: string): string => readable(text).replaceAll(/\s+/g, " ");

function inWords(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
