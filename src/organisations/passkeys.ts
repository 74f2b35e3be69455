/**
 * Passkeys: what an organisation's programs make the passwords of prompts with (Daraja's STK push, the older checkout).
 *
 * A passkey is stored as a hash that includes its organisation, because several organisations may have the same one. In
 * the sandbox, an organisation without a passkey of its own has the public one of M-Pesa's documentation.
 */
import { hash } from "node:crypto";
import type { Environment, Market } from "../core/markets.ts";
import { createLruCache } from "../core/lru-cache.ts";
import { generateSecret, toHint } from "../developers/credentials.ts";
import type { Sql } from "../store/driver/connect.ts";
import { insertAudit } from "../store/main/audit.ts";
import {
  deactivateCredential,
  insertCredential,
  readCredentialByHash,
  readUsableCredentials,
} from "../store/main/credentials.ts";

/** The passkey of M-Pesa's public sandbox. */
export const publicPasskey = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919";

const passkeyKind = "passkey";

export interface PasskeyOwner {
  readonly environment: Environment;
  readonly market: Market;
  readonly shortcode: string;
}

export interface PasskeyVerifier {
  /** Whether this is the organisation's passkey. */
  verify(owner: PasskeyOwner, passkey: string): Promise<boolean>;
}

const hashPasskey = ({ environment, market, shortcode }: PasskeyOwner, passkey: string): Buffer =>
  hash("sha256", `${environment}\n${market}\n${shortcode}\n${passkey}`, "buffer");

const maxRemembered = 10_000;

/** `onInvalidate` calls its argument whenever a credential has changed on any server. */
export function createPasskeyVerifier(
  sql: Sql,
  onInvalidate: (listener: () => void) => void,
): PasskeyVerifier {
  const valid = createLruCache<string, true>(maxRemembered);
  let generation = 0;
  onInvalidate(() => {
    generation += 1;
    valid.clear();
  });
  return {
    async verify(owner, passkey) {
      const passkeyHash = hashPasskey(owner, passkey);
      const key = passkeyHash.toString("base64");
      if (valid.has(key)) return true;
      const generationBefore = generation;
      const isValid = await isCurrent(sql, owner, passkey, passkeyHash);
      if (isValid && generationBefore === generation) valid.set(key, true);
      return isValid;
    },
  };
}

async function isCurrent(
  sql: Sql,
  owner: PasskeyOwner,
  passkey: string,
  passkeyHash: Buffer,
): Promise<boolean> {
  const stored = await readCredentialByHash(sql, passkeyKind, passkeyHash);
  if (stored !== undefined) return stored.state === "active";
  if (owner.environment !== "sandbox" || passkey !== publicPasskey) return false;
  return (await readUsableCredentials(sql, { organisation: owner }, passkeyKind)).length === 0;
}

/** Gives an organisation a new passkey and returns it. It is not stored, and the old one is no longer valid. */
export async function renewPasskey(sql: Sql, actor: string, owner: PasskeyOwner): Promise<string> {
  const passkey = (generateSecret() + generateSecret()).toLowerCase();
  await sql.begin(async (tx) => {
    await insertAudit(tx, { who: actor, what: "organisation renew-passkey", details: { ...owner } });
    await deactivateCredential(tx, { organisation: owner }, null, passkeyKind);
    const id = await insertCredential(tx, {
      owner: { organisation: owner },
      protocol: null,
      kind: passkeyKind,
      hash: hashPasskey(owner, passkey),
      sealed: null,
      hint: toHint(passkey),
    });
    if (id === null) throw new Error("another server renewed this passkey at the same time");
  });
  return passkey;
}
