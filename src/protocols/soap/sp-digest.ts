/**
 * The digest of a service provider's password: SHA-256 of spId, password and timeStamp, in base64. Three forms of it are in
 * use, which differ in length: of the lower-case hexadecimal digits, of the upper-case ones, and of the bytes.
 *
 * The timeStamp is a text that enters the digest, and never read as a date: programs write local time, milliseconds, and
 * hours of a twelve-hour clock, and one pair of digest and timeStamp has been sent for years.
 */
import { hash, timingSafeEqual } from "node:crypto";

export interface DigestParts {
  readonly spId: string;
  readonly password: string;
  readonly timeStamp: string;
}

export type DigestForm = "lowerHex" | "upperHex" | "bytes";

/** What a program of one form sends as spPassword. */
export function createDigest({ spId, password, timeStamp }: DigestParts, form: DigestForm): string {
  const digest = hash("sha256", spId + password + timeStamp, "buffer");
  if (form === "bytes") return digest.toString("base64");
  const hex = digest.toString("hex");
  return Buffer.from(form === "lowerHex" ? hex : hex.toUpperCase()).toString("base64");
}

/** The SHA-256 that a spPassword stands for, or null if it has none of the forms. */
export function decodeDigest(sent: string): Buffer | null {
  // Some libraries break the lines of base64.
  const spPassword = sent.replaceAll(/\s/g, "");
  if (!/^[A-Za-z0-9+/]{1,120}={0,2}$/.test(spPassword)) return null;
  const decoded = Buffer.from(spPassword, "base64");
  if (decoded.length === 32) return decoded;
  const hex = decoded.toString("latin1");
  return decoded.length === 64 && /^(?:[0-9a-f]{64}|[0-9A-F]{64})$/.test(hex)
    ? Buffer.from(hex, "hex")
    : null;
}

/** Takes the same time for every wrong digest. */
export function matchesDigest(sent: Buffer, { spId, password, timeStamp }: DigestParts): boolean {
  return timingSafeEqual(sent, hash("sha256", spId + password + timeStamp, "buffer"));
}
