/** How developers sign in: password, second factor, and numbers that are being confirmed. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toTextArrayLiteral } from "../driver/array-columns.ts";

export interface DeveloperAccountRow {
  readonly developerId: bigint;
  readonly email: string;
  readonly name: string;
  readonly password: string;
  readonly totpSecret: Buffer | null;
  readonly secondFactorAt: Date | null;
  readonly totpStep: bigint;
  readonly recoveryCodes: readonly Buffer[];
  readonly wrongCodes: number;
  /** Wrong codes have locked the second factor. */
  readonly isLocked: boolean;
}

const accountColumns = (sql: Sql | Transaction) => sql`
  a.developer_id as "developerId", d.email, d.name, a.password, a.totp_secret as "totpSecret",
  a.second_factor_at as "secondFactorAt", a.totp_step as "totpStep", a.recovery_codes as "recoveryCodes",
  a.wrong_codes as "wrongCodes", a.codes_locked_until > clock_timestamp() as "isLocked"`;

export async function readAccountByEmail(sql: Sql, email: string): Promise<DeveloperAccountRow | undefined> {
  const rows = await sql<DeveloperAccountRow[]>`
    select ${accountColumns(sql)} from developer_accounts a join developers d on d.id = a.developer_id
    where d.email = ${email}`;
  return rows[0];
}

export async function readAccount(sql: Sql, developerId: bigint): Promise<DeveloperAccountRow | undefined> {
  const rows = await sql<DeveloperAccountRow[]>`
    select ${accountColumns(sql)} from developer_accounts a join developers d on d.id = a.developer_id
    where a.developer_id = ${developerId}`;
  return rows[0];
}

/** Locks the row until the transaction ends, so that of many guesses at the same time each is counted. */
export async function lockAccount(
  tx: Transaction,
  developerId: bigint,
): Promise<DeveloperAccountRow | undefined> {
  const rows = await tx<DeveloperAccountRow[]>`
    select ${accountColumns(tx)} from developer_accounts a join developers d on d.id = a.developer_id
    where a.developer_id = ${developerId} for update of a`;
  return rows[0];
}

/** False if the developer has an account already. */
export async function insertAccount(
  tx: Transaction,
  developerId: bigint,
  password: string,
): Promise<boolean> {
  const { count } = await tx`
    insert into developer_accounts (developer_id, password) values (${developerId}, ${password})
    on conflict (developer_id) do nothing`;
  return count > 0;
}

export async function updatePassword(
  sql: Sql | Transaction,
  developerId: bigint,
  password: string,
): Promise<void> {
  await sql`update developer_accounts set password = ${password} where developer_id = ${developerId}`;
}

/** A secret that is not confirmed by a code yet. It does not replace one that is. */
export async function updateTotpSecret(sql: Sql, developerId: bigint, sealed: Buffer): Promise<void> {
  await sql`
    update developer_accounts set totp_secret = ${sealed}, totp_step = 0
    where developer_id = ${developerId} and second_factor_at is null`;
}

export async function enableSecondFactor(
  tx: Transaction,
  developerId: bigint,
  { step, recoveryCodes }: { readonly step: number; readonly recoveryCodes: readonly Buffer[] },
): Promise<void> {
  await tx`
    update developer_accounts
    set second_factor_at = clock_timestamp(), totp_step = ${step}, wrong_codes = 0,
        recovery_codes = ${toTextArrayLiteral(recoveryCodes.map((code) => String.raw`\x${code.toString("hex")}`))}::bytea[]
    where developer_id = ${developerId}`;
}

export async function disableSecondFactor(tx: Transaction, developerId: bigint): Promise<void> {
  await tx`
    update developer_accounts
    set second_factor_at = null, totp_secret = null, totp_step = 0, recovery_codes = '{}', wrong_codes = 0
    where developer_id = ${developerId}`;
}

/** What an accepted code changes: the step of a one-time code, or the recovery code that is gone. */
export async function acceptCode(
  tx: Transaction,
  developerId: bigint,
  { step, recoveryCode }: { readonly step: number | null; readonly recoveryCode: Buffer | null },
): Promise<void> {
  await tx`
    update developer_accounts
    set wrong_codes = 0, totp_step = coalesce(${step}::bigint, totp_step),
        recovery_codes = array_remove(recovery_codes, ${recoveryCode}::bytea)
    where developer_id = ${developerId}`;
}

/** `lockMs` null counts a wrong code; otherwise the second factor is locked for this long, and counting starts again. */
export async function recordWrongCode(
  tx: Transaction,
  developerId: bigint,
  lockMs: number | null,
): Promise<void> {
  await (lockMs === null
    ? tx`update developer_accounts set wrong_codes = wrong_codes + 1 where developer_id = ${developerId}`
    : tx`update developer_accounts
         set wrong_codes = 0, codes_locked_until = clock_timestamp() + ${lockMs} * interval '1 millisecond'
         where developer_id = ${developerId}`);
}

export interface PhoneCodeRow {
  readonly market: string;
  readonly msisdn: string;
  readonly hash: Buffer;
}

export async function upsertPhoneCode(
  sql: Sql,
  developerId: bigint,
  { market, msisdn, hash, lifeMs }: PhoneCodeRow & { readonly lifeMs: number },
): Promise<void> {
  await sql`
    insert into phone_codes (developer_id, market, msisdn, hash, expires_at)
    values (${developerId}, ${market}, ${msisdn}, ${hash}, clock_timestamp() + ${lifeMs} * interval '1 millisecond')
    on conflict (developer_id) do update
    set market = excluded.market, msisdn = excluded.msisdn, hash = excluded.hash, attempts = 0,
        expires_at = excluded.expires_at`;
}

/** Counts a try, and returns the code if it is not expired and was not tried more than `maxAttempts` times. */
export async function countPhoneCodeAttempt(
  sql: Sql,
  developerId: bigint,
  maxAttempts: number,
): Promise<PhoneCodeRow | undefined> {
  const rows = await sql<PhoneCodeRow[]>`
    update phone_codes set attempts = attempts + 1
    where developer_id = ${developerId} and attempts < ${maxAttempts} and expires_at > clock_timestamp()
    returning market, msisdn, hash`;
  return rows[0];
}

/** False if it was used meanwhile. */
export async function deletePhoneCode(tx: Transaction, developerId: bigint, hash: Buffer): Promise<boolean> {
  const { count } = await tx`delete from phone_codes where developer_id = ${developerId} and hash = ${hash}`;
  return count > 0;
}
