/**
 * Signatures of callbacks, by the Standard Webhooks scheme: additive headers that a listener may verify and
 * may as well ignore. M-Pesa sends none; the body stays as M-Pesa has it.
 *
 * Every application has a secret of its own, made when it is first needed. A new one takes over at once,
 * and the one before signs along until it retires, so that a listener has time to learn the new one.
 */
import { randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import { Webhook } from "standardwebhooks";
import { day } from "../clock.ts";
import {
  insertCallbackSecret,
  keepYoungest,
  readCallbackSecrets,
  retireCallbackSecret,
} from "../store/callback-secrets.ts";
import type { Sql, Transaction } from "../store/connect.ts";
import { seal, unseal } from "../vault/seal.ts";

export interface CallbackSecret {
  /** `whsec_` and 32 bytes in base64. */
  readonly secret: string;
  /** Wall time; null for the current one. */
  readonly retiresAt: Date | null;
}

export const overlapByDefaultMs = day;
export const overlapMaxMs = 7 * day;

/** So many signatures a callback carries at most beside the current one's. */
const retiringMax = 4;

export interface SecretStore {
  /** The directory's database. */
  readonly sql: Sql;
  readonly secretKey: Buffer;
}

/** An application's secrets, the current one first; it is made if there is none. */
export async function callbackSecrets(store: SecretStore, applicationId: bigint): Promise<CallbackSecret[]> {
  const { sql, secretKey } = store;
  let rows = await readCallbackSecrets(sql, applicationId);
  if (rows.every(({ retiresAt }) => retiresAt !== null)) {
    await makeSecret(sql, secretKey, applicationId);
    // Read again even after making it: another server may have been first.
    rows = await readCallbackSecrets(sql, applicationId);
  }
  return rows.map(({ sealed, retiresAt }) => ({
    secret: unseal(secretKey, purposeOf(applicationId), sealed).toString("utf8"),
    retiresAt,
  }));
}

/** Makes a new secret the current one. Those before sign along for `overlapMs` of wall time. */
export async function rotateCallbackSecret(
  store: SecretStore,
  applicationId: bigint,
  overlapMs: number,
): Promise<CallbackSecret[]> {
  await store.sql.begin(async (tx) => {
    await retireCallbackSecret(tx, applicationId, overlapMs);
    await keepYoungest(tx, applicationId, retiringMax);
    await makeSecret(tx, store.secretKey, applicationId);
  });
  return callbackSecrets(store, applicationId);
}

async function makeSecret(sql: Sql | Transaction, secretKey: Buffer, applicationId: bigint): Promise<void> {
  const secret = Buffer.from(`whsec_${randomBytes(32).toString("base64")}`, "utf8");
  await insertCallbackSecret(sql, applicationId, seal(secretKey, purposeOf(applicationId), secret));
}

const purposeOf = (applicationId: bigint): string => `callback/${applicationId}`;

export interface Signer {
  /** The headers that let a listener know that a body is ours. `id` is the message's, whatever the attempt. */
  headers(applicationId: bigint, id: string, body: string): Promise<Record<string, string>>;
  /** Forgets the secrets that it remembers. */
  forget(): void;
}

/** A message as it is signed: its id, the moment of this attempt, and its body. */
export interface Signed {
  readonly id: string;
  readonly at: Date;
  readonly body: string;
}

/** The three headers of a message, signed with each of the secrets. */
export function signatureHeaders(
  webhooks: readonly Webhook[],
  { id, at, body }: Signed,
): Record<string, string> {
  return {
    "webhook-id": id,
    "webhook-timestamp": Math.floor(at.getTime() / 1000).toString(),
    "webhook-signature": webhooks.map((webhook) => webhook.sign(id, at, body)).join(" "),
  };
}

interface Remembered {
  readonly webhook: Webhook;
  readonly retiresAt: number;
}

/** Signs, with secrets that it remembers until it is told to forget them. */
export function openSigner(store: SecretStore): Signer {
  const remembered = new LRUCache<bigint, Promise<Remembered[]>>({ max: 10_000 });

  function secretsOf(applicationId: bigint): Promise<Remembered[]> {
    const known = remembered.get(applicationId);
    if (known !== undefined) return known;
    const reading = callbackSecrets(store, applicationId).then((secrets) =>
      secrets.map(({ secret, retiresAt }) => ({
        webhook: new Webhook(secret),
        retiresAt: retiresAt?.getTime() ?? Infinity,
      })),
    );
    remembered.set(applicationId, reading);
    reading.catch(() => remembered.delete(applicationId));
    return reading;
  }

  return {
    async headers(applicationId, id, body) {
      const at = new Date();
      const secrets = await secretsOf(applicationId);
      const valid = secrets.filter(({ retiresAt }) => retiresAt > at.getTime());
      return signatureHeaders(
        valid.map(({ webhook }) => webhook),
        { id, at, body },
      );
    },
    forget: () => remembered.clear(),
  };
}
