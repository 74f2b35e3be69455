/** The organisations that a customer has blocked: a list of shortcodes in the wallet's row (`payments/blocked-organisations.ts`). */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toTextArrayLiteral } from "../driver/array-columns.ts";

/** Reads a customer's list and locks the wallet until the transaction ends. Undefined if there is no such customer. */
export async function lockBlockedOrganisations(tx: Transaction, msisdn: string): Promise<string | undefined> {
  const rows = await tx<{ blocked: string }[]>`
    select blocked_organisations as blocked from accounts
    where owner = ${msisdn} and kind = 'wallet' for no key update`;
  return rows[0]?.blocked;
}

export async function setBlockedOrganisations(
  tx: Transaction,
  msisdn: string,
  blocked: string,
): Promise<void> {
  await tx`
    update accounts set blocked_organisations = ${blocked} where owner = ${msisdn} and kind = 'wallet'`;
}

/** The names of organisations, by shortcode. Shortcodes of none are left out. */
export async function readOrganisationNames(
  sql: Sql,
  shortcodes: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (shortcodes.length === 0) return new Map();
  const rows = await sql<{ shortcode: string; name: string }[]>`
    select shortcode, name from organisations where shortcode = any(${toTextArrayLiteral(shortcodes)}::text[])`;
  return new Map(rows.map(({ shortcode, name }) => [shortcode, name]));
}

/** The payments of a customer's open prompts from one organisation. */
export async function readOpenPromptsFrom(sql: Sql, msisdn: string, shortcode: string): Promise<bigint[]> {
  const rows = await sql<{ paymentId: bigint }[]>`
    select p.payment_id as "paymentId" from prompts p join payments pay on pay.id = p.payment_id
    where p.msisdn = ${msisdn} and p.ended_at is null and pay.organisation = ${shortcode} order by p.payment_id`;
  return rows.map(({ paymentId }) => paymentId);
}
