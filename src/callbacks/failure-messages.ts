/** Messages for failed calls, for the people who have to fix the listener. */
import { ResponseLimitError, createTooLongError } from "../outbound/limits.ts";
import { OutboundTimeout, type OutboundResponse } from "../outbound/outbound-client.ts";
import { ForbiddenAddressError } from "./addresses.ts";

export const timeoutMessage = (timeoutMs: number): string => `No answer within ${timeoutMs / 1000} s.`;

/** Describes an error that a call threw, as a sentence. */
export function describeFailure(thrown: unknown, timeoutMs: number): string {
  const error = findRootError(thrown);
  if (error instanceof ForbiddenAddressError || error instanceof ResponseLimitError) return error.message;
  if (error instanceof OutboundTimeout) return timeoutMessage(timeoutMs);
  const { name = "", code = "", syscall = "", message = "" } = error as Partial<NodeJS.ErrnoException>;
  if (/^(getaddrinfo|query)/.test(syscall)) return describeLookupFailure(code);
  const certificate = certificateMessages[code];
  if (certificate !== undefined) return `The certificate is not trusted: ${certificate}.`;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return "The certificate is not trusted: it is for another name.";
  if (code === "EPROTO" || code.startsWith("ERR_SSL_"))
    return "The TLS handshake failed: the listener does not support TLS, or no common version.";
  if (message === "bad upgrade") return "It switched to another protocol (101), which it was not asked to.";
  if (name === "HTTPParserError" || code.startsWith("HPE_") || message === "bad response")
    return "The response is not valid HTTP.";
  return (
    messagesByCode[code] ??
    describeTimeout(code, timeoutMs) ??
    `The call failed: ${code === "" ? message : code}.`
  );
}

/** Describes why only the beginning of a response was read, as a sentence. */
export function describeIncomplete(
  incomplete: NonNullable<OutboundResponse["incomplete"]>,
  timeoutMs: number,
): string {
  const texts = {
    "too long": createTooLongError().message,
    compressed: "The response is compressed, which Pesarail does not accept. Its body was not read.",
    deadline: `The response was not complete within ${timeoutMs / 1000} s.`,
    closed: "The connection closed before the response was complete.",
  };
  return texts[incomplete];
}

/** When all addresses of a name fail, the first error is reported. */
function findRootError(thrown: unknown): unknown {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return findRootError(thrown.errors[0]);
  return thrown;
}

function describeLookupFailure(code: string): string {
  return ["ENOTFOUND", "ENODATA", "EAI_NONAME", "EAI_NODATA"].includes(code)
    ? "The name does not resolve."
    : `The name cannot be resolved at present (${code}).`;
}

function describeTimeout(code: string, timeoutMs: number): string | undefined {
  const timeoutCodes = ["ABORT_ERR", "UND_ERR_ABORTED", "UND_ERR_CONNECT_TIMEOUT", "ETIMEDOUT"];
  return timeoutCodes.includes(code) ? timeoutMessage(timeoutMs) : undefined;
}

const messagesByCode: Readonly<Record<string, string>> = {
  ENOTFOUND: "The name does not resolve.",
  ECONNREFUSED: "Connection refused: nothing listens at this address.",
  ECONNRESET: "It closed the connection without an answer.",
  EPIPE: "It closed the connection without an answer.",
  UND_ERR_SOCKET: "It closed the connection without an answer.",
  EHOSTUNREACH: "The host is unreachable (EHOSTUNREACH).",
  ENETUNREACH: "The network is unreachable (ENETUNREACH).",
  UND_ERR_HEADERS_OVERFLOW: "The response headers are longer than 16 KB.",
};

const trustHint =
  "to trust more certificate authorities, set NODE_EXTRA_CA_CERTS to a file with their certificates";

const certificateMessages: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: `it is self-signed; ${trustHint}`,
  SELF_SIGNED_CERT_IN_CHAIN: `its certificate authority is unknown; ${trustHint}`,
  UNABLE_TO_GET_ISSUER_CERT: `its certificate authority is unknown; ${trustHint}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `its certificate authority is unknown, or the listener does not send the whole chain; ${trustHint}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `its certificate authority is unknown, or the listener does not send the whole chain; ${trustHint}`,
  CERT_HAS_EXPIRED: "it has expired",
  CERT_NOT_YET_VALID: "it is not valid yet",
  CERT_REVOKED: "it was revoked",
  CERT_UNTRUSTED: `its certificate authority is not trusted; ${trustHint}`,
  HOSTNAME_MISMATCH: "it is for another name",
};
