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

/** How confirmations name the customer. */
export const confirmationForms = ["plain", "masked", "hashed"] as const;

export type ConfirmationForm = (typeof confirmationForms)[number];

/** What an operator sets for an organisation. */
export interface OrganisationSettings {
  /** Whether the organisation's URL is asked before a customer's payment to it. */
  readonly externalValidation: boolean;
  /** How confirmations name the customer. Null is as the version of the registration has it. */
  readonly confirmationMsisdn: ConfirmationForm | null;
  /** Whether it may ask customers for payments by prompt, and whether it may do nothing else. */
  readonly stkEnabled: boolean;
  readonly stkOnly: boolean;
  /** The MSISDN of a till's owner, who approves payments from the till. */
  readonly nominatedNumber: string | null;
  /** Whether its API operators may move money from the utility to the working account. */
  readonly utilityToWorkingAllowed: boolean;
}

/** An organisation with its settings. */
export interface OrganisationProfile extends OrganisationRow, OrganisationSettings {
  readonly status: OrganisationStatus;
}

export type OrganisationStatus = "pending" | "active" | "suspended" | "closed";

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

export async function readOrganisationProfile(
  sql: Sql,
  shortcode: string,
): Promise<OrganisationProfile | undefined> {
  const rows = await sql<OrganisationProfile[]>`
    select shortcode, name, kind, parent, status, external_validation as "externalValidation",
           confirmation_msisdn as "confirmationMsisdn", stk_enabled as "stkEnabled", stk_only as "stkOnly",
           nominated_number as "nominatedNumber", utility_to_working_allowed as "utilityToWorkingAllowed"
    from organisations where shortcode = ${shortcode}`;
  return rows[0];
}

const settingColumns = {
  externalValidation: "external_validation",
  confirmationMsisdn: "confirmation_msisdn",
  stkEnabled: "stk_enabled",
  stkOnly: "stk_only",
  nominatedNumber: "nominated_number",
  utilityToWorkingAllowed: "utility_to_working_allowed",
} as const satisfies Record<keyof OrganisationSettings, string>;

/** Changes the given settings. Returns whether the organisation exists. */
export async function updateOrganisationSettings(
  sql: Sql | Transaction,
  shortcode: string,
  change: Partial<OrganisationSettings>,
): Promise<boolean> {
  const columns = Object.entries(change).map(([name, value]) => [
    settingColumns[name as keyof OrganisationSettings],
    value,
  ]);
  if (columns.length === 0) {
    return (await sql`select 1 from organisations where shortcode = ${shortcode}`).length > 0;
  }
  const { count } = await sql`
    update organisations set ${sql(Object.fromEntries(columns) as never)} where shortcode = ${shortcode}`;
  return count > 0;
}
