/**
 * HTTP client for callbacks: what it sends, how long a call may take, and what counts as an acknowledgement.
 *
 * A misbehaving listener must not cost more than one socket for fifteen seconds. So the client does not follow
 * redirects, does not decompress responses, and reads only the beginning of a long response.
 */
import { Agent, buildConnector, type Dispatcher } from "undici";
import { msPerSecond } from "../core/clock.ts";
import {
  createCheckedLookup,
  resolverFor,
  validateCallbackUrl,
  type UrlRules,
  type OutboundRules,
  type ResolveHostname,
} from "./addresses.ts";
import { describeFailure, timeoutMessage } from "./failure-messages.ts";
import { parseRetryAfterMs } from "./schedule.ts";
import { sanitizeText } from "../core/sanitize-text.ts";

/** For the whole attempt: DNS lookup, connecting, sending, and reading the response. Wall time. */
const attemptTimeoutMs = 15 * msPerSecond;
const maxBodyBytes = 64 * 1024;

export interface WebhookRequest {
  readonly urlRules: UrlRules;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

export interface WebhookResponse {
  /** Null if there was no response. */
  readonly httpStatus: number | null;
  readonly durationMs: number;
  /** The response body, cut off at 64 KB or where the connection failed. */
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
}

/** Create one client per environment: connections are reused, and addresses are checked only when connecting. */
export function createWebhookClient({
  rules,
  resolve,
  timeoutMs = attemptTimeoutMs,
}: WebhookClientOptions): WebhookClient {
  const lookup = createCheckedLookup(rules, resolve ?? resolverFor(rules));
  const agent = new Agent({
    allowH2: false,
    // `attempt` enforces one deadline for the whole call.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: 16 * 1024,
    connect: recordBytesRead(buildConnector({ lookup, timeout: timeoutMs, allowH2: false })),
  });
  return {
    async send(webhook, abortSignal) {
      const startedAt = performance.now();
      const urlProblem = validateCallbackUrl(rules, webhook.urlRules, webhook.url);
      const response =
        urlProblem === null
          ? await attempt(agent, webhook, timeoutMs, abortSignal)
          : { ...emptyResponse, failure: urlProblem };
      return { ...response, durationMs: Math.round(performance.now() - startedAt) };
    },
    close: () => agent.destroy(),
  };
}

/** Adds the received byte count to connection errors, so that `wasReusedConnection` can recognise reused connections. */
function recordBytesRead(connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      socket?.prependListener("error", (connectionError: Error) => {
        Object.assign(connectionError, { socket: { bytesRead: socket.bytesRead } });
      });
      if (error === null) callback(error, socket);
      else callback(error, null);
    });
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
  agent: Agent,
  webhook: WebhookRequest,
  timeoutMs: number,
  abortSignal: AbortSignal,
): Promise<UntimedResponse> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  const signal = AbortSignal.any([deadline.signal, abortSignal]);
  try {
    const response = await send(agent, webhook, signal);
    return await toWebhookResponse(response, timeoutMs);
  } catch (error) {
    if (abortSignal.aborted && !deadline.signal.aborted)
      return { ...emptyResponse, failure: "The server was stopped during the call.", aborted: true };
    const failure = deadline.signal.aborted ? timeoutMessage(timeoutMs) : describeFailure(error, timeoutMs);
    return { ...emptyResponse, failure };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The listener may close a kept-alive connection at the same time as the client reuses it. That is not a
 * failure of the listener, so the client retries once on a new connection.
 */
async function send(
  agent: Agent,
  webhook: WebhookRequest,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  try {
    return await sendOnce(agent, webhook, signal);
  } catch (error) {
    if (!wasReusedConnection(error) || signal.aborted) throw error;
    return sendOnce(agent, webhook, signal);
  }
}

function wasReusedConnection(error: unknown): boolean {
  const { code, socket } = error as { code?: string; socket?: { bytesRead?: number } | null };
  return ["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"].includes(code ?? "") && (socket?.bytesRead ?? 0) > 0;
}

function sendOnce(
  agent: Agent,
  { url, headers, body }: WebhookRequest,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  const { origin, pathname, search } = new URL(url);
  const request = { origin, path: pathname + search, method: "POST", headers, body, signal } as const;
  return agent.request(request);
}

/** Any 2xx status acknowledges, even if the body cannot be read. */
async function toWebhookResponse(
  response: Dispatcher.ResponseData,
  timeoutMs: number,
): Promise<UntimedResponse> {
  const { statusCode: httpStatus, headers } = response;
  const encoding = getHeader(headers, "content-encoding") ?? "identity";
  const { text: bodyText, warning } = await readPartialBody(response, encoding, timeoutMs);
  const result: UntimedResponse = { ...emptyResponse, httpStatus, body: bodyText };
  if (httpStatus >= 200 && httpStatus < 300) return { ...result, warning };
  const retryAfter = parseRetryAfterMs(getHeader(headers, "retry-after"), Date.now());
  return { ...result, failure: describeStatus(httpStatus, headers), retryAfterMs: retryAfter };
}

type Headers = Dispatcher.ResponseData["headers"];

function getHeader(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Describes a status other than 2xx as a sentence. */
export function describeStatus(status: number, headers: Headers): string {
  if (status < 300 || status >= 400) return `It answered ${status}.`;
  const location = getHeader(headers, "location");
  if (location === undefined) return `It answered ${status}.`;
  return `It redirected to ${sanitizeText(location).slice(0, 200)}; redirects are not followed.`;
}

interface PartialBody {
  readonly text: string;
  readonly warning: string | null;
}

/** Reads the beginning of a body. It does not wait for the rest: it closes the connection. */
async function readPartialBody(
  { body }: Dispatcher.ResponseData,
  encoding: string,
  timeoutMs: number,
): Promise<PartialBody> {
  if (encoding !== "identity") {
    closeBody(body);
    const warning = "The response is compressed, which Pesarail does not accept. Its body was not read.";
    return { text: "", warning };
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  let warning: string | null = null;
  try {
    for await (const chunk of body) {
      const buffer = chunk as Buffer;
      chunks.push(buffer);
      bytes += buffer.length;
      if (bytes > maxBodyBytes) break;
    }
    if (bytes > maxBodyBytes) warning = "The response is longer than 64 KB.";
  } catch (error) {
    const timedOut = (error as { name?: string }).name === "AbortError";
    warning = timedOut
      ? `The response was not complete within ${timeoutMs / 1000} s.`
      : "The connection closed before the response was complete.";
  }
  closeBody(body);
  const kept = Buffer.concat(chunks).subarray(0, maxBodyBytes);
  return { text: sanitizeText(kept.toString("utf8")), warning };
}

/** Closes the connection of a body. Later errors on it are irrelevant, so they are ignored. */
function closeBody(body: Dispatcher.ResponseData["body"]): void {
  if (body.readableEnded) return;
  body.on("error", () => {});
  body.destroy();
}
