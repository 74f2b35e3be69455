/** The bearer: a key encrypted to the platform's public key, as M-Pesa wants it (RSA, PKCS#1 v1.5, base64). */
import { Buffer } from "node:buffer";
import { constants, createPublicKey, publicEncrypt, type KeyObject } from "node:crypto";
import { InvalidArgumentError } from "./errors.ts";

const requiredBits = 4096;

/** What the padding leaves of 512 bytes. */
const maxSecretBytes = requiredBits / 8 - 11;

/** Reads the public key as the portal shows it (base64 of SPKI DER), or as PEM. Throws `MisuseError`. */
export function parsePublicKey(publicKey: unknown): KeyObject {
  const key = typeof publicKey === "string" ? decodePublicKey(publicKey.trim()) : null;
  if (key === null || key.asymmetricKeyType !== "rsa") {
    throw new InvalidArgumentError(
      "publicKey",
      "publicKey is no RSA public key: copy it whole from the portal, in base64, or as PEM.",
    );
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? requiredBits;
  if (bits !== requiredBits) {
    throw new InvalidArgumentError("publicKey", `publicKey has ${bits} bits; M-Pesa's have ${requiredBits}.`);
  }
  return key;
}

function decodePublicKey(text: string): KeyObject | null {
  try {
    if (text.startsWith("-----BEGIN PUBLIC KEY")) return createPublicKey(text);
    return createPublicKey({
      key: Buffer.from(text.replace(/\s+/g, ""), "base64"),
      format: "der",
      type: "spki",
    });
  } catch {
    // What the parser says is of no use to whoever pasted half a key, and could repeat some of it.
    return null;
  }
}

/** The API key, without the whitespace that came with it from the portal's page. Throws `MisuseError`. */
export function parseApiKey(apiKey: unknown): string {
  const key = typeof apiKey === "string" ? apiKey.trim() : "";
  if (key === "")
    throw new InvalidArgumentError("apiKey", "apiKey is missing: the portal shows it with the application.");
  if (Buffer.byteLength(key) > maxSecretBytes) {
    throw new InvalidArgumentError("apiKey", "apiKey is too long to be one: is it the public key?");
  }
  return key;
}

/** Whether a session's key can be encrypted. Nothing that M-Pesa makes is so long that it could not. */
export const isEncryptableKey = (key: string): boolean =>
  key !== "" && Buffer.byteLength(key) <= maxSecretBytes;

/** What stands behind `Bearer ` for a secret: the API key for getSession, the session key for all else. */
export function encryptBearer(key: KeyObject, secret: string): string {
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(secret)).toString("base64");
}
