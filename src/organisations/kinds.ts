/**
 * The kinds of organisation shortcodes, and the accounts that each has.
 *
 * A paybill collects on its utility account and pays out from its working account; a till sells on its merchant account.
 * Charges are booked on an account of their own, which alone may go below zero. An agency's float is its working account.
 */
import type { AccountKind } from "../store/rail/accounts.ts";
import type { OrganisationKind } from "../store/rail/organisations.ts";

export const accountKindsByOrganisation = {
  paybill: ["working", "utility", "charges_paid", "settlement"],
  b2c: ["working", "utility", "charges_paid"],
  till: ["working", "merchant", "charges_paid"],
  store: ["working", "merchant", "settlement", "charges_paid"],
  head_office: ["working", "settlement", "charges_paid"],
  agency: ["working", "charges_paid"],
} as const satisfies Record<OrganisationKind, readonly AccountKind[]>;

/** Accounts that organisations had by the rules of earlier versions, and keep if money was posted on them. */
export const formerAccountKinds: Readonly<Partial<Record<OrganisationKind, readonly AccountKind[]>>> = {
  till: ["settlement"],
};

/** Which kinds may have a parent, and of which kind: a store belongs to a head office, a till to a store or a head office. */
export const parentKinds: Readonly<Partial<Record<OrganisationKind, readonly OrganisationKind[]>>> = {
  store: ["head_office"],
  till: ["store", "head_office"],
};
