/** Access tokens, which clients get for a credential. OpenAPI v2 calls them sessions, Daraja OAuth tokens. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toArrayLiteral, toTextArrayLiteral, toTimestamp } from "../driver/array-columns.ts";

export interface AccessTokenRow {
  readonly applicationId: bigint;
  readonly credentialId: bigint;
  /** The last characters of the credential that it was issued for. */
  readonly credentialHint: string;
  readonly protocol: string;
  readonly environment: "sandbox" | "live";
  /** Business time of the environment. */
  readonly activeFrom: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  /** The products that the application had at its issue; null if it is not limited to them. */
  readonly products: readonly string[] | null;
}

export interface NewAccessToken {
  /** SHA-256 of the token. */
  readonly hash: Buffer;
  readonly applicationId: bigint;
  readonly credentialId: bigint;
  readonly protocol: string;
  readonly environment: string;
  /** Business time, in milliseconds since 1970. */
  readonly activeFrom: number;
  readonly expiresAt: number;
  readonly products: readonly string[] | null;
}

export async function insertAccessToken(sql: Sql, token: NewAccessToken): Promise<void> {
  await sql`
    insert into access_tokens (hash, application_id, credential_id, protocol, environment, active_from, expires_at, products)
    values (${token.hash}, ${token.applicationId}, ${token.credentialId}, ${token.protocol}, ${token.environment},
            ${toTimestamp(token.activeFrom)}, ${toTimestamp(token.expiresAt)},
            ${token.products === null ? null : toTextArrayLiteral(token.products)}::text[])`;
}

export async function readAccessToken(sql: Sql, hash: Buffer): Promise<AccessTokenRow | undefined> {
  const rows = await sql<AccessTokenRow[]>`
    select t.application_id as "applicationId", t.credential_id as "credentialId", c.hint as "credentialHint", t.protocol,
           t.environment, t.active_from as "activeFrom", t.expires_at as "expiresAt", t.revoked_at as "revokedAt",
           t.products
    from access_tokens t join credentials c on c.id = t.credential_id where t.hash = ${hash}`;
  return rows[0];
}

/** Revokes every access token of an application. */
export async function revokeAccessTokens(sql: Sql | Transaction, applicationId: bigint): Promise<void> {
  await sql`
    update access_tokens set revoked_at = now() where application_id = ${applicationId} and revoked_at is null`;
}

/** Revokes the access tokens that were issued for these credentials. */
export async function revokeTokensOfCredentials(tx: Transaction, ids: readonly bigint[]): Promise<void> {
  await tx`
    update access_tokens set revoked_at = now()
    where credential_id = any(${toArrayLiteral(ids)}::bigint[]) and revoked_at is null`;
}

/** Revokes the tokens of a protocol that an application got before this one. */
export async function revokeEarlierTokens(
  sql: Sql,
  applicationId: bigint,
  protocol: string,
  newestHash: Buffer,
): Promise<void> {
  await sql`
    update access_tokens set revoked_at = now()
    where application_id = ${applicationId} and protocol = ${protocol} and revoked_at is null
      and created_at < (select created_at from access_tokens where hash = ${newestHash})`;
}

/** Deletes old tokens in batches. They are kept for a while so that a rejected request can be explained. */
export async function deleteAccessTokensEndedBefore(
  sql: Sql,
  environment: string,
  at: number,
): Promise<void> {
  const batchSize = 10_000;
  let deleted = batchSize;
  while (deleted === batchSize) {
    const { count } = await sql`
      delete from access_tokens where hash in (
        select hash from access_tokens
        where environment = ${environment} and expires_at < ${toTimestamp(at)} limit ${batchSize})`;
    deleted = count;
  }
}

/** The hashes of the newest access tokens of an application that give access at a business time, in hexadecimal. */
export async function readUsableTokens(
  sql: Sql,
  applicationId: bigint,
  at: number,
  limit: number,
): Promise<{ hash: string; protocol: string }[]> {
  return sql<{ hash: string; protocol: string }[]>`
    select encode(hash, 'hex') as hash, protocol from access_tokens
    where application_id = ${applicationId} and expires_at > ${toTimestamp(at)} and revoked_at is null
    order by created_at desc limit ${limit}`;
}
