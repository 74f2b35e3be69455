/**
 * Signs callbacks with the Standard Webhooks scheme: extra headers that a listener may verify or ignore.
 * M-Pesa sends no such headers. The body does not change.
 *
 * Every application has its own secret, created on first use. After a rotation, callbacks carry signatures of
 * the new secret and of the old one until that retires, so that listeners can be updated without a gap.
 */
import { randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { createLruCache } from "../core/lru-cache.ts";
import { insertCredential, readUsableCredentials, retireCredential } from "../store/main/credentials.ts";
import type { Sql, Transaction } from "../store/driver/connect.ts";
import { seal, unseal } from "../vault/seal.ts";

export interface CallbackSecret {
  /** `whsec_` and 32 bytes in base64. */
  readonly secret: string;
  /** Wall time; null for the current one. */
  readonly retiresAt: Date | null;
}

/** The maximum number of signatures besides that of the current secret. */
const maxRetiringSecrets = 4;

/** The kind of credential that callbacks of every protocol are signed with. */
const signingSecretKind = "signing_secret";

export interface SecretStore {
  /** The main database. */
  readonly sql: Sql;
  readonly secretKey: Buffer;
}

/** Returns an application's secrets, the current one first. Creates one if there is none. */
export async function getOrCreateCallbackSecrets(
  store: SecretStore,
  applicationId: bigint,
): Promise<CallbackSecret[]> {
  const { sql, secretKey } = store;
  const owner = { applicationId };
  let rows = await readUsableCredentials(sql, owner, signingSecretKind);
  if (rows.every(({ state }) => state !== "active")) {
    await createSecret(sql, secretKey, applicationId);
    // Read again: another server may have created one first.
    rows = await readUsableCredentials(sql, owner, signingSecretKind);
  }
  return rows.flatMap(({ sealed, retiresAt }) =>
    sealed === null
      ? []
      : [{ secret: unseal(secretKey, toSealPurpose(applicationId), sealed).toString("utf8"), retiresAt }],
  );
}

/**
 * Creates a new current secret. The previous ones stay valid for `overlapMs` of wall time. `record` writes the history of
 * the application in the same transaction.
 */
export async function rotateCallbackSecret(
  store: SecretStore,
  applicationId: bigint,
  overlapMs: number,
  record: (tx: Transaction) => Promise<void>,
): Promise<CallbackSecret[]> {
  await store.sql.begin(async (tx) => {
    await record(tx);
    await retireCredential(
      tx,
      { applicationId },
      { protocol: null, kind: signingSecretKind },
      { overlapMs, maxEarlier: maxRetiringSecrets - 1 },
    );
    await createSecret(tx, store.secretKey, applicationId);
  });
  return getOrCreateCallbackSecrets(store, applicationId);
}

async function createSecret(sql: Sql | Transaction, secretKey: Buffer, applicationId: bigint): Promise<void> {
  const secret = Buffer.from(`whsec_${randomBytes(32).toString("base64")}`, "utf8");
  await insertCredential(sql, {
    owner: { applicationId },
    protocol: null,
    kind: signingSecretKind,
    hash: null,
    sealed: seal(secretKey, toSealPurpose(applicationId), secret),
    hint: "",
  });
}

const toSealPurpose = (applicationId: bigint): string => `callback/${applicationId}`;

export interface Signer {
  /** Returns the signature headers. `id` is the id of the message, the same for all attempts. */
  sign(applicationId: bigint, id: string, body: string): Promise<Record<string, string>>;
  /** Call this after secrets have changed. */
  clearCache(): void;
}

/** `timestamp` is the time of this attempt. */
export interface SignatureInput {
  readonly id: string;
  readonly timestamp: Date;
  readonly body: string;
}

/** Creates the three headers, with one signature per secret. */
export function createSignatureHeaders(
  webhooks: readonly Webhook[],
  { id, timestamp, body }: SignatureInput,
): Record<string, string> {
  return {
    "webhook-id": id,
    "webhook-timestamp": Math.floor(timestamp.getTime() / 1000).toString(),
    "webhook-signature": webhooks.map((webhook) => webhook.sign(id, timestamp, body)).join(" "),
  };
}

interface CachedSecret {
  readonly webhook: Webhook;
  readonly retiresAt: number;
}

/** Caches secrets until `clearCache`. */
export function createSigner(store: SecretStore): Signer {
  const cache = createLruCache<bigint, Promise<CachedSecret[]>>(10_000);

  function readSecrets(applicationId: bigint): Promise<CachedSecret[]> {
    const cached = cache.get(applicationId);
    if (cached !== undefined) return cached;
    const pending = getOrCreateCallbackSecrets(store, applicationId).then((secrets) =>
      secrets.map(({ secret, retiresAt }) => ({
        webhook: new Webhook(secret),
        retiresAt: retiresAt?.getTime() ?? Infinity,
      })),
    );
    cache.set(applicationId, pending);
    pending.catch(() => cache.delete(applicationId));
    return pending;
  }

  return {
    async sign(applicationId, id, body) {
      const timestamp = new Date();
      const secrets = await readSecrets(applicationId);
      const valid = secrets.filter(({ retiresAt }) => retiresAt > timestamp.getTime());
      return createSignatureHeaders(
        valid.map(({ webhook }) => webhook),
        { id, timestamp, body },
      );
    },
    clearCache: () => cache.clear(),
  };
}
