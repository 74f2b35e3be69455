/** Sends one message once: renders it, signs it, sends it and classifies the response. */
import type { Clock } from "../core/clock.ts";
import type { Environment } from "../core/markets.ts";
import type { Id, PublicIds } from "../core/ids.ts";
import type { AttemptRow } from "../store/rail/delivery-attempts.ts";
import type { ClaimedDelivery } from "../store/rail/deliveries.ts";
import type { WebhookResponse, WebhookRequest, WebhookClient } from "./webhook-client.ts";
import type {
  CallbackMethod,
  CallbackProtocols,
  CallbackRules,
  Notification,
  RenderedNotification,
} from "./notification.ts";
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

/** How much of a response body is stored. */
const maxLoggedCharacters = 4096;

export interface AttemptResult extends DeliveryOutcome {
  /** It failed because of an internal fault, so it is not counted against the listener. */
  readonly internalFault: boolean;
}

/** Returns null if the attempt was aborted. Never rejects. */
export async function deliverOnce(
  deps: DeliverDeps,
  delivery: ClaimedDelivery,
  message: Notification,
  abortSignal: AbortSignal,
): Promise<AttemptResult | null> {
  const at = new Date();
  const prepared = await prepareRequest(deps, message);
  if ("fault" in prepared) return toAttempt(deps, delivery, message, at, prepared.fault);
  const { request, rendered } = prepared;
  const response = await deps.client.send(request, abortSignal);
  if (response.aborted) return null;
  return toAttempt(
    deps,
    delivery,
    message,
    at,
    classifyResponse(deps, () => rendered, response),
  );
}

/** Builds the attempt to record, and the time of the next one. */
export function toAttempt(
  deps: Pick<DeliverDeps, "clock" | "environment" | "newId" | "protocols" | "random">,
  delivery: ClaimedDelivery,
  message: Notification,
  at: Date,
  { response, warning, internalFault, method = "POST" }: AttemptVerdict,
): AttemptResult {
  const attempt = delivery.attempts + 1;
  const businessAt = deps.clock.now();
  const delivered = response.failure === null;
  const nextAt = delivered
    ? null
    : calculateNextAttemptAt(
        findRetryDelays(findRules(deps, message.protocol), message.kind),
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
    // Without the result that a GET has in its query string: that names the customer.
    url: message.endpoint,
    method,
    httpStatus: response.httpStatus,
    durationMs: response.durationMs,
    responseBody: maskMsisdns(response.body).slice(0, maxLoggedCharacters),
    failure: response.failure === null ? null : maskMsisdns(response.failure),
    warning: delivered ? warning : null,
    deadLettered: !delivered && nextAt === null,
  };
  return { delivery, attempt: row, delivered, nextAt, internalFault };
}

/**
 * A delivery without a notification cannot be sent. Its schedule continues until it is dead-lettered, so that a person
 * sees it.
 */
export function missingMessageAttempt(
  deps: Pick<DeliverDeps, "clock" | "random" | "onError">,
  delivery: ClaimedDelivery,
): AttemptResult {
  deps.onError("sending a callback", new Error(`delivery ${delivery.notificationId} has no notification`));
  const nextAt = calculateNextAttemptAt(
    standardRetryDelaysMs,
    delivery.attempts + 1,
    deps.clock.now(),
    deps.random(),
    null,
  );
  return { delivery, attempt: null, delivered: false, nextAt, internalFault: true };
}

/** The outcome of an attempt, before it becomes a row. */
export interface AttemptVerdict {
  readonly response: WebhookResponse;
  readonly warning: string | null;
  readonly internalFault: boolean;
  /** The default is POST. */
  readonly method?: CallbackMethod;
}

type PreparedRequest =
  | { readonly rendered: RenderedNotification; readonly request: WebhookRequest }
  | { readonly fault: AttemptVerdict };

/**
 * Renders and signs a message. If that fails, it counts as a failed attempt: the retry schedule gives time to
 * fix the fault in Pesarail.
 */
export async function prepareRequest(
  deps: Pick<DeliverDeps, "environment" | "protocols" | "signer" | "publicIds" | "userAgent" | "onError">,
  message: Notification,
): Promise<PreparedRequest> {
  let step = "rendered";
  try {
    const rendered = renderNotification(deps.protocols, message);
    step = "signed";
    return { rendered, request: await buildRequest(deps, message, rendered) };
  } catch (error) {
    deps.onError("preparing a callback", error);
    const failure = `Internal fault: the callback could not be ${step}.`;
    return { fault: { response: { ...noResponse, failure }, warning: null, internalFault: true } };
  }
}

