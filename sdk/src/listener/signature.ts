/**
 * Signatures of callbacks, by the Standard Webhooks scheme: who wrote a body, and when.
 *
 * M-Pesa itself signs nothing; Pesarail does. What is signed are the bytes that came, so they are compared
 * before anybody parses them.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { InvalidArgumentError } from "../errors.ts";

/** What a request says of its own signature; nothing is known yet of whether it is true. */
export interface SignatureHeaders {
  readonly id: string;
  readonly sentAt: Date;
  readonly signatures: readonly Uint8Array[];
}

export type SignatureHeadersError = "unsigned" | "stale";

const minKeyBytes = 16;

/** The keys of an application's secrets: `whsec_` and base64. */
export function parseSecrets(secret: string | readonly string[]): readonly Uint8Array[] {
  const secrets = typeof secret === "string" ? [secret] : secret;
  // An empty list would let everybody in, where somebody meant to let in nobody but us.
  if (!Array.isArray(secrets) || secrets.length === 0)
    throw new InvalidArgumentError("secret", "secret is empty: give a whsec_… text, or a list of them.");
  return secrets.map(parseSecret);
}

function parseSecret(secret: unknown): Uint8Array {
  const [, base64 = ""] =
    typeof secret === "string" ? (/^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? []) : [];
  const key = decodeBase64(base64);
  if (key.length < minKeyBytes)
    throw new InvalidArgumentError("secret", "A secret is whsec_ and base64, as the application shows it.");
  return key;
}

/** Reads the three headers. A timestamp may be off by the tolerance, to either side. */
export function parseSignatureHeaders(
  headers: Headers,
  nowMs: number,
  toleranceMs: number,
): SignatureHeaders | SignatureHeadersError {
  const id = headers.get("webhook-id") ?? "";
  const timestamp = headers.get("webhook-timestamp") ?? "";
  const signatures = parseSignatures(headers.get("webhook-signature") ?? "");
  // Without a dot in the id there is but one way to read `id.timestamp.body`, and a signature fits one message.
  if (!/^[\w-]{1,128}$/.test(id) || !/^[1-9]\d{0,11}$/.test(timestamp) || signatures.length === 0)
    return "unsigned";
  const sentAt = new Date(Number(timestamp) * 1000);
  return Math.abs(nowMs - sentAt.getTime()) > toleranceMs ? "stale" : { id, sentAt, signatures };
}

/** While a secret is replaced there are several; of versions we know `v1`. */
function parseSignatures(header: string): Uint8Array[] {
  return header
    .split(" ")
    .filter((part) => part.startsWith("v1,"))
    .map((part) => decodeBase64(part.slice("v1,".length)));
}

/** Whether one of the signatures is made with one of the keys. */
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

/** Base64; nothing for a text that is none. */
function decodeBase64(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}
