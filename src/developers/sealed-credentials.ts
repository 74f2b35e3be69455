/**
 * Credentials that digests are computed with: stored sealed under SECRET_KEY, and unsealed when a request needs them.
 *
 * Unsealed secrets are kept in memory until any server changes a credential, as other caches of credentials are.
 */
import { createLruCache } from "../core/lru-cache.ts";
import type { Sql } from "../store/driver/connect.ts";
import {
  readEndedCredentials,
  readUsableCredentials,
  type CredentialRow,
} from "../store/main/credentials.ts";
import { seal, unseal } from "../vault/seal.ts";

export interface SealedCredential {
  readonly id: bigint;
  readonly secret: string;
  /** The last characters. */
  readonly hint: string;
  /** Of one that was renewed: until when it is in use, wall time. */
  readonly retiresAt: Date | null;
}

/** What a sealed credential is for. */
export interface SealedType {
  readonly protocol: string;
  readonly kind: string;
}

export interface SealedCredentials {
  /** An application's secrets of a type that are in use: the current one first. */
  read(applicationId: bigint, type: SealedType): Promise<readonly SealedCredential[]>;
  /** The last ones that are no longer in use, to tell a caller who still has one from a stranger. */
  readEnded(applicationId: bigint, type: SealedType): Promise<readonly SealedCredential[]>;
}

const maxRemembered = 20_000;
const maxEnded = 5;

/** `onInvalidate` calls its argument whenever a credential has changed on any server. */
export function createSealedCredentials(
  sql: Sql,
  secretKey: Buffer,
  onInvalidate: (listener: () => void) => void,
): SealedCredentials {
  const known = createLruCache<string, readonly SealedCredential[]>(maxRemembered);
  const knownEnded = createLruCache<string, readonly SealedCredential[]>(maxRemembered);
  let generation = 0;
  onInvalidate(() => {
    generation += 1;
    known.clear();
    knownEnded.clear();
  });
  return {
    async read(applicationId, type) {
      const purpose = toSealPurpose(applicationId, type);
      const remembered = known.get(purpose);
      if (remembered !== undefined) return remembered.filter(isInUse);
      const generationBefore = generation;
      const credentials = await readSealedCredentials(sql, secretKey, applicationId, type);
      // A credential that is stored later does not clear the cache, so its absence is not remembered.
      if (credentials.length > 0 && generationBefore === generation) known.set(purpose, credentials);
      return credentials;
    },
    async readEnded(applicationId, type) {
      const purpose = toSealPurpose(applicationId, type);
      const remembered = knownEnded.get(purpose);
      if (remembered !== undefined) return remembered;
      const generationBefore = generation;
      const rows = await readEndedCredentials(sql, { applicationId }, type.kind, maxEnded);
      const ended = unsealRows(rows, secretKey, applicationId, type);
      if (generationBefore === generation) knownEnded.set(purpose, ended);
      return ended;
    },
  };
}

/** Nothing clears the cache when an overlap ends. */
const isInUse = ({ retiresAt }: SealedCredential): boolean =>
  retiresAt === null || retiresAt.getTime() > Date.now();

/** The secrets that are in use, without a cache. */
export async function readSealedCredentials(
  sql: Sql,
  secretKey: Buffer,
  applicationId: bigint,
  type: SealedType,
): Promise<readonly SealedCredential[]> {
  const rows = await readUsableCredentials(sql, { applicationId }, type.kind);
  return unsealRows(rows, secretKey, applicationId, type);
}

function unsealRows(
  rows: readonly CredentialRow[],
  secretKey: Buffer,
  applicationId: bigint,
  type: SealedType,
): readonly SealedCredential[] {
  const purpose = toSealPurpose(applicationId, type);
  return rows.flatMap(({ id, hint, protocol, sealed, retiresAt }): SealedCredential[] =>
    sealed === null || protocol !== type.protocol
      ? []
      : [{ id, hint, retiresAt, secret: unseal(secretKey, purpose, sealed).toString("utf8") }],
  );
}

/** The stored form of a secret. */
export const sealCredential = (
  secretKey: Buffer,
  applicationId: bigint,
  type: SealedType,
  secret: string,
): Buffer => seal(secretKey, toSealPurpose(applicationId, type), Buffer.from(secret, "utf8"));

const toSealPurpose = (applicationId: bigint, { protocol, kind }: SealedType): string =>
  `credential/${applicationId}/${protocol}/${kind}`;
