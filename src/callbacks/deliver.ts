/** Telling one message once: rendered, signed, sent, and judged. */
import type { Clock } from "../core/clock.ts";
import type { Environment } from "../core/money.ts";
import type { Id, PublicIds } from "../core/ids.ts";
import type { AttemptRow } from "../store/rail/delivery-attempts.ts";
import type { ClaimedDelivery } from "../store/rail/deliveries.ts";
import type { WebhookResponse, WebhookRequest, WebhookClient } from "./webhook-client.ts";
import type { CallbackRules, Notification, RenderedNotification } from "./notification.ts";
import type { CallbackProtocols } from "./notification.ts";
import { renderNotification } from "./stored-notifications.ts";
import type { DeliveryOutcome } from "./attempt-writer.ts";
import { calculateNextAttemptAt, standardRetryDelaysMs } from "./schedule.ts";
import type { Signer } from "./signing.ts";

export interface DeliverDeps {
  readonly clock: Clock;
  readonly publicIds: PublicIds;
  readonly newId: () => Id;
  readonly protocols: CallbackProtocols;
  readonly environment: Environment;
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
  message: Notification,
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
  deps: Pick<DeliverDeps, "clock" | "environment" | "newId" | "protocols" | "random">,
  delivery: ClaimedDelivery,
  message: Notification,
  at: Date,
  { response, warning, internalFault }: AttemptVerdict,
): AttemptResult {
  const attempt = delivery.attempts + 1;
  const businessAt = deps.clock.now();
  const delivered = response.failure === null;
  const nextAt = delivered
    ? null
    : calculateNextAttemptAt(
        findRules(deps, message.protocol).retryDelaysMs,
        attempt,
        businessAt,
        deps.random(),
        response.retryAfterMs,
      );
  const row: AttemptRow = {
    id: deps.newId(),
    notificationId: message.id,
    applicationId: message.applicationId,
    at,
    businessAt: new Date(businessAt),
    attempt,
    url: message.endpoint,
    httpStatus: response.httpStatus,
    durationMs: response.durationMs,
    responseBody: maskMsisdns(response.body).slice(0, maxLoggedCharacters),
    failure: response.failure === null ? null : maskMsisdns(response.failure),
    warning: delivered ? warning : null,
    deadLettered: !delivered && nextAt === null,
  };
  return { delivery, attempt: row, delivered, nextAt, internalFault };
}

/** A delivery whose message is gone: nobody can be told, and its schedule brings it before a person. */
export function missingMessageAttempt(
  deps: Pick<DeliverDeps, "clock" | "random" | "onError">,
  delivery: ClaimedDelivery,
): AttemptResult {
  deps.onError("telling a listener", new Error(`delivery ${delivery.notificationId} has no outbox row`));
  const nextAt = calculateNextAttemptAt(
    standardRetryDelaysMs,
    delivery.attempts + 1,
    deps.clock.now(),
    deps.random(),
    null,
  );
  return { delivery, attempt: null, delivered: false, nextAt, internalFault: true };
}

/** What came of an attempt. */
export interface AttemptVerdict {
  readonly response: WebhookResponse;
  readonly warning: string | null;
  readonly internalFault: boolean;
}

type PreparedRequest =
  | { readonly rendered: RenderedNotification; readonly request: WebhookRequest }
  | { readonly fault: AttemptVerdict };

/**
 * A message as it is sent now. What cannot be put into words or signed is a fault of ours, and an attempt like
 * others: its schedule gives us time to mend it.
 */
export async function prepareRequest(
  deps: Pick<DeliverDeps, "environment" | "protocols" | "signer" | "publicIds" | "userAgent" | "onError">,
  message: Notification,
): Promise<PreparedRequest> {
  let step = "put into words";
  try {
    const rendered = renderNotification(deps.protocols, message);
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
  rendered: () => RenderedNotification,
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
  rendered: () => RenderedNotification,
  { body }: WebhookResponse,
): string | null {
  try {
    return rendered().checkAcknowledgement(body);
  } catch (error) {
    onError("judging a listener's answer", error);
    return "What it answered could not be judged, which is a fault of ours.";
  }
}

/** The rules of a protocol that no longer exists are the strictest that there are. */
const unknownProtocolRules: CallbackRules = {
  ports: null,
  httpsOnly: true,
  retryDelaysMs: standardRetryDelaysMs,
};

const findRules = (
  { environment, protocols }: Pick<DeliverDeps, "environment" | "protocols">,
  protocol: string,
): CallbackRules => protocols[protocol]?.rules(environment) ?? unknownProtocolRules;

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
  deps: Pick<DeliverDeps, "environment" | "protocols" | "signer" | "publicIds" | "userAgent">,
  message: Notification,
  rendered: RenderedNotification,
): Promise<WebhookRequest> {
  const { body } = rendered;
  return {
    urlRules: findRules(deps, message.protocol),
    url: message.endpoint,
    body,
    headers: await buildCallbackHeaders(deps, message, rendered),
  };
}

/** The headers of a message, as if it were sent now. */
export async function buildCallbackHeaders(
  { signer, publicIds, userAgent }: Pick<DeliverDeps, "signer" | "publicIds" | "userAgent">,
  { id, applicationId }: Pick<Notification, "id" | "applicationId">,
  { contentType, headers = {}, body }: RenderedNotification,
): Promise<Record<string, string>> {
  return {
    "content-type": contentType,
    accept: contentType,
    "user-agent": userAgent,
    ...headers,
    ...(await signer.sign(applicationId, `msg_${publicIds.requestId(id)}`, body)),
  };
}

/** Hides what may be a customer's number: what a listener answers is not ours to spread. */
const maskMsisdns = (text: string): string =>
  text.replaceAll(
    /(?<![0-9A-Za-z])\d{11,14}(?![0-9A-Za-z])/g,
    (digits) => digits.slice(0, 4) + "*".repeat(digits.length - 8) + digits.slice(-4),
  );
