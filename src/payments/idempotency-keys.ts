/** The keys of stored references and usage: 32 hexadecimal digits, which fit PostgreSQL's `uuid` type. */
import { hash } from "node:crypto";

/**
 * The key of a caller's reference. A reference can be used once per application, rail and operation. The
 * rail is the schema that stores the key. Half of a SHA-256 is enough to make collisions infeasible.
 */
export function toReferenceKey(
  applicationId: bigint,
  protocol: string,
  operation: string,
  reference: string,
): string {
  return hash("sha256", `${applicationId}\n${protocol}\n${operation}\n${reference}`, "hex").slice(0, 32);
}

/** Instead of an operation: the scope of references that a protocol's callers use once for all of its operations. */
export const protocolScope = "*";

/** The key of a payment that a tool or the platform itself makes. It never equals a caller's key. */
export function toInternalKey(name: bigint | string): string {
  return hash("sha256", `pesarail\n${name}`, "hex").slice(0, 32);
}

/** The key of a session's usage of an operation. `session` is the start of the access token's hash. */
export function toSessionUsageKey(session: string, operation: string): string {
  return hash("sha256", `${session}\n${operation}`, "hex").slice(0, 32);
}
