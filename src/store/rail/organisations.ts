/** Organisations, by shortcode: the owners of all accounts but wallets. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toTextArrayLiteral } from "../driver/array-columns.ts";

/** The kinds of shortcodes (`organisations/kinds.ts` has their accounts). */
export const organisationKinds = ["paybill", "till", "head_office", "store", "b2c", "agency"] as const;

export type OrganisationKind = (typeof organisationKinds)[number];

export interface OrganisationRow {
  readonly shortcode: string;
  readonly name: string;
  readonly kind: OrganisationKind;
  /** The head office of a store, or the store or head office of a till. */
  readonly parent: string | null;
}

/**
 * Registers organisations without their parents; an existing organisation stays unchanged. Returns the shortcodes that
 * are new.
 */
export async function insertOrganisations(
  sql: Sql | Transaction,
  organisations: readonly Omit<OrganisationRow, "parent">[],
): Promise<ReadonlySet<string>> {
  const rows = await sql<{ shortcode: string }[]>`
    insert into organisations (shortcode, name, kind)
    select * from unnest(${toTextArrayLiteral(organisations.map((organisation) => organisation.shortcode))}::text[],
                         ${toTextArrayLiteral(organisations.map((organisation) => organisation.name))}::text[],
                         ${toTextArrayLiteral(organisations.map((organisation) => organisation.kind))}::text[])
    on conflict (shortcode) do nothing
    returning shortcode`;
  return new Set(rows.map((row) => row.shortcode));
}

/** The kinds of those of these organisations that exist. */
export async function readOrganisationKinds(
  tx: Transaction,
  shortcodes: readonly string[],
): Promise<ReadonlyMap<string, OrganisationKind>> {
  const rows = await tx<Pick<OrganisationRow, "shortcode" | "kind">[]>`
    select shortcode, kind from organisations where shortcode = any(${toTextArrayLiteral(shortcodes)}::text[])`;
  return new Map(rows.map(({ shortcode, kind }) => [shortcode, kind]));
}

/** Sets the parents of organisations. Each parent exists. */
export async function setOrganisationParents(
  tx: Transaction,
  children: readonly { readonly shortcode: string; readonly parent: string }[],
): Promise<void> {
  await tx`
    update organisations o set parent = v.parent
    from unnest(${toTextArrayLiteral(children.map(({ shortcode }) => shortcode))}::text[],
                ${toTextArrayLiteral(children.map(({ parent }) => parent))}::text[]) as v (shortcode, parent)
    where o.shortcode = v.shortcode`;
}

export async function readOrganisation(sql: Sql, shortcode: string): Promise<OrganisationRow | undefined> {
  const rows = await sql<
    OrganisationRow[]
  >`select shortcode, name, kind, parent from organisations where shortcode = ${shortcode}`;
  return rows[0];
}
