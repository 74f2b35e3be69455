/**
 * Credentials: issued once, shown once, and stored as a hash. A renewed credential stays listed as inactive.
 *
 * What digests are computed with is stored sealed instead (`sealed-credentials.ts`).
 */
import { hash, randomInt } from "node:crypto";
import type { Sql, Transaction } from "../store/driver/connect.ts";
import { insertCredential, retireCredential } from "../store/main/credentials.ts";
import { sealCredential } from "./sealed-credentials.ts";

/** The characters of generated secrets. */
export const secretLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const secretLength = 32;
const hintLength = 4;

/** The protocol that accepts a credential, and its kind there. */
export interface CredentialType {
  readonly protocol: string;
  readonly kind: string;
  /** Whether it is stored sealed under SECRET_KEY instead of hashed, because digests are computed with it. */
  readonly isSealed?: true;
  /** How many characters a generated one has. Default: 32. */
  readonly length?: number;
}

/** Letters and digits. */
export function generateSecret(length: number = secretLength): string {
  let secret = "";
  for (let i = 0; i < length; i += 1) secret += secretLetters[randomInt(secretLetters.length)];
  return secret;
}

/** The value that is stored of a secret. A secret has 32 random characters, so the hash needs no salt. */
export const hashSecret = (secret: string): Buffer => hash("sha256", secret, "buffer");

/** The last characters of a secret, so that a person can tell keys apart. */
export const toHint = (secret: string): string => secret.slice(-hintLength);

/**
 * Stores a secret of an application as the current credential, unless there is one. Returns its id, or null if there is
 * one. `readSecretKey` is called for what is stored sealed.
 */
export function storeCredential(
  sql: Sql | Transaction,
  owner: { readonly applicationId: bigint },
  type: CredentialType,
  secret: string,
  readSecretKey: () => Buffer,
): Promise<bigint | null> {
  const { protocol, kind, isSealed = false } = type;
  return insertCredential(sql, {
    owner,
    protocol,
    kind,
    hash: isSealed ? null : hashSecret(secret),
    sealed: isSealed ? sealCredential(readSecretKey(), owner.applicationId, type, secret) : null,
    hint: toHint(secret),
  });
}

export interface RenewedCredential {
  readonly secret: string;
  /** Until when the replaced one stays valid: wall time; null if there was none, or it is inactive already. */
  readonly previousUntil: Date | null;
}

export interface CredentialRenewal {
  /** How long the current one stays valid, in milliseconds of wall time. */
  readonly overlapMs: number;
  /** Called for what is stored sealed. */
  readonly readSecretKey: () => Buffer;
  /** The new one. Default: a generated one. */
  readonly secret?: string;
}

/**
 * Issues another credential. The current one stays valid for the overlap, and one that was replaced earlier ends at once, so
 * that at most two are valid.
 */
export async function renewCredential(
  tx: Transaction,
  owner: { readonly applicationId: bigint },
  type: CredentialType,
  { overlapMs, readSecretKey, secret = generateSecret(type.length) }: CredentialRenewal,
): Promise<RenewedCredential> {
  const previousUntil = await retireCredential(tx, owner, type, { overlapMs, maxEarlier: 0 });
  const id = await storeCredential(tx, owner, type, secret, readSecretKey);
  if (id === null) throw new Error("another server renewed this credential at the same time");
  return { secret, previousUntil };
}
