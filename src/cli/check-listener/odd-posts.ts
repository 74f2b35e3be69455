/**
 * Requests that arrive in an unusual way: in pieces, without a length, stopping in the middle, answered to a caller who
 * does not read or who has hung up. Networks do this to callbacks; an ordinary client cannot.
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
import { readable, statusInWords } from "../../callbacks/call.ts";
import { failureInWords, noAnswer } from "../../callbacks/failures.ts";
import type { Exchange } from "./exchange.ts";

export interface OddPost {
  readonly url: string;
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** What is unusual, for the report. */
  readonly manner: string;
  /** Sends no Content-Length: HTTP/1.1's chunked coding instead. */
  readonly chunked?: boolean;
  /** The body goes out in so many pieces; before each but the first, this is waited for. */
  readonly pieces?: { readonly count: number; readonly pause: () => Promise<unknown> };
  /** Waited for before the answer is read. */
  readonly readAfter?: () => Promise<unknown>;
  /** Hangs up as soon as everything is sent: the answer is lost. */
  readonly hangUp?: boolean;
  readonly connections?: Connections;
}

/** Connections that are kept for one another's use. */
export type Connections = HttpAgent | HttpsAgent;

export function keptConnection(url: string): Connections {
  const options = { keepAlive: true, maxSockets: 1 };
  return url.startsWith("https:") ? new HttpsAgent(options) : new HttpAgent(options);
}

export interface Limits {
  readonly withinMs: number;
  readonly lookup: LookupFunction;
  readonly signal: AbortSignal;
}

const answerMax = 64 * 1024;

/** Sends it, and tells what came back. Rejects only when it is interrupted. */
export async function postOddly(
  post: OddPost,
  { withinMs, lookup, signal: stop }: Limits,
): Promise<Exchange> {
  const at = new Date();
  const startedAt = performance.now();
  const late = AbortSignal.timeout(withinMs);
  const told = await attempt(post, lookup, AbortSignal.any([late, stop])).catch((error: unknown) => {
    stop.throwIfAborted();
    const failure = late.aborted ? noAnswer(withinMs) : failureInWords(error, withinMs);
    return { status: null, answer: "", failure };
  });
  const { method = "POST", headers, body, manner } = post;
  const tookMs = Math.round(performance.now() - startedAt);
  return { at, method, headers, body, manner, flag: null, retryAfterMs: null, tookMs, ...told };
}

type Told = Pick<Exchange, "status" | "answer" | "failure">;

async function attempt(post: OddPost, lookup: LookupFunction, signal: AbortSignal): Promise<Told> {
  const { url, method = "POST", headers, connections } = post;
  const length = post.chunked === true ? {} : { "content-length": Buffer.byteLength(post.body).toString() };
  const send = url.startsWith("https:") ? requestHttps : requestHttp;
  const sent = send(url, {
    method,
    headers: { ...headers, ...length },
    lookup,
    signal,
    ...(connections === undefined ? { agent: false } : { agent: connections }),
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once("response", resolve);
    sent.once("error", reject);
  });
  // Whoever answers before the body is over, or breaks off, is heard below.
  answered.catch(() => {});
  await write(sent, post);
  if (post.hangUp === true) {
    sent.destroy();
    return { status: null, answer: "", failure: "We hung up before the answer." };
  }
  const response = await answered;
  await post.readAfter?.();
  return judged(response, await beginning(response));
}

async function write(sent: ClientRequest, { body, pieces }: OddPost): Promise<void> {
  const bytes = Buffer.from(body);
  const size = Math.max(1, Math.ceil(bytes.length / (pieces?.count ?? 1)));
  for (let from = 0; from < bytes.length && !sent.destroyed; from += size) {
    if (from > 0) await pieces?.pause();
    sent.write(bytes.subarray(from, from + size));
  }
  if (sent.destroyed) return;
  sent.end();
  await Promise.race([once(sent, "finish"), once(sent, "close")]).catch(() => {});
}

async function beginning(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > answerMax) break;
  }
  return readable(Buffer.concat(chunks).subarray(0, answerMax).toString("utf8"));
}

function judged(response: IncomingMessage, answer: string): Told {
  const status = response.statusCode ?? 0;
  const failure = status >= 200 && status < 300 ? null : statusInWords(status, response.headers);
  return { status, answer, failure };
}
