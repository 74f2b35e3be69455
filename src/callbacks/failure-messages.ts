/** Why a call failed, in words for the people who have to mend it. */
import { ForbiddenAddressError } from "./addresses.ts";

export const timeoutMessage = (timeoutMs: number): string => `No answer within ${timeoutMs / 1000} s.`;

/** A sentence for what was thrown while a listener was called; `withinMs` is how long it had. */
export function describeFailure(thrown: unknown, timeoutMs: number): string {
  const error = findRootError(thrown);
  if (error instanceof ForbiddenAddressError) return error.message;
  const { name = "", code = "", syscall = "", message = "" } = error as Partial<NodeJS.ErrnoException>;
  if (/^(getaddrinfo|query)/.test(syscall)) return describeLookupFailure(code);
  const certificate = certificateMessages[code];
  if (certificate !== undefined) return `The certificate is not trusted: ${certificate}.`;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return "The certificate is not trusted: it is for another name.";
  if (code === "EPROTO" || code.startsWith("ERR_SSL_")) return "What answers there is no TLS that we speak.";
  if (name === "HTTPParserError" || code.startsWith("HPE_")) return "What it answered is no HTTP.";
  return (
    messagesByCode[code] ??
    describeTimeout(code, timeoutMs) ??
    `The call failed: ${code === "" ? message : code}.`
  );
}

/** Several addresses of one name fail together; the first says why. */
function findRootError(thrown: unknown): unknown {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return findRootError(thrown.errors[0]);
  return thrown;
}

function describeLookupFailure(code: string): string {
  return ["ENOTFOUND", "ENODATA", "EAI_NONAME", "EAI_NODATA"].includes(code)
    ? "The name does not resolve."
    : `The name cannot be resolved at the moment (${code}).`;
}

function describeTimeout(code: string, timeoutMs: number): string | undefined {
  const timeoutCodes = ["ABORT_ERR", "UND_ERR_ABORTED", "UND_ERR_CONNECT_TIMEOUT", "ETIMEDOUT"];
  return timeoutCodes.includes(code) ? timeoutMessage(timeoutMs) : undefined;
}

const messagesByCode: Readonly<Record<string, string>> = {
  ENOTFOUND: "The name does not resolve.",
  ECONNREFUSED: "Nobody listens there (connection refused).",
  ECONNRESET: "It closed the connection without an answer.",
  EPIPE: "It closed the connection without an answer.",
  UND_ERR_SOCKET: "It closed the connection without an answer.",
  EHOSTUNREACH: "There is no way to its address (EHOSTUNREACH).",
  ENETUNREACH: "There is no way to its network (ENETUNREACH).",
  UND_ERR_HEADERS_OVERFLOW: "The headers of its answer are longer than 16 KB.",
};

const trustHint = "NODE_EXTRA_CA_CERTS names a file with the authorities that the server trusts besides";

const certificateMessages: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: `it is signed by itself; ${trustHint}`,
  SELF_SIGNED_CERT_IN_CHAIN: `its authority is nobody's we know; ${trustHint}`,
  UNABLE_TO_GET_ISSUER_CERT: `its authority is nobody's we know; ${trustHint}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `its authority is nobody's we know, or its chain is not sent whole; ${trustHint}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `its authority is nobody's we know, or its chain is not sent whole; ${trustHint}`,
  CERT_HAS_EXPIRED: "it has expired",
  CERT_NOT_YET_VALID: "it is not valid yet",
  CERT_REVOKED: "it was revoked",
  CERT_UNTRUSTED: `its authority is not trusted; ${trustHint}`,
  HOSTNAME_MISMATCH: "it is for another name",
};
