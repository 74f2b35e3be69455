/** Sends one HTTP request, with a timeout and a size limit for the response. It never retries. */
import type { WireFields } from "../openapi-v2/results.ts";

/** A response from M-Pesa: a JSON object of strings. */
export interface HttpResponse {
  readonly status: number;
  readonly fields: WireFields;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly fetch: typeof fetch;
}

/** The connection failed, or the response is not from M-Pesa. The client converts it to a `TransportError`. */
export class ConnectionError extends Error {
  readonly mayHaveArrived: boolean;
  readonly httpStatus: number | null;
  readonly excerpt: string | null;

  constructor(
    message: string,
    details: {
      mayHaveArrived: boolean;
      httpStatus?: number | null;
      excerpt?: string | null;
      cause?: unknown;
    },
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.mayHaveArrived = details.mayHaveArrived;
    this.httpStatus = details.httpStatus ?? null;
    this.excerpt = details.excerpt ?? null;
  }
}

/** No response within the timeout. The platform may have processed the request. */
export const timedOut = Symbol("timed out");

/** M-Pesa's responses are smaller than one kilobyte. */
const maxResponseBytes = 65_536;

const maxExcerptLength = 200;

/** Throws `ConnectionError`, or the signal's reason. */
export async function send(request: HttpRequest): Promise<HttpResponse | typeof timedOut> {
  const { method, url, headers, body, timeoutMs, signal } = request;
  signal?.throwIfAborted();
  const abortController = new AbortController();
  const timer = setTimeout(() => abortController.abort(timedOut), timeoutMs);
  const onAbort = (): void => abortController.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const exchange = async (): Promise<HttpResponse> => {
    // Do not follow redirects: that would send the bearer to another server.
    const response = await request.fetch(url, {
      method,
      headers,
      redirect: "manual",
      signal: abortController.signal,
      ...(body === undefined ? {} : { body }),
    });
    return parseResponse(response.status, await readBody(response));
  };
  try {
    // A custom `fetch` may ignore the signal, so race against it.
    return await Promise.race([exchange(), rejectOnAbort(abortController.signal)]);
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    if (abortController.signal.aborted) return timedOut;
    if (error instanceof ConnectionError) throw error;
    throw new ConnectionError(`The connection failed: ${describeError(error)}.`, {
      mayHaveArrived: !failedBeforeSending(error),
      cause: redactCause(error),
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** Rejects when the signal aborts. */
const rejectOnAbort = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the signal's owner chooses the reason
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

async function readBody(response: Response): Promise<string> {
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
    if (bytes > maxResponseBytes) {
      await reader.cancel();
      throw notMpesaError(response.status, text, "The body is too long");
    }
  }
}

function parseResponse(status: number, text: string): HttpResponse {
  const value = parseJson(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw notMpesaError(
      status,
      text,
      text.trim() === "" ? "The body is empty" : "The body is not a JSON object",
    );
  }
  // Drop null fields: as a string, "null" would look like a payment's ID.
  const fields = Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([name, field]) => [name, typeof field === "string" ? field : JSON.stringify(field)]),
  );
  if (fields["output_ResponseCode"] === undefined && fields["output_error"] === undefined) {
    throw notMpesaError(status, text, "The body has no output_ResponseCode");
  }
  return { status, fields };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function notMpesaError(status: number, text: string, problem: string): ConnectionError {
  // A proxy may echo the request. Redact bearers and numbers, because errors are written to logs.
  const excerpt = redactSecrets(text).slice(0, maxExcerptLength);
  return new ConnectionError(
    `The response (HTTP ${status}) is not from M-Pesa. ${problem}. Check baseUrl and any proxies.`,
    { mayHaveArrived: true, httpStatus: status, excerpt },
  );
}

/** Removes bearers, keys and customers' numbers. */
const redactSecrets = (text: string): string => text.replace(/[A-Za-z0-9+/=_-]{30,}|\d{9,}/g, "…");

/**
 * Copies the error chain without URLs. The URL of a query contains the customer's number, and Deno puts URLs into
 * messages, Bun into properties.
 */
function redactCause(error: unknown): Error | undefined {
  return errorChain(error).reduceRight<Error | undefined>((cause, { code, message }) => {
    const clean = new Error(message, cause === undefined ? undefined : { cause });
    return code === "" ? clean : Object.assign(clean, { code });
  }, undefined);
}

/** Flattens an error and its causes. fetch puts the details into the cause, or into several `errors`. */
function errorChain(error: unknown): { code: string; message: string; syscall: string }[] {
  const entries = [];
  for (
    let current = error, depth = 0;
    typeof current === "object" && current !== null && depth < 5;
    depth += 1
  ) {
    const { code, message, syscall, cause, errors } = current as Record<string, unknown>;
    entries.push({ code: toText(code), message: redactUrls(toText(message)), syscall: toText(syscall) });
    current = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return entries;
}

const toText = (value: unknown): string => (typeof value === "string" ? value : "");

const redactUrls = (text: string): string =>
  redactSecrets(text.replace(/(https?:\/\/[^\s?]*)\?[^\s)]*/g, "$1"));

/** The message of the innermost cause. The outer ones only say "fetch failed". */
function describeError(error: unknown): string {
  const messages = errorChain(error)
    .map(({ code, message }) => message || code)
    .filter((text) => text !== "");
  return messages.at(-1)?.replace(/[.?!]$/, "") ?? "unknown reason";
}

/** Error codes of Node, Bun and Deno. With any other error, the request may have arrived. */
const preSendErrorCodes =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ConnectionRefused|FailedToOpenSocket|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|CERT_HAS_EXPIRED|ERR_TLS_CERT_ALTNAME_INVALID)$/;

function failedBeforeSending(error: unknown): boolean {
  return errorChain(error).some(
    ({ code, message, syscall }) =>
      preSendErrorCodes.test(code) ||
      syscall === "connect" ||
      syscall === "getaddrinfo" ||
      /tcp connect error|dns error|invalid peer certificate/i.test(message),
  );
}
