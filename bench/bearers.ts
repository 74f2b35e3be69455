import { constants, createPublicKey, publicEncrypt } from "node:crypto";
import { widths } from "./request.ts";

/**
 * Whether a run reuses one ciphertext, as most clients do, or creates a new one for each request.
 *
 * Both are valid: RSA with PKCS#1 v1.5 pads with random bytes, so every encryption of a session key
 * is different. The server can cache a reused ciphertext, but must decrypt each new one.
 */
export type BearerPlan =
  | { readonly kind: "reused"; readonly publicKey: string; readonly secret: string }
  | { readonly kind: "fresh"; readonly publicKey: string; readonly secret: string; readonly count: number };

/**
 * Creates a function that encrypts API keys and session keys as M-Pesa's clients do.
 *
 * `publicKey` is base64 of the key in SPKI format. The result is base64, for the header after `Bearer`.
 */
export function createEncrypter(publicKey: string): (secret: string) => string {
  const key = createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" });
  const padding = constants.RSA_PKCS1_PADDING;
  return (secret) => publicEncrypt({ key, padding }, Buffer.from(secret)).toString("base64");
}

/** Creates all ciphertexts of a run before its first request. The returned function selects one by request number. */
export function createBearers(plan: BearerPlan): (request: number) => Buffer {
  const encrypt = createEncrypter(plan.publicKey);
  const createBearer = () => {
    const bearer = Buffer.from(encrypt(plan.secret), "latin1");
    if (bearer.length !== widths.bearer) throw new Error("the public key is not RSA-4096");
    return bearer;
  };
  if (plan.kind === "reused") {
    const bearer = createBearer();
    return () => bearer;
  }
  const made = Array.from({ length: plan.count }, createBearer);
  return (request) => made[request] ?? Buffer.alloc(0);
}
