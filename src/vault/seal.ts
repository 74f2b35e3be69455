/**
 * Sealing: secrets in the database are encrypted with the installation's SECRET_KEY (AES-256-GCM), so that a copy of
 * the database alone is useless.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/** The bytes were sealed with another SECRET_KEY, or were changed. */
export class DecryptionError extends Error {
  constructor() {
    super("SECRET_KEY is not the key that sealed the secrets in this database");
  }
}

const version = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** Seals `plain` for one purpose. Unsealing needs the same key and purpose. */
export function seal(secretKey: Buffer, purpose: string, plain: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", purposeKey(secretKey, purpose), nonce);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.from([version]), nonce, cipher.getAuthTag(), sealed]);
}

/** Decrypts the result of `seal`, or throws `DecryptionError`. */
export function unseal(secretKey: Buffer, purpose: string, sealed: Buffer): Buffer {
  if (sealed.length < 1 + nonceBytes + tagBytes || sealed[0] !== version) throw new DecryptionError();
  const nonce = sealed.subarray(1, 1 + nonceBytes);
  const tag = sealed.subarray(1 + nonceBytes, 1 + nonceBytes + tagBytes);
  try {
    const decipher = createDecipheriv("aes-256-gcm", purposeKey(secretKey, purpose), nonce, {
      authTagLength: tagBytes,
    });
    decipher.setAuthTag(tag);
    return Buffer.concat([decipher.update(sealed.subarray(1 + nonceBytes + tagBytes)), decipher.final()]);
  } catch {
    throw new DecryptionError();
  }
}

/** Each purpose has its own key, so that bytes sealed for one purpose cannot be used for another. */
function purposeKey(secretKey: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secretKey, "pesarail", purpose, 32));
}
