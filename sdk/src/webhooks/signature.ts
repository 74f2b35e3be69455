/**
 * Verifies signatures of callbacks, by the Standard Webhooks scheme.
 *
 * M-Pesa itself does not sign; Pesarail does. The signature covers the raw bytes, so it is verified before parsing.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { InvalidArgumentError } from "../errors.ts";

/** The signature headers of a request, not verified yet. */
export interface SignatureHeaders {
  readonly id: string;
  readonly sentAt: Date;
  readonly signatures: readonly Uint8Array[];
}

export type SignatureHeadersError = "unsigned" | "stale";

const minKeyBytes = 16;

/** Parses an application's secrets: `whsec_` and base64. */
export function parseSecrets(secret: string | readonly string[]): readonly Uint8Array[] {
  const secrets = typeof secret === "string" ? [secret] : secret;
  // An empty list must not turn off the signature check.
  if (!Array.isArray(secrets) || secrets.length === 0)
    throw new InvalidArgumentError("secret", "secret is empty. Pass a whsec_… string, or a list of them.");
  return secrets.map(parseSecret);
}

function parseSecret(secret: unknown): Uint8Array {
  const [, base64 = ""] =
    typeof secret === "string" ? (/^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? []) : [];
  const key = decodeBase64(base64);
  if (key.length < minKeyBytes)
    throw new InvalidArgumentError(
      "secret",
      "secret must be whsec_ followed by base64. Copy it from the application.",
    );
  return key;
}

/** Parses the three headers. The timestamp may differ from the clock by the tolerance. */
export function parseSignatureHeaders(
  headers: Headers,
  nowMs: number,
  toleranceMs: number,
): SignatureHeaders | SignatureHeadersError {
  const id = headers.get("webhook-id") ?? "";
  const timestamp = headers.get("webhook-timestamp") ?? "";
  const signatures = parseSignatures(headers.get("webhook-signature") ?? "");
  // The id must not contain a dot: `id.timestamp.body` must have only one reading.
  if (!/^[\w-]{1,128}$/.test(id) || !/^[1-9]\d{0,11}$/.test(timestamp) || signatures.length === 0)
    return "unsigned";
  const sentAt = new Date(Number(timestamp) * 1000);
  return Math.abs(nowMs - sentAt.getTime()) > toleranceMs ? "stale" : { id, sentAt, signatures };
}

/** During a rotation there are several signatures. Only version `v1` is supported. */
function parseSignatures(header: string): Uint8Array[] {
  return header
    .split(" ")
    .filter((part) => part.startsWith("v1,"))
    .map((part) => decodeBase64(part.slice("v1,".length)));
}

/** Whether one of the signatures matches one of the keys. */
export function verifySignature(
  keys: readonly Uint8Array[],
  headers: SignatureHeaders,
  body: Uint8Array,
): boolean {
  const prefix = `${headers.id}.${headers.sentAt.getTime() / 1000}.`;
  const expected = keys.map((key) => createHmac("sha256", key).update(prefix).update(body).digest());
  return headers.signatures.some((signature) =>
    expected.some((digest) => digest.length === signature.length && timingSafeEqual(digest, signature)),
  );
}

/** Returns no bytes for invalid base64. */
function decodeBase64(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}
