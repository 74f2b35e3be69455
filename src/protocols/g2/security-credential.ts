/**
 * SecurityCredential: the initiator's password, encrypted with the environment's certificate (RSA-2048, PKCS#1 v1.5).
 *
 * Decryption of a block that was made with another key yields random bytes, not an error (OpenSSL's implicit rejection).
 * A password is text, so bytes that are no text show that the credential was made with another certificate. A few random
 * bytes may be text, so such a credential is hardly ever taken for a wrong password.
 */
import {
  constants,
  createHash,
  createPublicKey,
  privateDecrypt,
  publicEncrypt,
  type KeyObject,
} from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Environment } from "../../core/markets.ts";

/** What a credential holds: the passwords that it may stand for, or null if it was made with another certificate. */
export type DecryptedCredential = readonly string[] | null;

export interface CredentialDecryptor {
  decrypt(environment: Environment, credential: string): DecryptedCredential;
}

/** Many programs make their credential once and send it for years, and a decryption takes half a millisecond. */
const maxCached = 1_000;

export function createCredentialDecryptor(
  keys: Readonly<Record<Environment, { readonly initiatorKey: KeyObject }>>,
  { lenient }: { readonly lenient: boolean },
): CredentialDecryptor {
  const cache = new LRUCache<string, { readonly passwords: DecryptedCredential }>({ max: maxCached });
  return {
    decrypt(environment, credential) {
      const key = createHash("sha256").update(environment).update(credential).digest("base64");
      const known = cache.get(key);
      if (known !== undefined) return known.passwords;
      const passwords = decryptOnce(keys[environment].initiatorKey, credential, lenient);
      cache.set(key, { passwords });
      return passwords;
    },
  };
}

function decryptOnce(key: KeyObject, credential: string, lenient: boolean): DecryptedCredential {
  let bytes: Buffer;
  try {
    bytes = privateDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(credential, "base64"));
  } catch {
    // The block is not below the modulus: it was made with a larger one.
    return null;
  }
  const text = bytes.toString("utf8");
  if (text === "" || !isPrintable(text)) return null;
  return lenient ? [text, ...listLenientForms(text)] : [text];
}

const isPrintable = (text: string): boolean => !/[\p{Cc}\u{fffd}]/u.test(text);

/** Some programs encode the password in base64 first, or put a timestamp of 14 digits behind it. */
function listLenientForms(text: string): string[] {
  const forms: string[] = [];
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(text) && text.length % 4 === 0) {
    const decoded = Buffer.from(text, "base64").toString("utf8");
    if (decoded !== "" && isPrintable(decoded)) forms.push(decoded);
  }
  const withoutTimestamp = /^(.+)\d{14}$/s.exec(text)?.[1];
  if (withoutTimestamp !== undefined) forms.push(withoutTimestamp);
  return forms;
}

/** The SecurityCredential of a password. */
export function encryptPassword(certificate: string, password: string): string {
  const key = createPublicKey(certificate);
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(password)).toString(
    "base64",
  );
}
