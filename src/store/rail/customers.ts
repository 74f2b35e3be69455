/** Customers: the owners of wallets. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toArrayLiteral, toTextArrayLiteral } from "../driver/array-columns.ts";

export interface CustomerRow {
  readonly msisdn: string;
  readonly firstName: string;
  readonly lastName: string;
}

export interface NewCustomerRow extends CustomerRow {
  /** Whether the wallet takes payments for a small business. The default is false. */
  readonly pochi?: boolean;
}

/** Registers customers; an existing customer keeps their name. Returns the numbers that are new. */
export async function insertCustomers(
  sql: Sql | Transaction,
  customers: readonly NewCustomerRow[],
): Promise<ReadonlySet<string>> {
  const rows = await sql<{ msisdn: string }[]>`
    insert into customers (msisdn, first_name, last_name, pochi)
    select * from unnest(${toTextArrayLiteral(customers.map((customer) => customer.msisdn))}::text[],
                         ${toTextArrayLiteral(customers.map((customer) => customer.firstName))}::text[],
                         ${toTextArrayLiteral(customers.map((customer) => customer.lastName))}::text[],
                         ${toArrayLiteral(customers.map((customer) => String(customer.pochi ?? false)))}::boolean[])
    on conflict (msisdn) do nothing
    returning msisdn`;
  return new Set(rows.map((row) => row.msisdn));
}

export async function readCustomer(sql: Sql, msisdn: string): Promise<CustomerRow | undefined> {
  const rows = await sql<CustomerRow[]>`
    select msisdn, first_name as "firstName", last_name as "lastName" from customers where msisdn = ${msisdn}`;
  return rows[0];
}

/** Sets whether a customer's wallet takes payments for a small business. */
export async function setPochi(sql: Sql, msisdn: string, pochi: boolean): Promise<void> {
  await sql`update customers set pochi = ${pochi} where msisdn = ${msisdn}`;
}
