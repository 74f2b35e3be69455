/** Telling one message once: rendered, signed, sent, and judged. */
import type { Clock } from "../clock.ts";
import type { Id, WireNames } from "../ids.ts";
import type { AttemptRow } from "../store/delivery-attempts.ts";
import type { ClaimedDelivery } from "../store/deliveries.ts";
import type { Answered, Caller } from "./call.ts";
import type { Message, Rendered } from "./message.ts";
import { render, type Renderers } from "./messages.ts";
import type { Outcome } from "./recording.ts";
import { nextAttemptAt } from "./schedule.ts";
import type { Signer } from "./signing.ts";

export interface TellDeps {
  readonly clock: Clock;
  readonly wire: WireNames;
  readonly newId: () => Id;
  readonly renderers: Renderers;
  readonly signer: Signer;
  readonly caller: Caller;
  readonly agent: string;
  readonly random: () => number;
  readonly onTrouble: (what: string, error: unknown) => void;
}

/** So much of an answer is kept for people to read. */
const keptCharacters = 4096;

/** What came of it, or null when it was broken off and says nothing. Rejects when it could not be signed. */
export async function tell(
  deps: TellDeps,
  delivery: ClaimedDelivery,
  message: Message,
  stop: AbortSignal,
): Promise<Outcome | null> {
  const at = new Date();
  const rendered = renderedOrNull(deps, message);
  const answered =
    rendered === null ? notSayable : await deps.caller.call(await requestOf(deps, message, rendered), stop);
  if (answered.brokenOff) return null;

  const attempt = delivery.attempts + 1;
  const businessAt = deps.clock.now();
  const { failure } = answered;
  const nextAt =
    failure === null ? null : nextAttemptAt(attempt, businessAt, deps.random(), answered.retryAfterMs);
  const row: AttemptRow = {
    id: deps.newId(),
    paymentId: message.id,
    applicationId: message.applicationId,
    at,
    businessAt: new Date(businessAt),
    attempt,
    url: message.url,
    httpStatus: answered.httpStatus,
    tookMs: answered.tookMs,
    answer: withoutNumbers(answered.answer).slice(0, keptCharacters),
    failure,
    flag: failure === null ? (answered.flag ?? rendered?.oddity(answered.answer) ?? null) : null,
  };
  return { leased: delivery, attempt: row, nextAt };
}

/** A message that its protocol cannot put into words is a fault of ours; its schedule gives us time to mend it. */
function renderedOrNull({ renderers, onTrouble }: TellDeps, message: Message): Rendered | null {
  try {
    return render(renderers, message);
  } catch (error) {
    onTrouble("putting a callback into words", error);
    return null;
  }
}

const notSayable: Answered = {
  httpStatus: null,
  tookMs: 0,
  answer: "",
  failure: "It could not be put into words, which is a fault of ours.",
  flag: null,
  retryAfterMs: null,
  brokenOff: false,
};

async function requestOf({ signer, wire, agent }: TellDeps, message: Message, { body }: Rendered) {
  const { protocol, url } = message;
  return { protocol, url, body, headers: await callbackHeaders({ signer, wire, agent }, message, body) };
}

/** The headers of a message, as if it were sent now. */
export async function callbackHeaders(
  { signer, wire, agent }: Pick<TellDeps, "signer" | "wire" | "agent">,
  { id, applicationId }: Pick<Message, "id" | "applicationId">,
  body: string,
): Promise<Record<string, string>> {
  return {
    "content-type": "application/json",
    accept: "application/json",
    "user-agent": agent,
    ...(await signer.headers(applicationId, `msg_${wire.conversationId(id)}`, body)),
  };
}

/** Hides what may be a customer's number: what a listener answers is not ours to spread. */
const withoutNumbers = (text: string): string =>
  text.replaceAll(
    /(?<![0-9A-Za-z])\d{11,14}(?![0-9A-Za-z])/g,
    (digits) => digits.slice(0, 4) + "*".repeat(digits.length - 8) + digits.slice(-4),
  );
