/**
 * Signatures of callbacks, by the Standard Webhooks scheme: who wrote a body, and when.
 *
 * M-Pesa itself signs nothing; Pesarail does. What is signed are the bytes that came, so they are compared
 * before anybody parses them.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { MisuseError } from "../errors.ts";

/** What a request says of its own signature; nothing is known yet of whether it is true. */
export interface Claim {
  readonly id: string;
  readonly sentAt: Date;
  readonly signatures: readonly Uint8Array[];
}

export type ClaimRefusal = "unsigned" | "stale";

const keyBytesMin = 16;

/** The keys of an application's secrets: `whsec_` and base64. */
export function keysOf(secret: string | readonly string[]): readonly Uint8Array[] {
  const secrets = typeof secret === "string" ? [secret] : secret;
  // An empty list would let everybody in, where somebody meant to let in nobody but us.
  if (!Array.isArray(secrets) || secrets.length === 0)
    throw new MisuseError("secret", "secret is empty: give a whsec_… text, or a list of them.");
  return secrets.map(keyOf);
}

function keyOf(secret: unknown): Uint8Array {
  const [, base64 = ""] =
    typeof secret === "string" ? (/^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? []) : [];
  const key = bytesOf(base64);
  if (key.length < keyBytesMin)
    throw new MisuseError("secret", "A secret is whsec_ and base64, as the application shows it.");
  return key;
}

/** Reads the three headers. A timestamp may be off by the tolerance, to either side. */
export function claimOf(headers: Headers, nowMs: number, toleranceMs: number): Claim | ClaimRefusal {
  const id = headers.get("webhook-id") ?? "";
  const timestamp = headers.get("webhook-timestamp") ?? "";
  const signatures = signaturesOf(headers.get("webhook-signature") ?? "");
  // Without a dot in the id there is but one way to read `id.timestamp.body`, and a signature fits one message.
  if (!/^[\w-]{1,128}$/.test(id) || !/^[1-9]\d{0,11}$/.test(timestamp) || signatures.length === 0)
    return "unsigned";
  const sentAt = new Date(Number(timestamp) * 1000);
  return Math.abs(nowMs - sentAt.getTime()) > toleranceMs ? "stale" : { id, sentAt, signatures };
}

/** While a secret is replaced there are several; of versions we know `v1`. */
function signaturesOf(header: string): Uint8Array[] {
  return header
    .split(" ")
    .filter((each) => each.startsWith("v1,"))
    .map((each) => bytesOf(each.slice("v1,".length)));
}

/** Whether one of the signatures is made with one of the keys. */
export function isAuthentic(keys: readonly Uint8Array[], claim: Claim, body: Uint8Array): boolean {
  const signed = `${claim.id}.${claim.sentAt.getTime() / 1000}.`;
  const wanted = keys.map((key) => createHmac("sha256", key).update(signed).update(body).digest());
  return claim.signatures.some((given) =>
    wanted.some((each) => each.length === given.length && timingSafeEqual(each, given)),
  );
}

/** Base64; nothing for a text that is none. */
function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}
