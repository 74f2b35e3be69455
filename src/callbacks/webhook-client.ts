/**
 * HTTP client for callbacks: which addresses it calls, how long a call may take, and what counts as an
 * acknowledgement. `outbound` limits what a call can cost: one connection for fifteen seconds, and 64 KB.
 */
import { msPerSecond } from "../core/clock.ts";
import { sanitizeText } from "../core/sanitize-text.ts";
import {
  createOutboundClient,
  getHeader,
  OutboundTimeout,
  type OutboundClient,
  type OutboundResponse,
  type ResponseHeaders,
} from "../outbound/outbound-client.ts";
import {
  createCheckedLookup,
  resolverFor,
  validateCallbackUrl,
  type UrlRules,
  type OutboundRules,
  type ResolveHostname,
} from "./addresses.ts";
import { describeFailure, describeIncomplete } from "./failure-messages.ts";
import type { CallbackMethod } from "./notification.ts";
import { parseRetryAfterMs } from "./schedule.ts";

/** For the whole attempt: DNS lookup, connecting, sending, and reading the response. Wall time. */
const attemptTimeoutMs = 15 * msPerSecond;

export interface WebhookRequest {
  readonly urlRules: UrlRules;
  readonly url: string;
  /** The default is POST. */
  readonly method?: CallbackMethod;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for a GET. */
  readonly body: string;
}

export interface WebhookResponse {
  /** Null if there was no response. */
  readonly httpStatus: number | null;
  readonly durationMs: number;
  /** The response body, cut off at the limit or where the connection failed. */
  readonly body: string;
  /** Why the attempt failed, as a sentence; null for an acknowledgement. */
  readonly failure: string | null;
  /** What is wrong with an acknowledgement at the HTTP level, as a sentence. */
  readonly warning: string | null;
  readonly retryAfterMs: number | null;
  /** The caller aborted the attempt. It gives no information about the listener. */
  readonly aborted: boolean;
}

export interface WebhookClient {
  /** Sends a callback. Never rejects. `abortSignal` aborts it. */
  send(webhook: WebhookRequest, abortSignal: AbortSignal): Promise<WebhookResponse>;
  close(): Promise<void>;
}

export interface WebhookClientOptions {
  readonly rules: OutboundRules;
  /** Default: the resolver that fits the rules. */
  readonly resolve?: ResolveHostname;
  readonly timeoutMs?: number;
  /** False sends no request twice (`outbound-client.ts`). */
  readonly keepsConnections?: boolean;
}

/** Create one client per environment: connections are reused, and addresses are checked only when connecting. */
export function createWebhookClient({
  rules,
  resolve,
  timeoutMs = attemptTimeoutMs,
  keepsConnections = true,
}: WebhookClientOptions): WebhookClient {
  const lookup = createCheckedLookup(rules, resolve ?? resolverFor(rules));
  const client = createOutboundClient({ timeoutMs, lookup, keepsConnections });
  return {
    async send(webhook, abortSignal) {
      const startedAt = performance.now();
      const urlProblem = validateCallbackUrl(rules, webhook.urlRules, webhook.url);
      const response =
        urlProblem === null
          ? await attempt(client, webhook, timeoutMs, abortSignal)
          : { ...emptyResponse, failure: urlProblem };
      return { ...response, durationMs: Math.round(performance.now() - startedAt) };
    },
    close: () => client.close(),
  };
}

type UntimedResponse = Omit<WebhookResponse, "durationMs">;

const emptyResponse: UntimedResponse = {
  httpStatus: null,
  body: "",
  failure: null,
  warning: null,
  retryAfterMs: null,
  aborted: false,
};

async function attempt(
  client: OutboundClient,
  { url, method = "POST", headers, body }: WebhookRequest,
  timeoutMs: number,
  abortSignal: AbortSignal,
): Promise<UntimedResponse> {
  try {
    const response = await client.send({ url, method, headers, body }, abortSignal);
    return toWebhookResponse(response, timeoutMs);
  } catch (error) {
    if (abortSignal.aborted && !(error instanceof OutboundTimeout))
      return { ...emptyResponse, failure: "The server was stopped during the call.", aborted: true };
    return { ...emptyResponse, failure: describeFailure(error, timeoutMs) };
  }
}

/** Any 2xx status acknowledges, even if the body cannot be read. */
function toWebhookResponse(
  { status: httpStatus, headers, body, incomplete }: OutboundResponse,
  timeoutMs: number,
): UntimedResponse {
  const result: UntimedResponse = {
    ...emptyResponse,
    httpStatus,
    body: sanitizeText(body.toString("utf8")),
  };
  if (httpStatus >= 200 && httpStatus < 300)
    return { ...result, warning: incomplete === null ? null : describeIncomplete(incomplete, timeoutMs) };
  const retryAfter = parseRetryAfterMs(getHeader(headers, "retry-after"), Date.now());
  return { ...result, failure: describeStatus(httpStatus, headers), retryAfterMs: retryAfter };
}

/** Describes a status other than 2xx as a sentence. */
export function describeStatus(status: number, headers: ResponseHeaders): string {
  if (status < 300 || status >= 400) return `It answered ${status}.`;
  const location = getHeader(headers, "location");
  if (location === undefined) return `It answered ${status}.`;
  return `It redirected to ${sanitizeText(location).slice(0, 200)}; redirects are not followed.`;
}
