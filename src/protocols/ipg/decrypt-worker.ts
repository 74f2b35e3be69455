/** The worker thread behind `bearer-decryption.ts`: holds the private keys and decrypts one bearer per call. */
import { constants, createPrivateKey, privateDecrypt, randomBytes } from "node:crypto";
import { workerData } from "piscina";
import type { Environment } from "../../core/markets.ts";
import type { BearerTask } from "./bearer-decryption.ts";

const pem = workerData as Readonly<Record<Environment, string>>;
const keys = { sandbox: createPrivateKey(pem.sandbox), live: createPrivateKey(pem.live) };

export default function decrypt({ environment, ciphertext }: BearerTask): string {
  const key = keys[environment];
  try {
    return privateDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, ciphertext).toString("latin1");
  } catch {
    // The number is larger than the modulus. Return random bytes, as OpenSSL does for other forged
    // ciphertexts.
    return randomBytes(32).toString("latin1");
  }
}
