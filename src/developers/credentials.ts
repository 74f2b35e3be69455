/**
 * Credentials: issued once, shown once, and stored as a hash. A renewed credential stays listed as inactive.
 *
 * What must be computed with (signing secrets, digests) is sealed instead: `callbacks/signing.ts` has an example.
 */
import { hash, randomInt } from "node:crypto";
import type { Sql, Transaction } from "../store/driver/connect.ts";
import { deactivateCredential, insertCredential, type CredentialOwner } from "../store/main/credentials.ts";

/** The characters of generated secrets. */
export const secretLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const secretLength = 32;
const hintLength = 4;

/** The protocol that accepts a credential, and its kind there. */
export interface CredentialType {
  readonly protocol: string;
  readonly kind: string;
}

/** 32 letters and digits. */
export function generateSecret(): string {
  let secret = "";
  for (let i = 0; i < secretLength; i += 1) secret += secretLetters[randomInt(secretLetters.length)];
  return secret;
}

/** The value that is stored of a secret. A secret has 32 random characters, so the hash needs no salt. */
export const hashSecret = (secret: string): Buffer => hash("sha256", secret, "buffer");

/** The last characters of a secret, so that a person can tell keys apart. */
export const toHint = (secret: string): string => secret.slice(-hintLength);

/** Stores a secret as the current credential, unless there is one. Returns its id, or null if there is one. */
export function storeCredential(
  sql: Sql | Transaction,
  owner: CredentialOwner,
  { protocol, kind }: CredentialType,
  secret: string,
): Promise<bigint | null> {
  return insertCredential(sql, {
    owner,
    protocol,
    kind,
    hash: hashSecret(secret),
    sealed: null,
    hint: toHint(secret),
  });
}

/** Makes the current credential inactive and issues another. Returns the secret, which is not stored. */
export async function renewCredential(
  tx: Transaction,
  owner: CredentialOwner,
  type: CredentialType,
): Promise<string> {
  const secret = generateSecret();
  await deactivateCredential(tx, owner, type.protocol, type.kind);
  const id = await storeCredential(tx, owner, type, secret);
  if (id === null) throw new Error("another server renewed this credential at the same time");
  return secret;
}
