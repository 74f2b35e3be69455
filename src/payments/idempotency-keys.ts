/** The keys under which references and usage are stored: 32 hexadecimal digits, PostgreSQL's uuid. */
import { hash } from "node:crypto";
import { products, type Product } from "./products.ts";

/**
 * The key of a caller's reference. A reference is used once per application, rail and product; the
 * rail is the schema that the key is stored in. Half of a SHA-256 is long enough that nobody finds
 * two references that share a key.
 */
export function toReferenceKey(applicationId: bigint, product: Product, reference: string): string {
  return hash("sha256", `${applicationId}\n${product}\n${reference}`, "hex").slice(0, 32);
}

/** The key of what no caller can name: movements that tools and the platform itself ask for. */
export function toInternalKey(name: bigint | string): string {
  return hash("sha256", `pesarail\n${name}`, "hex").slice(0, 32);
}

/** Counts what a session does with a product. `session` is the start of the session key's hash. */
export function toSessionUsageKey(session: string, product: Product): string {
  return session.slice(0, 30) + products[product].number.toString(16).padStart(2, "0");
}
