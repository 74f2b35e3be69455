/** The bearer of OpenAPI v2 and of IPG v1: a key encrypted with the platform's public key (RSA, PKCS#1 v1.5, base64). */
import { Buffer } from "node:buffer";
import { constants, createPublicKey, publicEncrypt, type KeyObject } from "node:crypto";
import { InvalidArgumentError } from "../errors.ts";

const requiredBits = 4096;

/** 512 bytes minus the padding. */
const maxSecretBytes = requiredBits / 8 - 11;

/** Parses the public key: base64 of SPKI DER, as the portal shows it, or PEM. Throws `InvalidArgumentError`. */
export function parsePublicKey(publicKey: unknown): KeyObject {
  const key = typeof publicKey === "string" ? decodePublicKey(publicKey.trim()) : null;
  if (key === null || key.asymmetricKeyType !== "rsa") {
    throw new InvalidArgumentError(
      "publicKey",
      "publicKey is not an RSA public key. Copy the whole key from the portal, as base64 or PEM.",
    );
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? requiredBits;
  if (bits !== requiredBits) {
    throw new InvalidArgumentError(
      "publicKey",
      `publicKey has ${bits} bits; M-Pesa's keys have ${requiredBits}.`,
    );
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
    // Ignore the parser's message: it does not help with a truncated key, and could contain part of it.
    return null;
  }
}

/** Trims the whitespace that copying from the portal adds. Throws `InvalidArgumentError`. */
export function parseApiKey(apiKey: unknown): string {
  const key = typeof apiKey === "string" ? apiKey.trim() : "";
  if (key === "")
    throw new InvalidArgumentError(
      "apiKey",
      "apiKey is missing. Copy it from the application in the portal.",
    );
  if (Buffer.byteLength(key) > maxSecretBytes) {
    throw new InvalidArgumentError("apiKey", "apiKey is too long. Is it the public key?");
  }
  return key;
}

/** Whether a session key can be encrypted. M-Pesa's are always short enough. */
export const isEncryptableKey = (key: string): boolean =>
  key !== "" && Buffer.byteLength(key) <= maxSecretBytes;

/**
 * The value after `Bearer `. In OpenAPI v2, the secret is the API key for getSession, and the session key for all other
 * calls. In IPG v1, it is the API key.
 */
export function encryptBearer(key: KeyObject, secret: string): string {
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(secret)).toString("base64");
}
