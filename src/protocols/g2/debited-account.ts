/** The account of an organisation that a payment took the money from, as results name it. */
import type { OrganisationBalances } from "../../callbacks/notification.ts";
import { formatDecimal } from "./formats.ts";
import type { NotifiedParties } from "./public-names.ts";

type AccountKind = keyof OrganisationBalances;

const accountNames: Readonly<Partial<Record<AccountKind, string>>> = {
  utility: "Utility Account",
  working: "Working Account",
  merchant: "Merchant Account",
  charges_paid: "Charges Paid Account",
  settlement: "Organization Settlement Account",
};

/** The account of the organisation that a payment took the money from. `usual` is its kind if that is not known. */
export function getDebitedAccount(
  {
    parties: { debitKind, organisationKind },
    balances,
  }: Pick<NotifiedParties, "parties"> & { readonly balances: OrganisationBalances },
  usual: AccountKind,
): { readonly name: string; readonly availableMinor: bigint } {
  const kind = debitKind ?? usual;
  // An agency's money is its float.
  const isFloat = organisationKind === "agency" && kind === "working";
  const name = isFloat ? "Float Account" : (accountNames[kind] ?? kind);
  return { name, availableMinor: balances[kind] ?? 0n };
}

/** An account as `Utility Account|KES|51661.00|51661.00|0.00|0.00`: current, available, reserved, uncleared. */
export function formatAccount({
  name,
  availableMinor,
}: {
  readonly name: string;
  readonly availableMinor: bigint;
}): string {
  const available = formatDecimal(availableMinor);
  return `${name}|KES|${available}|${available}|0.00|0.00`;
}
