/** Why a call failed, in words for the people who have to mend it. */
import { AddressRefused } from "./addresses.ts";

export const noAnswer = (ms: number): string => `No answer within ${ms / 1000} s.`;

/** A sentence for what was thrown while a listener was called; `withinMs` is how long it had. */
export function failureInWords(thrown: unknown, withinMs: number): string {
  const error = innermost(thrown);
  if (error instanceof AddressRefused) return error.message;
  const { name = "", code = "", syscall = "", message = "" } = error as Partial<NodeJS.ErrnoException>;
  if (/^(getaddrinfo|query)/.test(syscall)) return nameFailure(code);
  const certificate = certificateFailures[code];
  if (certificate !== undefined) return `The certificate is not trusted: ${certificate}.`;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return "The certificate is not trusted: it is for another name.";
  if (code === "EPROTO" || code.startsWith("ERR_SSL_")) return "What answers there is no TLS that we speak.";
  if (name === "HTTPParserError" || code.startsWith("HPE_")) return "What it answered is no HTTP.";
  return failures[code] ?? timeouts(code, withinMs) ?? `The call failed: ${code === "" ? message : code}.`;
}

/** Several addresses of one name fail together; the first says why. */
function innermost(thrown: unknown): unknown {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return innermost(thrown.errors[0]);
  return thrown;
}

function nameFailure(code: string): string {
  return ["ENOTFOUND", "ENODATA", "EAI_NONAME", "EAI_NODATA"].includes(code)
    ? "The name does not resolve."
    : `The name cannot be resolved at the moment (${code}).`;
}

function timeouts(code: string, withinMs: number): string | undefined {
  const late = ["ABORT_ERR", "UND_ERR_ABORTED", "UND_ERR_CONNECT_TIMEOUT", "ETIMEDOUT"];
  return late.includes(code) ? noAnswer(withinMs) : undefined;
}

const failures: Readonly<Record<string, string>> = {
  ENOTFOUND: "The name does not resolve.",
  ECONNREFUSED: "Nobody listens there (connection refused).",
  ECONNRESET: "It closed the connection without an answer.",
  EPIPE: "It closed the connection without an answer.",
  UND_ERR_SOCKET: "It closed the connection without an answer.",
  EHOSTUNREACH: "There is no way to its address (EHOSTUNREACH).",
  ENETUNREACH: "There is no way to its network (ENETUNREACH).",
  UND_ERR_HEADERS_OVERFLOW: "The headers of its answer are longer than 16 KB.",
};

const trust = "NODE_EXTRA_CA_CERTS names a file with the authorities that the server trusts besides";

const certificateFailures: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: `it is signed by itself; ${trust}`,
  SELF_SIGNED_CERT_IN_CHAIN: `its authority is nobody's we know; ${trust}`,
  UNABLE_TO_GET_ISSUER_CERT: `its authority is nobody's we know; ${trust}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `its authority is nobody's we know, or its chain is not sent whole; ${trust}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `its authority is nobody's we know, or its chain is not sent whole; ${trust}`,
  CERT_HAS_EXPIRED: "it has expired",
  CERT_NOT_YET_VALID: "it is not valid yet",
  CERT_REVOKED: "it was revoked",
  CERT_UNTRUSTED: `its authority is not trusted; ${trust}`,
  HOSTNAME_MISMATCH: "it is for another name",
};
