/**
 * One call of a listener: what is sent, how long it may take, and what counts as an acknowledgement.
 *
 * Nothing that a listener does may cost us more than a socket for fifteen seconds: redirects are not
 * followed, compressed answers not inflated, and of a long answer only the beginning is read.
 */
import { Agent, buildConnector, type Dispatcher } from "undici";
import { second } from "../clock.ts";
import { checkingLookup, resolverFor, urlRefusal, type OutboundRules, type Resolve } from "./addresses.ts";
import { failureInWords, noAnswer } from "./failures.ts";
import { retryAfterMs } from "./schedule.ts";

/** The whole attempt: finding the name, connecting, sending, and reading the answer. Wall time. */
const attemptMaxMs = 15 * second;
const readMax = 64 * 1024;

export interface Call {
  readonly protocol: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

export interface Answered {
  /** Null when there was no answer. */
  readonly httpStatus: number | null;
  readonly tookMs: number;
  /** The answer's body, or the beginning of it where `flag` or `failure` says so. */
  readonly answer: string;
  /** Why it counts as a failure, in a sentence; null for an acknowledgement. */
  readonly failure: string | null;
  /** What is odd about an acknowledgement that can be told without knowing what it should say. */
  readonly flag: string | null;
  readonly retryAfterMs: number | null;
  /** We broke it off ourselves: nothing is known of the listener. */
  readonly brokenOff: boolean;
}

export interface Caller {
  /** Calls a listener. Never rejects. `stop` breaks it off. */
  call(call: Call, stop: AbortSignal): Promise<Answered>;
  close(): Promise<void>;
}

export interface CallerOptions {
  readonly rules: OutboundRules;
  /** How names are resolved; as the rules want it if nothing is said. */
  readonly resolve?: Resolve;
  readonly attemptMaxMs?: number;
}

/** One for each environment: connections are kept between calls, and checked when they are made. */
export function openCaller({ rules, resolve, attemptMaxMs: withinMs = attemptMaxMs }: CallerOptions): Caller {
  const lookup = checkingLookup(rules, resolve ?? resolverFor(rules));
  const agent = new Agent({
    allowH2: false,
    // One deadline for everything is kept below; these would only cut it into pieces.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: 16 * 1024,
    connect: noting(buildConnector({ lookup, timeout: withinMs, allowH2: false })),
  });
  return {
    async call(call, stop) {
      const startedAt = performance.now();
      const refusal = urlRefusal(rules, call.protocol, call.url);
      const told =
        refusal === null ? await attempt(agent, call, withinMs, stop) : { ...nothing, failure: refusal };
      return { ...told, tookMs: Math.round(performance.now() - startedAt) };
    },
    close: () => agent.destroy(),
  };
}

/** Notes on the error of a connection that breaks whether it had served a call before. */
function noting(connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      socket?.prependListener("error", (broken: Error) => {
        Object.assign(broken, { socket: { bytesRead: socket.bytesRead } });
      });
      if (error === null) callback(error, socket);
      else callback(error, null);
    });
}

type Told = Omit<Answered, "tookMs">;

const nothing: Told = {
  httpStatus: null,
  answer: "",
  failure: null,
  flag: null,
  retryAfterMs: null,
  brokenOff: false,
};

async function attempt(agent: Agent, call: Call, withinMs: number, stop: AbortSignal): Promise<Told> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), withinMs);
  const signal = AbortSignal.any([late.signal, stop]);
  try {
    const response = await send(agent, call, signal);
    return await judge(response, withinMs);
  } catch (error) {
    if (stop.aborted && !late.signal.aborted)
      return { ...nothing, failure: "The server was stopped meanwhile.", brokenOff: true };
    const failure = late.signal.aborted ? noAnswer(withinMs) : failureInWords(error, withinMs);
    return { ...nothing, failure };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A connection that was kept open may be closed by the other end in the very moment in which we use it.
 * That says nothing about the listener, so it is tried once more, on another one.
 */
async function send(agent: Agent, call: Call, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  try {
    return await sendOnce(agent, call, signal);
  } catch (error) {
    if (!wasKeptOpen(error) || signal.aborted) throw error;
    return sendOnce(agent, call, signal);
  }
}

function wasKeptOpen(error: unknown): boolean {
  const { code, socket } = error as { code?: string; socket?: { bytesRead?: number } | null };
  return ["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"].includes(code ?? "") && (socket?.bytesRead ?? 0) > 0;
}

function sendOnce(
  agent: Agent,
  { url, headers, body }: Call,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  const { origin, pathname, search } = new URL(url);
  const request = { origin, path: pathname + search, method: "POST", headers, body, signal } as const;
  return agent.request(request);
}

/** What an answer means. An acknowledgement stays one, whatever becomes of its body. */
async function judge(response: Dispatcher.ResponseData, withinMs: number): Promise<Told> {
  const { statusCode: httpStatus, headers } = response;
  const encoding = header(headers, "content-encoding") ?? "identity";
  const { answer, trouble } = await readBeginning(response, encoding, withinMs);
  const told = { ...nothing, httpStatus, answer };
  if (httpStatus >= 200 && httpStatus < 300) return { ...told, flag: trouble };
  const retryAfter = retryAfterMs(header(headers, "retry-after"), Date.now());
  return { ...told, failure: statusInWords(httpStatus, headers), retryAfterMs: retryAfter };
}

type Headers = Dispatcher.ResponseData["headers"];

function header(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Why a status that is no 2xx is a failure, in a sentence. */
export function statusInWords(status: number, headers: Headers): string {
  if (status < 300 || status >= 400) return `It answered ${status}.`;
  const location = header(headers, "location");
  if (location === undefined) return `It answered ${status}.`;
  return `It redirected to ${readable(location).slice(0, 200)}; redirects are not followed.`;
}

interface Beginning {
  readonly answer: string;
  readonly trouble: string | null;
}

/** The beginning of a body. What is not read is not waited for: its connection is closed. */
async function readBeginning(
  { body }: Dispatcher.ResponseData,
  encoding: string,
  withinMs: number,
): Promise<Beginning> {
  if (encoding !== "identity") {
    close(body);
    const trouble = "Its answer is compressed, which nobody asked for; it was not read.";
    return { answer: "", trouble };
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  let trouble: string | null = null;
  try {
    for await (const chunk of body) {
      const part = chunk as Buffer;
      chunks.push(part);
      bytes += part.length;
      if (bytes > readMax) break;
    }
    if (bytes > readMax) trouble = "Its answer is longer than 64 KB.";
  } catch (error) {
    const late = (error as { name?: string }).name === "AbortError";
    trouble = late ? `Its answer was not over within ${withinMs / 1000} s.` : "Its answer broke off.";
  }
  close(body);
  const read = Buffer.concat(chunks).subarray(0, readMax);
  return { answer: readable(read.toString("utf8")), trouble };
}

/** Ends a body's connection. What it still had to say, or how it fails now, is nobody's business. */
function close(body: Dispatcher.ResponseData["body"]): void {
  if (body.readableEnded) return;
  body.on("error", () => {});
  body.destroy();
}

/** Text that PostgreSQL can store and a terminal does not obey. */
export const readable = (text: string): string =>
  text.toWellFormed().replaceAll(/[^\P{Cc}\t\n\r]/gu, "\ufffd");
