/**
 * HTTP client for servers of other people. One request costs at most one connection, until a deadline, and 64 KB.
 *
 * It does not follow redirects, decompress responses or negotiate HTTP/2, and it reads only the beginning of a long
 * response.
 */
import type { LookupFunction } from "node:net";
import { Agent, type Dispatcher } from "undici";
import { msPerSecond } from "../core/clock.ts";
import { createLimitedConnector, wasClosedWhileIdle } from "./limited-sockets.ts";
import {
  createInterimError,
  maxHeaderBytes,
  maxInterimResponses,
  maxResponseBytes,
  ResponseLimitError,
} from "./limits.ts";

/** While more connections than this are open, a request closes its own afterwards. */
const maxKeptConnections = 512;
/** How long an unused connection is kept, whatever its server proposes. */
const maxIdleMs = 15 * msPerSecond;

export interface OutboundRequest {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export type ResponseHeaders = Dispatcher.ResponseData["headers"];

export interface OutboundResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** The body, or the beginning of it. */
  readonly body: Buffer;
  /** Why the body is not complete; null if it is. */
  readonly incomplete: "too long" | "compressed" | "deadline" | "closed" | null;
}

/** The deadline of a request has passed. */
export class OutboundTimeout extends Error {}

export interface OutboundClient {
  /**
   * Rejects with `OutboundTimeout` or `ResponseLimitError` if that happened before the response began, with the
   * reason of the signal if it aborted, or with the error of the connection.
   */
  send(request: OutboundRequest, abortSignal: AbortSignal): Promise<OutboundResponse>;
  close(): Promise<void>;
}

export interface OutboundClientOptions {
  /** For everything from the name lookup to the last byte. Wall time. */
  readonly timeoutMs: number;
  /** Resolves host names; default: the operating system. */
  readonly lookup?: LookupFunction;
  /** Connections to one server; default: as many as there are requests. */
  readonly maxConnections?: number;
  /**
   * False gives every request a connection of its own. A request on a kept connection may be sent twice, if the server
   * closes the connection at that moment. Default: true.
   */
  readonly keepsConnections?: boolean;
}

export function createOutboundClient({
  timeoutMs,
  lookup,
  maxConnections,
  keepsConnections = true,
}: OutboundClientOptions): OutboundClient {
  const connector = createLimitedConnector({ lookup, timeoutMs });
  const mayKeep = (): boolean => keepsConnections && connector.connectionCount < maxKeptConnections;
  const agent = new Agent({
    allowH2: false,
    // `send` enforces one deadline for the whole request.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveMaxTimeout: maxIdleMs,
    maxHeaderSize: maxHeaderBytes,
    connect: connector.connect,
    ...(maxConnections === undefined ? {} : { connections: maxConnections }),
  });
  return {
    async send(request, abortSignal) {
      const aborting = new AbortController();
      const aborted = rejectOnAbort(aborting.signal);
      const deadline = setTimeout(
        () => aborting.abort(new OutboundTimeout(`no response within ${timeoutMs} ms`)),
        timeoutMs,
      );
      const onAbort = (): void => aborting.abort(abortSignal.reason);
      abortSignal.addEventListener("abort", onAbort, { once: true });
      if (abortSignal.aborted) onAbort();
      try {
        const response = sendOnLiveConnection(agent, mayKeep, request, aborting);
        return await readResponse(await Promise.race([response, aborted]), aborting);
      } finally {
        clearTimeout(deadline);
        abortSignal.removeEventListener("abort", onAbort);
      }
    },
    async close() {
      connector.close();
      await agent.destroy();
    },
  };
}

/** The HTTP client ends an aborted request only when its connection is established or has failed. */
function rejectOnAbort(signal: AbortSignal): Promise<never> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  aborted.catch(() => {});
  return aborted;
}

/**
 * The server may close a kept connection at the same time as the client reuses it. That is not a failure of the
 * server, so the request is sent once more on a new connection.
 */
async function sendOnLiveConnection(
  agent: Agent,
  mayKeep: () => boolean,
  request: OutboundRequest,
  aborting: AbortController,
): Promise<Dispatcher.ResponseData> {
  try {
    return await sendOnce(agent, mayKeep, request, aborting);
  } catch (error) {
    if (!wasClosedWhileIdle(error) || aborting.signal.aborted) throw error;
    return sendOnce(agent, mayKeep, request, aborting);
  }
}

function sendOnce(
  agent: Agent,
  mayKeep: () => boolean,
  { url, method, headers, body }: OutboundRequest,
  aborting: AbortController,
): Promise<Dispatcher.ResponseData> {
  const { origin, pathname, search } = new URL(url);
  let interimResponses = 0;
  return agent.request({
    origin,
    path: pathname + search,
    method,
    headers,
    body: body ?? null,
    signal: aborting.signal,
    ...(mayKeep() ? {} : { reset: true }),
    onInfo() {
      interimResponses += 1;
      if (interimResponses > maxInterimResponses) aborting.abort(createInterimError());
    },
  });
}

/** Reads the beginning of a body. It does not wait for the rest: it closes the connection. */
async function readResponse(
  { statusCode: status, headers, body }: Dispatcher.ResponseData,
  { signal }: AbortController,
): Promise<OutboundResponse> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let incomplete: OutboundResponse["incomplete"] = null;
  if ((getHeader(headers, "content-encoding") ?? "identity") !== "identity") {
    incomplete = "compressed";
  } else {
    try {
      for await (const chunk of body) {
        chunks.push(chunk as Buffer);
        bytes += (chunk as Buffer).length;
        if (bytes > maxResponseBytes) break;
      }
      if (bytes > maxResponseBytes) incomplete = "too long";
    } catch (error) {
      incomplete = error instanceof ResponseLimitError ? "too long" : signal.aborted ? "deadline" : "closed";
    }
  }
  closeBody(body);
  return { status, headers, body: Buffer.concat(chunks).subarray(0, maxResponseBytes), incomplete };
}

/** Closes the connection of a body. Later errors on it are irrelevant, so they are ignored. */
function closeBody(body: Dispatcher.ResponseData["body"]): void {
  if (body.readableEnded) return;
  body.on("error", () => {});
  body.destroy();
}

/** The first value of a header. */
export function getHeader(headers: ResponseHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
