/** Telling one message once: rendered, signed, sent, and judged. */
import type { Clock } from "../core/clock.ts";
import type { Id, PublicIds } from "../core/ids.ts";
import type { AttemptRow } from "../store/rail/delivery-attempts.ts";
import type { ClaimedDelivery } from "../store/rail/deliveries.ts";
import type { WebhookResponse, WebhookRequest, WebhookClient } from "./webhook-client.ts";
import type { Message, RenderedCallback } from "./message.ts";
import { renderCallback, type CallbackRenderers } from "./stored-messages.ts";
import type { DeliveryOutcome } from "./attempt-writer.ts";
import { calculateNextAttemptAt } from "./schedule.ts";
import type { Signer } from "./signing.ts";

export interface DeliverDeps {
  readonly clock: Clock;
  readonly publicIds: PublicIds;
  readonly newId: () => Id;
  readonly renderers: CallbackRenderers;
  readonly signer: Signer;
  readonly client: WebhookClient;
  readonly userAgent: string;
  readonly random: () => number;
  readonly onError: (activity: string, error: unknown) => void;
}

/** So much of an answer is kept for people to read. */
const maxLoggedCharacters = 4096;

export interface AttemptResult extends DeliveryOutcome {
  /** It failed by a fault of ours, and says nothing about its listener. */
  readonly internalFault: boolean;
}

/** What came of it, or null when it was broken off and says nothing. Never rejects. */
export async function deliverOnce(
  deps: DeliverDeps,
  delivery: ClaimedDelivery,
  message: Message,
  abortSignal: AbortSignal,
): Promise<AttemptResult | null> {
  const at = new Date();
  const prepared = await prepareRequest(deps, message);
  if ("fault" in prepared) return toAttempt(deps, delivery, message, at, prepared.fault);
  const response = await deps.client.send(prepared.request, abortSignal);
  if (response.aborted) return null;
  return toAttempt(
    deps,
    delivery,
    message,
    at,
    classifyResponse(deps, () => prepared.rendered, response),
  );
}

/** What an attempt at a delivery comes to: what is written down of it, and when it is tried again. */
export function toAttempt(
  deps: Pick<DeliverDeps, "clock" | "newId" | "random">,
  delivery: ClaimedDelivery,
  message: Message,
  at: Date,
  { response, warning, internalFault }: AttemptVerdict,
): AttemptResult {
  const attempt = delivery.attempts + 1;
  const businessAt = deps.clock.now();
  const delivered = response.failure === null;
  const nextAt = delivered
    ? null
    : calculateNextAttemptAt(attempt, businessAt, deps.random(), response.retryAfterMs);
  const row: AttemptRow = {
    id: deps.newId(),
    paymentId: message.id,
    applicationId: message.applicationId,
    at,
    businessAt: new Date(businessAt),
    attempt,
    url: message.url,
    httpStatus: response.httpStatus,
    durationMs: response.durationMs,
    responseBody: maskMsisdns(response.body).slice(0, maxLoggedCharacters),
    failure: response.failure === null ? null : maskMsisdns(response.failure),
    warning: delivered ? warning : null,
  };
  return { delivery, attempt: row, delivered, nextAt, internalFault };
}

/** A delivery whose message is gone: nobody can be told, and its schedule brings it before a person. */
export function missingMessageAttempt(
  deps: Pick<DeliverDeps, "clock" | "random" | "onError">,
  delivery: ClaimedDelivery,
): AttemptResult {
  deps.onError("telling a listener", new Error(`delivery ${delivery.paymentId} has no outbox row`));
  const nextAt = calculateNextAttemptAt(delivery.attempts + 1, deps.clock.now(), deps.random(), null);
  return { delivery, attempt: null, delivered: false, nextAt, internalFault: true };
}

/** What came of an attempt. */
export interface AttemptVerdict {
  readonly response: WebhookResponse;
  readonly warning: string | null;
  readonly internalFault: boolean;
}

type PreparedRequest =
  | { readonly rendered: RenderedCallback; readonly request: WebhookRequest }
  | { readonly fault: AttemptVerdict };

/**
 * A message as it is sent now. What cannot be put into words or signed is a fault of ours, and an attempt like
 * others: its schedule gives us time to mend it.
 */
export async function prepareRequest(
  deps: Pick<DeliverDeps, "renderers" | "signer" | "publicIds" | "userAgent" | "onError">,
  message: Message,
): Promise<PreparedRequest> {
  let step = "put into words";
  try {
    const rendered = renderCallback(deps.renderers, message);
    step = "signed";
    return { rendered, request: await buildRequest(deps, message, rendered) };
  } catch (error) {
    deps.onError(`a callback could not be ${step}`, error);
    const failure = `It could not be ${step}, which is a fault of ours.`;
    return { fault: { response: { ...noResponse, failure }, warning: null, internalFault: true } };
  }
}

/** A listener's answer, with what is odd about it. */
export function classifyResponse(
  deps: Pick<DeliverDeps, "onError">,
  rendered: () => RenderedCallback,
  response: WebhookResponse,
): AttemptVerdict {
  return {
    response,
    warning: response.warning ?? checkAcknowledgement(deps, rendered, response),
    internalFault: false,
  };
}

/** An acknowledgement stays one, whatever we can make of it. */
function checkAcknowledgement(
  { onError }: Pick<DeliverDeps, "onError">,
  rendered: () => RenderedCallback,
  { body }: WebhookResponse,
): string | null {
  try {
    return rendered().checkAcknowledgement(body);
  } catch (error) {
    onError("judging a listener's answer", error);
    return "What it answered could not be judged, which is a fault of ours.";
  }
}

const noResponse: WebhookResponse = {
  httpStatus: null,
  durationMs: 0,
  body: "",
  failure: null,
  warning: null,
  retryAfterMs: null,
  aborted: false,
};

async function buildRequest(
  { signer, publicIds, userAgent }: Pick<DeliverDeps, "signer" | "publicIds" | "userAgent">,
  message: Message,
  { body }: RenderedCallback,
): Promise<WebhookRequest> {
  const { protocol, url } = message;
  return {
    protocol,
    url,
    body,
    headers: await buildCallbackHeaders({ signer, publicIds, userAgent }, message, body),
  };
}

/** The headers of a message, as if it were sent now. */
export async function buildCallbackHeaders(
  { signer, publicIds, userAgent }: Pick<DeliverDeps, "signer" | "publicIds" | "userAgent">,
  { id, applicationId }: Pick<Message, "id" | "applicationId">,
  body: string,
): Promise<Record<string, string>> {
  return {
    "content-type": "application/json",
    accept: "application/json",
    "user-agent": userAgent,
    ...(await signer.sign(applicationId, `msg_${publicIds.conversationId(id)}`, body)),
  };
}

/** Hides what may be a customer's number: what a listener answers is not ours to spread. */
const maskMsisdns = (text: string): string =>
  text.replaceAll(
    /(?<![0-9A-Za-z])\d{11,14}(?![0-9A-Za-z])/g,
    (digits) => digits.slice(0, 4) + "*".repeat(digits.length - 8) + digits.slice(-4),
  );