/** Adds the warning about a response that acknowledges incorrectly. */
export function classifyResponse(
  deps: Pick<DeliverDeps, "onError">,
  rendered: () => RenderedNotification,
  response: WebhookResponse,
): AttemptVerdict {
  return {
    response,
    warning: response.warning ?? checkAcknowledgement(deps, rendered, response),
    internalFault: false,
    method: findMethod(rendered),
  };
}

/** Of a notification that cannot be rendered any more it is not known, and was almost certainly POST. */
function findMethod(rendered: () => RenderedNotification): CallbackMethod {
  try {
    return rendered().method ?? "POST";
  } catch {
    return "POST";
  }
}

/** An exception here must not turn an acknowledgement into a failure. */
function checkAcknowledgement(
  { onError }: Pick<DeliverDeps, "onError">,
  rendered: () => RenderedNotification,
  { body }: WebhookResponse,
): string | null {
  try {
    return rendered().checkAcknowledgement(body);
  } catch (error) {
    onError("checking the response of a listener", error);
    return "Internal fault: the response could not be checked.";
  }
}

/** The strictest rules, for notifications of a protocol that this server does not have. */
const unknownProtocolRules: CallbackRules = {
  ports: null,
  httpsOnly: true,
  retryDelaysMs: standardRetryDelaysMs,
};

const findRules = (
  { environment, protocols }: Pick<DeliverDeps, "environment" | "protocols">,
  protocol: string,
): CallbackRules => protocols[protocol]?.rules(environment) ?? unknownProtocolRules;

/** The attempt to deliver a message that was not sent. The failure is a sentence. */
export const toUnsentAttempt = (
  deps: DeliverDeps,
  delivery: ClaimedDelivery,
  message: Notification,
  failure: string,
): AttemptResult =>
  toAttempt(deps, delivery, message, new Date(), {
    response: { ...noResponse, failure },
    warning: null,
    internalFault: true,
  });

const findRetryDelays = (
  { retryDelaysMs, retryDelaysByKind = {} }: CallbackRules,
  kind: string,
): readonly number[] => retryDelaysByKind[kind] ?? retryDelaysMs;

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
  const { body, method = "POST", query } = rendered;
  return {
    urlRules: findRules(deps, message.protocol),
    url: query === undefined ? message.endpoint : addQuery(message.endpoint, query),
    method,
    body,
    headers: await buildCallbackHeaders(deps, message, rendered),
  };
}

/** The URL with more parameters at the end of its query string. Its own are kept as they are. */
export function addQuery(url: string, query: string): string {
  const [base = "", fragment] = url.split("#", 2);
  const separator = base.includes("?") ? (/[?&]$/.test(base) ? "" : "&") : "?";
  return base + separator + query + (fragment === undefined ? "" : `#${fragment}`);
}

/**
 * Builds the headers for an attempt at the current time. A GET has no body: the signature covers what it adds to the query
 * string, so that it is not valid with another result.
 */
export async function buildCallbackHeaders(
  { signer, publicIds, userAgent }: Pick<DeliverDeps, "signer" | "publicIds" | "userAgent">,
  { id, applicationId }: Pick<Notification, "id" | "applicationId">,
  { contentType, headers = {}, body, method, query }: Omit<RenderedNotification, "checkAcknowledgement">,
): Promise<Record<string, string>> {
  return {
    ...(method === "GET" ? { accept: "*/*" } : { "content-type": contentType, accept: contentType }),
    "user-agent": userAgent,
    ...headers,
    ...(await signer.sign(applicationId, `msg_${publicIds.requestId(id)}`, query ?? body)),
  };
}

/** Masks possible MSISDNs: a response body is stored and shown, and must not disclose customers' numbers. */
const maskMsisdns = (text: string): string =>
  text.replaceAll(
    /(?<![0-9A-Za-z])\d{11,14}(?![0-9A-Za-z])/g,
    (digits) => digits.slice(0, 4) + "*".repeat(digits.length - 8) + digits.slice(-4),
  );
