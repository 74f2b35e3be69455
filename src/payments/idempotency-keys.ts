/** The keys of stored references and usage: 32 hexadecimal digits, which fit PostgreSQL's `uuid` type. */
import { hash } from "node:crypto";
import { products, type Product } from "./products.ts";

/**
 * The key of a caller's reference. A reference can be used once per application, rail and product. The
 * rail is the schema that stores the key. Half of a SHA-256 is enough to make collisions infeasible.
 */
export function toReferenceKey(applicationId: bigint, product: Product, reference: string): string {
  return hash("sha256", `${applicationId}\n${product}\n${reference}`, "hex").slice(0, 32);
}

/** The key of a payment that a tool or the platform itself makes. It never equals a caller's key. */
export function toInternalKey(name: bigint | string): string {
  return hash("sha256", `pesarail\n${name}`, "hex").slice(0, 32);
}

/** The key of a session's usage of a product. `session` is the start of the session key's hash. */
export function toSessionUsageKey(session: string, product: Product): string {
  return session.slice(0, 30) + products[product].number.toString(16).padStart(2, "0");
}
