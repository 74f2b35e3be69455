/** Customers and organisations: the owners of accounts. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toTextArrayLiteral } from "../driver/array-columns.ts";

export interface CustomerRow {
  readonly msisdn: string;
  readonly firstName: string;
  readonly lastName: string;
}

export interface OrganisationRow {
  readonly shortcode: string;
  readonly name: string;
}

/** Registers customers; an existing customer keeps their name. Returns the numbers that are new. */
export async function insertCustomers(
  sql: Sql | Transaction,
  customers: readonly CustomerRow[],
): Promise<ReadonlySet<string>> {
  const rows = await sql<{ msisdn: string }[]>`
    insert into customers (msisdn, first_name, last_name)
    select * from unnest(${toTextArrayLiteral(customers.map((customer) => customer.msisdn))}::text[],
                         ${toTextArrayLiteral(customers.map((customer) => customer.firstName))}::text[],
                         ${toTextArrayLiteral(customers.map((customer) => customer.lastName))}::text[])
    on conflict (msisdn) do nothing
    returning msisdn`;
  return new Set(rows.map((row) => row.msisdn));
}

export async function readCustomer(sql: Sql, msisdn: string): Promise<CustomerRow | undefined> {
  const rows = await sql<CustomerRow[]>`
    select msisdn, first_name as "firstName", last_name as "lastName" from customers where msisdn = ${msisdn}`;
  return rows[0];
}

/** Registers organisations; an existing organisation keeps its name. Returns the shortcodes that are new. */
export async function insertOrganisations(
  sql: Sql | Transaction,
  organisations: readonly OrganisationRow[],
): Promise<ReadonlySet<string>> {
  const rows = await sql<{ shortcode: string }[]>`
    insert into organisations (shortcode, name)
    select * from unnest(${toTextArrayLiteral(organisations.map((organisation) => organisation.shortcode))}::text[],
                         ${toTextArrayLiteral(organisations.map((organisation) => organisation.name))}::text[])
    on conflict (shortcode) do nothing
    returning shortcode`;
  return new Set(rows.map((row) => row.shortcode));
}

export async function readOrganisation(sql: Sql, shortcode: string): Promise<OrganisationRow | undefined> {
  const rows = await sql<
    OrganisationRow[]
  >`select shortcode, name from organisations where shortcode = ${shortcode}`;
  return rows[0];
}
