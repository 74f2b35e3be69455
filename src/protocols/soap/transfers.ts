/** What the commands between organisations have in common: bounds of amounts, and the entries of their results. */
import type { RecordedRefusal } from "../../payments/refusals.ts";
import { formatAccount, getDebitedAccount } from "../g2/debited-account.ts";
import { formatDecimal } from "../g2/formats.ts";
import { formatNairobiTime } from "../g2/identifiers.ts";
import { formatCounterparty } from "../g2/public-names.ts";
import { listFailureParameters } from "./failure-parameters.ts";
import type { SoapEntries } from "./messages.ts";
import type { SoapResultContext } from "./operation.ts";

/** In minor units. M-Pesa publishes no limit for organisations; Daraja has the same one here. */
const maxTransferMinor = 50_000_000_00n;

export function findTransferRefusal(amountMinor: bigint): RecordedRefusal | null {
  if (amountMinor === 0n) return "amount_below_minimum";
  return amountMinor > maxTransferMinor ? "amount_above_maximum" : null;
}

/** `{Amount={BasicAmount=8995089.00, MinimumAmount=899508900, CurrencyCode=KES}}`; the second is in cents. */
const formatBalance = (amountMinor: bigint): string =>
  `{Amount={BasicAmount=${formatDecimal(amountMinor)}, MinimumAmount=${amountMinor}, CurrencyCode=KES}}`;

/** In the order of the documentation. Only the debited organisation's balances are known to it. */
export function listTransferParameters(context: SoapResultContext): SoapEntries {
  const { payment, parties, endedAt, code } = context;
  if (code !== "0") return listFailureParameters({ endedAt });
  const account = getDebitedAccount(context, "working");
  const balance = formatBalance(account.availableMinor);
  return [
    ["InitiatorAccountCurrentBalance", balance],
    ["DebitAccountCurrentBalance", balance],
    ["Amount", formatDecimal(payment.amountMinor)],
    ["DebitPartyAffectedAccountBalance", formatAccount(account)],
    ["TransCompletedTime", formatNairobiTime(endedAt)],
    ["DebitPartyCharges", parties.chargeMinor === 0n ? "" : formatDecimal(parties.chargeMinor)],
    ["ReceiverPartyPublicName", formatCounterparty(context)],
    ["Currency", "KES"],
  ];
}

export const listTransferReferences = ({ payment: { customerReference } }: SoapResultContext): SoapEntries =>
  customerReference === "" ? [] : [["BillReferenceNumber", customerReference]];
