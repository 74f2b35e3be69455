/**
 * The errors of one HTTP request: the connection failed, or the response is not from M-Pesa.
 *
 * Errors are written to logs, so this file removes bearers, keys and customers' numbers from them.
 */
import { TransportError } from "../errors.ts";

/** A failed request, before the client adds its reference: see `toTransportError`. */
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

/** Adds the reference of the caller's own request to a connection error. Returns any other error as it is. */
export function toTransportError(reference: string, error: unknown): unknown {
  if (!(error instanceof ConnectionError)) return error;
  const { message, mayHaveArrived, httpStatus, excerpt, cause } = error;
  return new TransportError(message, { reference, mayHaveArrived, httpStatus, excerpt, cause });
}

/** Converts the error of a `fetch`. */
export const fromFetchError = (error: unknown): ConnectionError =>
  new ConnectionError(`The connection failed: ${describeError(error)}.`, {
    mayHaveArrived: !failedBeforeSending(error),
    cause: redactCause(error),
  });

const maxExcerptLength = 200;

/** The error for a response that another server sent, such as a proxy. `problem` says what is wrong with it. */
export function unexpectedResponseError(status: number, text: string, problem: string): ConnectionError {
  // A proxy may echo the request. Redact bearers and numbers.
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
      /tcp connect error|dns error|invalid peer certificate|^bad port$/i.test(message),
  );
}
