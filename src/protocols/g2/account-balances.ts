/** How results name the accounts of organisations and customers, and writes their balances. */
import type { KnownAccount } from "../../organisations/organisation-directory.ts";
import { formatDecimal } from "./formats.ts";

/** In the order in which results list them. */
const accountNames = {
  working: "Working Account",
  float: "Float Account",
  merchant: "Merchant Account",
  utility: "Utility Account",
  charges_paid: "Charges Paid Account",
  settlement: "Organization Settlement Account",
} as const;

const walletName = "MMF Account For Customer";

const order = Object.keys(accountNames);

/** An agency's money is its float. */
const getName = (kind: string, organisationKind: string | null): string =>
  organisationKind === "agency" && kind === "working"
    ? accountNames.float
    : (accountNames[kind as keyof typeof accountNames] ?? walletName);

/** The name of an account's kind. `organisationKind`: the owner's kind, null for a customer. */
export const formatAccountType = (kind: string, organisationKind: string | null): string =>
  getName(kind, organisationKind);

const currency = "KES";

/** `Working Account|KES|700000.00|700000.00|0.00|0.00`: current, available, reserved and uncleared money. */
export function formatAccountBalance(
  { kind, availableMinor, heldMinor }: Omit<KnownAccount, "status">,
  organisationKind: string | null,
): string {
  const amounts = [availableMinor + heldMinor, availableMinor, heldMinor, 0n].map(formatDecimal);
  return [getName(kind, organisationKind), currency, ...amounts].join("|");
}

/** Those of an organisation's accounts that results name, in their order. */
export const listAccountsInOrder = <T extends Pick<KnownAccount, "kind">>(accounts: readonly T[]): T[] =>
  accounts
    .filter(({ kind }) => order.includes(kind))
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));

/** The balances of an organisation's accounts, joined by `&`. */
export const formatAccountBalances = (
  accounts: readonly Omit<KnownAccount, "status">[],
  organisationKind: string,
): string =>
  listAccountsInOrder(accounts)
    .map((account) => formatAccountBalance(account, organisationKind))
    .join("&");
