/** Telling one message once: rendered, signed, sent, and judged. */
import type { Clock } from "../clock.ts";
import type { Id, WireNames } from "../ids.ts";
import type { AttemptRow } from "../store/delivery-attempts.ts";
import type { ClaimedDelivery } from "../store/deliveries.ts";
import type { Answered, Call, Caller } from "./call.ts";
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

export interface Told extends Outcome {
  /** It failed by a fault of ours, and says nothing about its listener. */
  readonly ours: boolean;
}

/** What came of it, or null when it was broken off and says nothing. Never rejects. */
export async function tell(
  deps: TellDeps,
  delivery: ClaimedDelivery,
  message: Message,
  stop: AbortSignal,
): Promise<Told | null> {
  const at = new Date();
  const ready = await prepare(deps, message);
  if ("fault" in ready) return outcomeOf(deps, delivery, message, at, ready.fault);
  const answered = await deps.caller.call(ready.request, stop);
  if (answered.brokenOff) return null;
  return outcomeOf(
    deps,
    delivery,
    message,
    at,
    judged(deps, () => ready.rendered, answered),
  );
}

/** What an attempt at a delivery comes to: what is written down of it, and when it is tried again. */
export function outcomeOf(
  deps: Pick<TellDeps, "clock" | "newId" | "random">,
  delivery: ClaimedDelivery,
  message: Message,
  at: Date,
  { answered, flag, ours }: Came,
): Told {
  const attempt = delivery.attempts + 1;
  const businessAt = deps.clock.now();
  const told = answered.failure === null;
  const nextAt = told ? null : nextAttemptAt(attempt, businessAt, deps.random(), answered.retryAfterMs);
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
    failure: answered.failure === null ? null : withoutNumbers(answered.failure),
    flag: told ? flag : null,
  };
  return { leased: delivery, attempt: row, told, nextAt, ours };
}

/** A delivery whose message is gone: nobody can be told, and its schedule brings it before a person. */
export function lostMessage(
  deps: Pick<TellDeps, "clock" | "random" | "onTrouble">,
  delivery: ClaimedDelivery,
): Told {
  deps.onTrouble("telling a listener", new Error(`delivery ${delivery.paymentId} has no outbox row`));
  const nextAt = nextAttemptAt(delivery.attempts + 1, deps.clock.now(), deps.random(), null);
  return { leased: delivery, attempt: null, told: false, nextAt, ours: true };
}

/** What came of an attempt. */
export interface Came {
  readonly answered: Answered;
  readonly flag: string | null;
  readonly ours: boolean;
}

type Ready = { readonly rendered: Rendered; readonly request: Call } | { readonly fault: Came };

/**
 * A message as it is sent now. What cannot be put into words or signed is a fault of ours, and an attempt like
 * others: its schedule gives us time to mend it.
 */
export async function prepare(
  deps: Pick<TellDeps, "renderers" | "signer" | "wire" | "agent" | "onTrouble">,
  message: Message,
): Promise<Ready> {
  let doing = "put into words";
  try {
    const rendered = render(deps.renderers, message);
    doing = "signed";
    return { rendered, request: await requestOf(deps, message, rendered) };
  } catch (error) {
    deps.onTrouble(`a callback could not be ${doing}`, error);
    const failure = `It could not be ${doing}, which is a fault of ours.`;
    return { fault: { answered: { ...noAnswer, failure }, flag: null, ours: true } };
  }
}

/** A listener's answer, with what is odd about it. */
export function judged(
  deps: Pick<TellDeps, "onTrouble">,
  rendered: () => Rendered,
  answered: Answered,
): Came {
  return { answered, flag: answered.flag ?? oddityOf(deps, rendered, answered), ours: false };
}

/** An acknowledgement stays one, whatever we can make of it. */
function oddityOf(
  { onTrouble }: Pick<TellDeps, "onTrouble">,
  rendered: () => Rendered,
  { answer }: Answered,
): string | null {
  try {
    return rendered().oddity(answer);
  } catch (error) {
    onTrouble("judging a listener's answer", error);
    return "What it answered could not be judged, which is a fault of ours.";
  }
}

const noAnswer: Answered = {
  httpStatus: null,
  tookMs: 0,
  answer: "",
  failure: null,
  flag: null,
  retryAfterMs: null,
  brokenOff: false,
};

async function requestOf(
  { signer, wire, agent }: Pick<TellDeps, "signer" | "wire" | "agent">,
  message: Message,
  { body }: Rendered,
): Promise<Call> {
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
