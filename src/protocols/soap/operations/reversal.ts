/** Reversal: an organisation gives back a payment that it received. */
import { readNamedPayment } from "../../../payments/queries.ts";
import type { PaymentRow } from "../../../payments/payments.ts";
import type { RecordedRefusal } from "../../../payments/refusals.ts";
import { describeCommand } from "../../g2/commands.ts";
import { formatAccount, getDebitedAccount } from "../../g2/debited-account.ts";
import { formatDecimal } from "../../g2/formats.ts";
import { formatNairobiTime } from "../../g2/identifiers.ts";
import { formatCounterparty, formatOrganisation } from "../../g2/public-names.ts";
import { listFailureParameters } from "../failure-parameters.ts";
import type { SoapEntries } from "../messages.ts";
import type { CommandOutcome, SoapCall, SoapOperation, SoapResultContext } from "../operation.ts";
import { reversalResults } from "../result-lists.ts";

export const reversal: SoapOperation = {
  name: "TransactionReversal",
  product: "soapReversal",
  title: "TransactionReversal",
  description:
    "Gives back a payment, in full or in part, to the one who paid it. Only the organisation that received it can do so.",
  role: "reversal",
  primaryParty: "optional",
  receiverParty: "none",
  parameters: {
    OriginalTransactionID: {
      kind: "text",
      description: "The receipt of the payment.",
      example: "UA1SG632NM",
      maxLength: 40,
    },
    Amount: {
      kind: "amount",
      description: "What is given back. Without it, all.",
      example: "200.00",
      isOptional: true,
    },
  },
  trigger: { field: "OriginalTransactionID", scheme: "transaction" },
  results: reversalResults,
  execute: reversePayment,
  listParameters,
};

async function reversePayment(call: SoapCall): Promise<CommandOutcome> {
  const { payer, payments, amountMinor } = call;
  const receipt = call.getValue("OriginalTransactionID") ?? "";
  // The parties of a payment do not change, so it is read before the batch.
  const original = call.refusal === null ? await readNamedPayment(payments.context, receipt) : undefined;
  const outcome = await payments.reverse({
    ...call.buildPayment({
      organisation: payer,
      organisationAccount: "working",
      refusal: amountMinor === 0n ? "amount_below_minimum" : findRefusal(original, payer),
    }),
    amountMinor,
    paymentId: original?.id ?? null,
    customerReference: original?.receipt ?? receipt,
    description: describeCommand("TransactionReversal", call.document.remark),
  });
  return { payment: outcome.refusal, amountMinor };
}

/** Why the organisation may not reverse this payment, or null. The batch refuses those who are no party to it. */
function findRefusal(original: PaymentRow | undefined, shortcode: string): RecordedRefusal | null {
  if (original === undefined) return null;
  const received =
    original.type === "transfer" ? original.counterparty === shortcode : original.type !== "payout";
  return received ? null : "payment_not_reversible";
}

function listParameters(context: SoapResultContext): SoapEntries {
  const { payment, parties, balances, endedAt, code } = context;
  if (code !== "0") return listFailureParameters({ endedAt });
  const usual = balances.utility === undefined ? "merchant" : "utility";
  return [
    ["DebitAccountBalance", formatAccount(getDebitedAccount(context, usual))],
    ["Amount", formatDecimal(payment.amountMinor)],
    ["TransCompletedTime", formatNairobiTime(endedAt)],
    ["OriginalTransactionID", parties.originalReceipt ?? payment.customerReference],
    ["Charge", "0.00"],
    ["CreditPartyPublicName", formatCounterparty(context)],
    ["DebitPartyPublicName", formatOrganisation(context)],
  ];
}
