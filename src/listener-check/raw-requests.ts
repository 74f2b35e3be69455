/**
 * Requests with unusual transport: sent in pieces, without a length, interrupted, or without reading the
 * response. Networks do this to callbacks; an ordinary client cannot.
 */
import { once } from "node:events";
import {
  Agent as HttpAgent,
  request as requestHttp,
  type ClientRequest,
  type IncomingMessage,
} from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import { addQuery } from "../callbacks/deliver.ts";
import { describeStatus } from "../callbacks/webhook-client.ts";
import { sanitizeText } from "../core/sanitize-text.ts";
import { describeFailure, timeoutMessage } from "../callbacks/failure-messages.ts";
import { limitNextResponse } from "../outbound/limited-sockets.ts";
import {
  createInterimError,
  maxHeaderBytes,
  maxInterimResponses,
  maxResponseBytes,
} from "../outbound/limits.ts";
import type { Exchange } from "./exchange.ts";

export interface RawRequest {
  readonly url: string;
  readonly method?: string;
  /** What is added to the query string of the URL. */
  readonly query?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** What is unusual, for the report. */
  readonly manner: string;
  /** Uses chunked encoding instead of Content-Length. */
  readonly chunked?: boolean;
  /** Awaited between the headers and the body, so that several bodies can be sent together. */
  readonly beforeBody?: () => Promise<unknown>;
  /** Splits the body into pieces, and pauses before each but the first. */
  readonly pieces?: { readonly count: number; readonly pause: () => Promise<unknown> };
  /** Awaited before the response is read. */
  readonly beforeRead?: () => Promise<unknown>;
  /** Closes the connection when everything is sent, so that the response is lost. */
  readonly closeEarly?: boolean;
  readonly agent?: KeepAliveAgent;
}

/** A connection pool that requests can share. */
export type KeepAliveAgent = HttpAgent | HttpsAgent;

export function createKeepAliveAgent(url: string): KeepAliveAgent {
  const options = { keepAlive: true, maxSockets: 1 };
  return url.startsWith("https:") ? new HttpsAgent(options) : new HttpAgent(options);
}

export interface SendLimits {
  readonly timeoutMs: number;
  readonly lookup: LookupFunction;
  readonly signal: AbortSignal;
}

/** Sends the request and returns the result. Rejects only if it is aborted. */
export async function sendRaw(
  request: RawRequest,
  { timeoutMs, lookup, signal: abortSignal }: SendLimits,
): Promise<Exchange> {
  const at = new Date();
  const startedAt = performance.now();
  const timeout = AbortSignal.timeout(timeoutMs);
  const result = await sendRequest(request, lookup, AbortSignal.any([timeout, abortSignal])).catch(
    (error: unknown) => {
      abortSignal.throwIfAborted();
      const failure = timeout.aborted ? timeoutMessage(timeoutMs) : describeFailure(error, timeoutMs);
      return { status: null, responseBody: "", failure };
    },
  );
  const { method = "POST", headers, query, body: ownBody, manner } = request;
  const body = query ?? ownBody;
  const tookMs = Math.round(performance.now() - startedAt);
  return { at, method, headers, body, manner, warning: null, retryAfterMs: null, tookMs, ...result };
}

type RawResult = Pick<Exchange, "status" | "responseBody" | "failure">;

async function sendRequest(
  request: RawRequest,
  lookup: LookupFunction,
  signal: AbortSignal,
): Promise<RawResult> {
  const { method = "POST", headers, agent } = request;
  const url = request.query === undefined ? request.url : addQuery(request.url, request.query);
  const length =
    request.chunked === true ? {} : { "content-length": Buffer.byteLength(request.body).toString() };
  const send = url.startsWith("https:") ? requestHttps : requestHttp;
  const clientRequest = send(url, {
    method,
    headers: { ...headers, ...length },
    lookup,
    signal,
    maxHeaderSize: maxHeaderBytes,
    ...(agent === undefined ? { agent: false } : { agent }),
  });
  const responsePromise = new Promise<IncomingMessage>((resolve, reject) => {
    clientRequest.once("response", resolve);
    clientRequest.once("error", reject);
  });
  limitResponse(clientRequest);
  // An early response or error is handled below.
  responsePromise.catch(() => {});
  await writeBody(clientRequest, request);
  if (request.closeEarly === true) {
    clientRequest.destroy();
    return { status: null, responseBody: "", failure: "The connection was closed before the response." };
  }
  const response = await responsePromise;
  await request.beforeRead?.();
  return toResult(response, await readBeginning(response));
}

/** The limits that the server's own client has. */
function limitResponse(clientRequest: ClientRequest): void {
  let interimResponses = 0;
  clientRequest.on("information", () => {
    interimResponses += 1;
    if (interimResponses > maxInterimResponses) clientRequest.destroy(createInterimError());
  });
  clientRequest.once("socket", (socket) => clientRequest.once("close", limitNextResponse(socket)));
}

async function writeBody(
  clientRequest: ClientRequest,
  { body, beforeBody, pieces }: RawRequest,
): Promise<void> {
  if (beforeBody !== undefined) {
    // A request without a body is complete with its headers.
    if (body.length > 0) clientRequest.flushHeaders();
    await beforeBody();
  }
  const bytes = Buffer.from(body);
  const size = Math.max(1, Math.ceil(bytes.length / (pieces?.count ?? 1)));
  for (let from = 0; from < bytes.length && !clientRequest.destroyed; from += size) {
    if (from > 0) await pieces?.pause();
    clientRequest.write(bytes.subarray(from, from + size));
  }
  if (clientRequest.destroyed) return;
  clientRequest.end();
  await Promise.race([once(clientRequest, "finish"), once(clientRequest, "close")]).catch(() => {});
}

async function readBeginning(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > maxResponseBytes) break;
  }
  return sanitizeText(Buffer.concat(chunks).subarray(0, maxResponseBytes).toString("utf8"));
}

function toResult(response: IncomingMessage, responseBody: string): RawResult {
  const status = response.statusCode ?? 0;
  const failure = status >= 200 && status < 300 ? null : describeStatus(status, response.headers);
  return { status, responseBody, failure };
}
