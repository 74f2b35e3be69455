/**
 * One call of a listener: what is sent, how long it may take, and what counts as an acknowledgement.
 *
 * Nothing that a listener does may cost us more than a socket for fifteen seconds: redirects are not
 * followed, compressed answers not inflated, and of a long answer only the beginning is read.
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

/** The whole attempt: finding the name, connecting, sending, and reading the answer. Wall time. */
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
  /** Null when there was no answer. */
  readonly httpStatus: number | null;
  readonly durationMs: number;
  /** The answer's body, or the beginning of it where `flag` or `failure` says so. */
  readonly body: string;
  /** Why it counts as a failure, in a sentence; null for an acknowledgement. */
  readonly failure: string | null;
  /** What is odd about an acknowledgement that can be told without knowing what it should say. */
  readonly warning: string | null;
  readonly retryAfterMs: number | null;
  /** We broke it off ourselves: nothing is known of the listener. */
  readonly aborted: boolean;
}

export interface WebhookClient {
  /** Calls a listener. Never rejects. `stop` breaks it off. */
  send(webhook: WebhookRequest, abortSignal: AbortSignal): Promise<WebhookResponse>;
  close(): Promise<void>;
}

export interface WebhookClientOptions {
  readonly rules: OutboundRules;
  /** How names are resolved; as the rules want it if nothing is said. */
  readonly resolve?: ResolveHostname;
  readonly timeoutMs?: number;
}

/** One for each environment: connections are kept between calls, and checked when they are made. */
export function createWebhookClient({
  rules,
  resolve,
  timeoutMs = attemptTimeoutMs,
}: WebhookClientOptions): WebhookClient {
  const lookup = createCheckedLookup(rules, resolve ?? resolverFor(rules));
  const agent = new Agent({
    allowH2: false,
    // One deadline for everything is kept below; these would only cut it into pieces.
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

/** Notes on the error of a connection that breaks whether it had served a call before. */
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
      return { ...emptyResponse, failure: "The server was stopped meanwhile.", aborted: true };
    const failure = deadline.signal.aborted ? timeoutMessage(timeoutMs) : describeFailure(error, timeoutMs);
    return { ...emptyResponse, failure };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A connection that was kept open may be closed by the other end in the very moment in which we use it.
 * That says nothing about the listener, so it is tried once more, on another one.
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

/** What an answer means. An acknowledgement stays one, whatever becomes of its body. */
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

/** Why a status that is no 2xx is a failure, in a sentence. */
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

/** The beginning of a body. What is not read is not waited for: its connection is closed. */
async function readPartialBody(
  { body }: Dispatcher.ResponseData,
  encoding: string,
  timeoutMs: number,
): Promise<PartialBody> {
  if (encoding !== "identity") {
    closeBody(body);
    const warning = "Its answer is compressed, which nobody asked for; it was not read.";
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
    if (bytes > maxBodyBytes) warning = "Its answer is longer than 64 KB.";
  } catch (error) {
    const timedOut = (error as { name?: string }).name === "AbortError";
    warning = timedOut ? `Its answer was not over within ${timeoutMs / 1000} s.` : "Its answer broke off.";
  }
  closeBody(body);
  const kept = Buffer.concat(chunks).subarray(0, maxBodyBytes);
  return { text: sanitizeText(kept.toString("utf8")), warning };
}

/** Ends a body's connection. What it still had to say, or how it fails now, is nobody's business. */
function closeBody(body: Dispatcher.ResponseData["body"]): void {
  if (body.readableEnded) return;
  body.on("error", () => {});
  body.destroy();
}

/** Text that PostgreSQL can store and a terminal does not obey. */
export const sanitizeText = (text: string): string =>
  text.toWellFormed().replaceAll(/[^\P{Cc}\t\n\r]/gu, "\ufffd");
