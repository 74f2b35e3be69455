/** The accounts of an organisation, as results name them. */
import type { AccountKind } from "../../store/rail/accounts.ts";
import type { NotificationContext } from "./operation.ts";
import { formatDecimal } from "./results.ts";

const accountNames: Readonly<Partial<Record<AccountKind, string>>> = {
  utility: "Utility Account",
  working: "Working Account",
  merchant: "Merchant Account",
  charges_paid: "Charges Paid Account",
  settlement: "Organization Settlement Account",
};

/** The account of the organisation that a payment took the money from. `usual` is its kind if that is not known. */
export function getDebitedAccount(
  { parties: { debitKind, balances } }: Pick<NotificationContext, "parties">,
  usual: AccountKind,
): { readonly name: string; readonly availableMinor: bigint } {
  const kind = debitKind ?? usual;
  return { name: accountNames[kind] ?? kind, availableMinor: balances[kind] ?? 0n };
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
