/** Organisations, by shortcode: the owners of all accounts but wallets. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toTextArrayLiteral } from "../driver/array-columns.ts";

export interface OrganisationRow {
  readonly shortcode: string;
  readonly name: string;
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
