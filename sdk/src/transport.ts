/** One request and its answer: a timeout, a bound on the answer's size, and no second try of anything. */
import type { WireFields } from "./results.ts";

/** What M-Pesa answered: always JSON, with texts in it. */
export interface Answer {
  readonly status: number;
  readonly fields: WireFields;
}

export interface Sending {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly fetch: typeof fetch;
}

/** The connection failed, or what answered was not M-Pesa. The client makes a `TransportError` of it. */
export class Broken extends Error {
  readonly mayHaveArrived: boolean;
  readonly httpStatus: number | null;
  readonly excerpt: string | null;

  constructor(
    message: string,
    about: {
      mayHaveArrived: boolean;
      httpStatus?: number | null;
      excerpt?: string | null;
      cause?: unknown;
    },
  ) {
    super(message, about.cause === undefined ? undefined : { cause: about.cause });
    this.mayHaveArrived = about.mayHaveArrived;
    this.httpStatus = about.httpStatus ?? null;
    this.excerpt = about.excerpt ?? null;
  }
}

/** Nobody answered in time; the request may have been carried out all the same. */
export const timedOut = Symbol("timed out");

/** M-Pesa's answers have less than one kilobyte. */
const answerBytesMax = 65_536;

const excerptLengthMax = 200;

/** Sends once. Throws `Broken`, or the signal's reason. */
export async function send(sending: Sending): Promise<Answer | typeof timedOut> {
  const { method, url, headers, body, timeoutMs, signal } = sending;
  signal?.throwIfAborted();
  const ended = new AbortController();
  const timer = setTimeout(() => ended.abort(timedOut), timeoutMs);
  const giveUp = (): void => ended.abort(signal?.reason);
  signal?.addEventListener("abort", giveUp, { once: true });
  const exchange = async (): Promise<Answer> => {
    // A redirect is not followed: it would carry the bearer to somebody else.
    const response = await sending.fetch(url, {
      method,
      headers,
      redirect: "manual",
      signal: ended.signal,
      ...(body === undefined ? {} : { body }),
    });
    return readAnswer(response.status, await readText(response));
  };
  try {
    // Raced, since a `fetch` of somebody else's making may not listen to signals.
    return await Promise.race([exchange(), rejection(ended.signal)]);
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    if (ended.signal.aborted) return timedOut;
    if (error instanceof Broken) throw error;
    throw new Broken(`The connection failed: ${describe(error)}.`, {
      mayHaveArrived: !neverConnected(error),
      cause: withoutAddresses(error),
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", giveUp);
  }
}

/** Rejects when the signal aborts. */
const rejection = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- whoever aborts says why
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

async function readText(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.length;
    text += decoder.decode(value, { stream: true });
    if (bytes > answerBytesMax) {
      await reader.cancel();
      throw notMpesa(response.status, text, "It is far longer than M-Pesa's answers are");
    }
  }
}

function readAnswer(status: number, text: string): Answer {
  const value = parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw notMpesa(status, text, text.trim() === "" ? "It is empty" : "It is no JSON object");
  }
  // Null says that there is nothing: as a text, "null" would be a payment's id.
  const fields = Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([name, field]) => [name, typeof field === "string" ? field : JSON.stringify(field)]),
  );
  if (fields["output_ResponseCode"] === undefined && fields["output_error"] === undefined) {
    throw notMpesa(status, text, "It has no output_ResponseCode");
  }
  return { status, fields };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function notMpesa(status: number, text: string, why: string): Broken {
  // A proxy that echoes a request would put bearer and number into our error, and so into somebody's log.
  const excerpt = withoutSecrets(text).slice(0, excerptLengthMax);
  return new Broken(
    `What answered (HTTP ${status}) is not M-Pesa. ${why}. Check baseUrl, and proxies on the way.`,
    { mayHaveArrived: true, httpStatus: status, excerpt },
  );
}

/** Bearers, keys and customers' numbers, whoever wrote them. */
const withoutSecrets = (text: string): string => text.replace(/[A-Za-z0-9+/=_-]{30,}|\d{9,}/g, "…");

/**
 * The causes with what they say, but for addresses: Deno writes them into its sentences and Bun beside them, and a
 * question's address has the customer's number in it.
 */
function withoutAddresses(error: unknown): Error | undefined {
  return chain(error).reduceRight<Error | undefined>((cause, { code, message }) => {
    const clean = new Error(message, cause === undefined ? undefined : { cause });
    return code === "" ? clean : Object.assign(clean, { code });
  }, undefined);
}

/** An error with those behind it: fetch tells what happened in its cause, of which there may be several. */
function chain(error: unknown): { code: string; message: string; syscall: string }[] {
  const found = [];
  for (let each = error, depth = 0; typeof each === "object" && each !== null && depth < 5; depth += 1) {
    const { code, message, syscall, cause, errors } = each as Record<string, unknown>;
    found.push({ code: asText(code), message: withoutUrls(asText(message)), syscall: asText(syscall) });
    each = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return found;
}

const asText = (value: unknown): string => (typeof value === "string" ? value : "");

const withoutUrls = (text: string): string =>
  withoutSecrets(text.replace(/(https?:\/\/[^\s?]*)\?[^\s)]*/g, "$1"));

/** The last words of the chain are the ones that say something; the first are "fetch failed". */
function describe(error: unknown): string {
  const said = chain(error)
    .map(({ code, message }) => message || code)
    .filter((each) => each !== "");
  return said.at(-1)?.replace(/[.?!]$/, "") ?? "nobody says why";
}

/** In the words of Node, Bun and Deno. What is not listed may have arrived. */
const beforeSending =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ConnectionRefused|FailedToOpenSocket|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|CERT_HAS_EXPIRED|ERR_TLS_CERT_ALTNAME_INVALID)$/;

function neverConnected(error: unknown): boolean {
  return chain(error).some(
    ({ code, message, syscall }) =>
      beforeSending.test(code) ||
      syscall === "connect" ||
      syscall === "getaddrinfo" ||
      /tcp connect error|dns error|invalid peer certificate/i.test(message),
  );
}
