/**
 * Finds out how a payment ended, by asking until the platform knows.
 *
 * Asking moves nothing, so it may be done again and again; sending the payment again may not.
 */
import { TransportError } from "./errors.ts";
import type { SettleOptions } from "./requests.ts";
import type {
  Accepted,
  NotPaid,
  PaymentStatus,
  Result,
  Settled,
  Unknown,
  UnknownBecause,
} from "./results.ts";
import { milliseconds } from "./settings.ts";
import { about, sleep } from "./waiting.ts";

type Ask = (signal: AbortSignal | undefined) => Promise<Result<PaymentStatus>>;

/** Longer than the 90 s that a prompt lives on a phone. */
const patienceMsDefault = 120_000;

const firstGapMs = 500;
const longestGapMs = 10_000;

/** A request that is on its way may be overtaken by the question; after so long it has arrived or never will. */
const arrivalMs = 5_000;

/** What the wire says of payments that ended without money. Other words are taken for "still open". */
const notPaidReasons: ReadonlyMap<string, string> = new Map([
  ["Failed", "The payment failed; no money was moved."],
  ["Cancelled", "The payment was cancelled, by the customer or by whoever held it; no money was moved."],
  ["Expired", "The payment expired before it was approved or committed; no money was moved."],
]);

/** Codes of a question that may be answered when it is asked again. */
const passing: ReadonlySet<string> = new Set(["INS-1", "INS-6", "INS-9"]);

/** What the last question brought. */
type Heard = Result<PaymentStatus> | TransportError;

export async function settle(reference: string, ask: Ask, options: SettleOptions): Promise<Settled> {
  const { signal } = options;
  const patienceMs = milliseconds("patienceMs", options.patienceMs) ?? patienceMsDefault;
  // Not the machine's clock: somebody may set it meanwhile.
  const beganAt = performance.now();
  let unfoundSince: number | null = null;
  for (let asked = 1; ; asked += 1) {
    const heard = await hear(ask, signal);
    const ended = endingOf(reference, heard);
    if (ended !== null) return ended;

    const now = performance.now();
    unfoundSince = isNotFound(heard) ? (unfoundSince ?? now) : null;
    const left = beganAt + patienceMs - now;
    const neverArrived = unfoundSince !== null && now - unfoundSince >= arrivalMs;
    if (left <= 0 || neverArrived || asksInVain(heard)) return notKnown(reference, heard, asked);
    await sleep(Math.min(left, about(Math.min(firstGapMs * 2 ** (asked - 1), longestGapMs))), signal);
  }
}

/** A question that is lost is asked again. */
async function hear(ask: Ask, signal: AbortSignal | undefined): Promise<Heard> {
  try {
    return await ask(signal);
  } catch (error) {
    if (error instanceof TransportError) return error;
    throw error;
  }
}

const isNotFound = (heard: Heard): boolean => heard.outcome === "refused" && heard.code === "INS-23";

/** An application that has a listener of its own is told there what it asks, too. */
const isToldElsewhere = (heard: Heard): boolean =>
  !(heard instanceof TransportError) && heard.outcome === "unknown" && heard.why === "acknowledged";

/** The question is answered elsewhere, or refused and would be again: for a wrong shortcode, or a product not enabled. */
const asksInVain = (heard: Heard): boolean =>
  isToldElsewhere(heard) || (heard.outcome === "refused" && !isNotFound(heard) && !passing.has(heard.code));

function endingOf(reference: string, heard: Heard): Accepted<PaymentStatus> | NotPaid | null {
  if (heard.outcome !== "accepted") return null;
  if (heard.status === "Completed") {
    const reversed = heard.reversed ? " Some or all of it was reversed since." : "";
    return { ...heard, reference, reason: `The payment was completed.${reversed}` };
  }
  const reason = notPaidReasons.get(heard.status);
  if (reason === undefined) return null;
  const { status, conversationId, transactionId, httpStatus, fields } = heard;
  return {
    outcome: "refused",
    code: null,
    status,
    reason,
    advice: "Another attempt is a new payment with a new reference.",
    reference,
    conversationId,
    transactionId,
    httpStatus,
    fields,
  };
}

function notKnown(reference: string, heard: Heard, asked: number): Unknown {
  const answered = heard instanceof TransportError ? null : heard;
  return {
    outcome: "unknown",
    ...becauseOf(heard, asked === 1 ? "once" : `${asked} times`),
    code: answered?.code ?? null,
    reference,
    conversationId: answered?.conversationId ?? null,
    transactionId: answered?.transactionId ?? null,
    httpStatus: heard.httpStatus,
    fields: answered?.fields ?? null,
  };
}

function becauseOf(heard: Heard, often: string): { why: UnknownBecause; reason: string; advice: string } {
  if (heard.outcome === "accepted") {
    return {
      why: "still_open",
      reason: `The payment is still open (${heard.status}); the platform was asked ${often}.`,
      advice: "Ask again later. A reservation stays open until it is committed, released or expires.",
    };
  }
  if (isNotFound(heard)) {
    return {
      why: "not_found",
      reason: `The platform knows no payment with this reference; it was asked ${often}.`,
      advice:
        "The request never arrived, unless reference, shortcode or market are not its own. Send it again with the same reference: it pays once.",
    };
  }
  if (isToldElsewhere(heard)) {
    return {
      why: "acknowledged",
      reason: "The platform answers this application's questions to its listener, not to whoever asks.",
      advice:
        "Wait for the callback. To ask at once, take the response URL off the application, and name it in the client or the request.",
    };
  }
  const said = heard instanceof TransportError ? heard.message : heard.reason;
  return {
    why: "not_answered",
    reason: `The platform was asked ${often} how the payment ended, and did not say. The last time: ${said}`,
    advice: heard.outcome === "refused" ? heard.advice : "Ask again later.",
  };
}
