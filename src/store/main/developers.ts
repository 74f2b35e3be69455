/** The people who own applications. */
import type { Sql, Transaction } from "../driver/connect.ts";

export interface DeveloperRow {
  id: bigint;
  email: string;
  name: string;
  /** The number that the developer confirmed by a code, with its market. */
  phone: string | null;
  phoneMarket: string | null;
}

export async function readDeveloperByEmail(
  sql: Sql | Transaction,
  email: string,
): Promise<DeveloperRow | undefined> {
  const rows = await sql<DeveloperRow[]>`
    select id, email, name, phone, phone_market as "phoneMarket" from developers where email = ${email}`;
  return rows[0];
}

export async function updateDeveloperName(sql: Sql | Transaction, id: bigint, name: string): Promise<void> {
  await sql`update developers set name = ${name} where id = ${id}`;
}

/** False if another developer has this address. */
export async function updateDeveloperEmail(sql: Transaction, id: bigint, email: string): Promise<boolean> {
  const { count } = await sql`
    update developers set email = ${email}
    where id = ${id} and not exists (select 1 from developers where email = ${email} and id <> ${id})`;
  return count > 0;
}

/** False if another developer has confirmed this number. */
export async function updateDeveloperPhone(
  sql: Sql | Transaction,
  id: bigint,
  { market, msisdn }: { readonly market: string; readonly msisdn: string },
): Promise<boolean> {
  const { count } = await sql`
    update developers set phone_market = ${market}, phone = ${msisdn}
    where id = ${id} and not exists (
      select 1 from developers where phone_market = ${market} and phone = ${msisdn} and id <> ${id})`;
  return count > 0;
}
