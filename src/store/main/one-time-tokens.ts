/** Tokens that are good for one use: links by e-mail, and the first half of a sign-in with two factors. */
import type { Sql, Transaction } from "../driver/connect.ts";

export type TokenPurpose = "activation" | "reset" | "email_change" | "second_factor";

export interface TokenRow {
  readonly developerId: bigint | null;
  readonly email: string;
  readonly details: { readonly name?: string; readonly password?: string };
}

export interface NewToken extends TokenRow {
  readonly hash: Buffer;
  readonly purpose: TokenPurpose;
  readonly lifeMs: number;
}

export async function insertToken(sql: Sql | Transaction, token: NewToken): Promise<void> {
  const { hash, purpose, developerId, email, details, lifeMs } = token;
  await sql`
    insert into one_time_tokens (hash, purpose, developer_id, email, details, expires_at)
    values (${hash}, ${purpose}, ${developerId}, ${email}, ${sql.json(details)},
            clock_timestamp() + ${lifeMs} * interval '1 millisecond')`;
}

/** Counts a try, and returns the token if it may still be used. */
export async function countTokenAttempt(
  sql: Sql,
  purpose: TokenPurpose,
  hash: Buffer,
  maxAttempts: number,
): Promise<TokenRow | undefined> {
  const rows = await sql<TokenRow[]>`
    update one_time_tokens set attempts = attempts + 1
    where hash = ${hash} and purpose = ${purpose} and attempts < ${maxAttempts} and expires_at > clock_timestamp()
    returning developer_id as "developerId", email, details`;
  return rows[0];
}

/** Takes a token: of several uses at the same time, one gets it. */
export async function takeToken(
  sql: Sql | Transaction,
  purpose: TokenPurpose,
  hash: Buffer,
): Promise<TokenRow | undefined> {
  const rows = await sql<TokenRow[]>`
    delete from one_time_tokens where hash = ${hash} and purpose = ${purpose} and expires_at > clock_timestamp()
    returning developer_id as "developerId", email, details`;
  return rows[0];
}

/** Ends the tokens of an address, so that earlier links open nothing. */
export async function deleteTokensByEmail(
  sql: Sql | Transaction,
  purposes: readonly TokenPurpose[],
  email: string,
): Promise<void> {
  await sql`delete from one_time_tokens where purpose in ${sql(purposes)} and email = ${email}`;
}

/** Ends the tokens of a developer, whatever address they were sent to. */
export async function deleteTokensOfDeveloper(tx: Transaction, developerId: bigint): Promise<void> {
  await tx`delete from one_time_tokens where developer_id = ${developerId}`;
}

export async function deleteExpiredTokens(sql: Sql): Promise<void> {
  await sql`delete from one_time_tokens where expires_at < clock_timestamp()`;
  await sql`delete from phone_codes where expires_at < clock_timestamp()`;
}
