/** The worker thread behind `bearer-decryption.ts`: holds the private keys and decrypts one bearer per call. */
import { constants, createPrivateKey, privateDecrypt, randomBytes } from "node:crypto";
import { readlinkSync } from "node:fs";
import { basename } from "node:path";
import { setPriority } from "node:os";
import { workerData } from "piscina";
import type { Environment } from "../../core/markets.ts";
import type { BearerTask } from "./bearer-decryption.ts";

/** Below the event loop and PostgreSQL, so that a flood of forged bearers takes only the time that they leave. */
const niceness = 10;

lowerPriority();

/** Linux has a priority for each thread; `/proc/thread-self` names this one. Elsewhere the threads keep theirs. */
function lowerPriority(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(Number(basename(readlinkSync("/proc/thread-self"))), niceness);
  } catch {
    // A container may have no /proc, or forbid it.
  }
}

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
