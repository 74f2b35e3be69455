/**
 * Sealing: what must be kept secret in a database is encrypted with the installation's SECRET_KEY
 * (AES-256-GCM), so that a copy of the database alone opens nothing.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/** The sealed bytes were made with another SECRET_KEY, or were changed. */
export class DecryptionError extends Error {
  constructor() {
    super("SECRET_KEY is not the key that this database's secrets were sealed with");
  }
}

const version = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** Seals `plain` for one purpose; it can be opened only with the same key and purpose. */
export function seal(secretKey: Buffer, purpose: string, plain: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", purposeKey(secretKey, purpose), nonce);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.from([version]), nonce, cipher.getAuthTag(), sealed]);
}

/** Opens what `seal` made, or throws `SealBroken`. */
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

/** A key of its own for each purpose, so that nothing sealed for one can pass for another. */
function purposeKey(secretKey: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secretKey, "pesarail", purpose, 32));
}
