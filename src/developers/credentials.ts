/**
 * Credentials: issued once, shown once, and stored as a hash. A renewed credential stays listed as inactive.
 *
 * What must be computed with (signing secrets, digests) is sealed instead: `callbacks/signing.ts` has an example.
 */
import { hash, randomInt } from "node:crypto";
import type { Sql, Transaction } from "../store/driver/connect.ts";
import { insertCredential, retireCredential, type CredentialOwner } from "../store/main/credentials.ts";

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

export interface RenewedCredential {
  /** It is not stored. */
  readonly secret: string;
  /** Until when the replaced one stays valid: wall time; null if there was none, or it is inactive already. */
  readonly previousUntil: Date | null;
}

/**
 * Issues another credential. The current one stays valid for `overlapMs` of wall time, and one that was replaced earlier
 * ends at once, so that at most two are valid.
 */
export async function renewCredential(
  tx: Transaction,
  owner: CredentialOwner,
  type: CredentialType,
  overlapMs: number,
): Promise<RenewedCredential> {
  const secret = generateSecret();
  const previousUntil = await retireCredential(tx, owner, type, { overlapMs, maxEarlier: 0 });
  const id = await storeCredential(tx, owner, type, secret);
  if (id === null) throw new Error("another server renewed this credential at the same time");
  return { secret, previousUntil };
}
