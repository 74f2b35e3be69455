import { constants, createPublicKey, publicEncrypt } from "node:crypto";
import { widths } from "./request.ts";

/**
 * Whether a run sends one ciphertext again and again, as most clients do, or a new one each time.
 *
 * Both are legal: RSA with PKCS#1 v1.5 pads with random bytes, so every encryption of a session key
 * looks different. The server can remember the first kind and has to decrypt each of the second.
 */
export type BearerPlan =
  | { readonly kind: "reused"; readonly publicKey: string; readonly secret: string }
  | { readonly kind: "fresh"; readonly publicKey: string; readonly secret: string; readonly count: number };

/**
 * Encrypts API keys and session keys the way M-Pesa's clients do.
 *
 * `publicKey` is base64 of the key in SPKI form; the function returned takes the key to hide and gives
 * what follows `Bearer`, base64 as well.
 */
export function createEncrypter(publicKey: string): (secret: string) => string {
  const key = createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" });
  const padding = constants.RSA_PKCS1_PADDING;
  return (secret) => publicEncrypt({ key, padding }, Buffer.from(secret)).toString("base64");
}

/** Makes every ciphertext of a run before its first request; the function returned picks by count. */
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
