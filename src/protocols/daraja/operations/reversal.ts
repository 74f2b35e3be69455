/** Reversal: an organisation gives back a payment that it received. */
import { readNamedPayment } from "../../../payments/queries.ts";
import type { PaymentRow } from "../../../payments/payments.ts";
import type { RecordedRefusal } from "../../../payments/refusals.ts";
import { describePayment } from "../call-results.ts";
import {
  callbackUrl,
  enumeration,
  optional,
  optionalNumber,
  securityCredential,
  shortcode,
  text,
  wholeAmount,
} from "../fields.ts";
import { formatNairobiTime } from "../../g2/identifiers.ts";
import { defineDarajaOperation } from "../operation.ts";
import { formatAccount, getDebitedAccount } from "../../g2/debited-account.ts";
import { formatCounterparty, formatOrganisation } from "../../g2/public-names.ts";
import { numericStyle } from "../result-style.ts";
import { acknowledge, acknowledgementFields, decimalNumber, resultNotifications } from "../results.ts";
import { WireNumber } from "../wire-json.ts";

export const reversal = defineDarajaOperation({
  name: "reversal",
  product: "darajaReversal",
  title: "Reversal",
  description:
    "Gives back a payment, in full or in part, to the one who paid it. Only the organisation that received it can do so; a payment to a customer cannot be reversed.",
  family: "express",
  path: "/mpesa/reversal/v1/request",
  fields: {
    Initiator: text({ description: "The API operator that sends the request.", example: "testapi" }),
    SecurityCredential: securityCredential({
      description: "The operator's password, encrypted with the certificate.",
      example: `${"A".repeat(342)}==`,
    }),
    CommandID: enumeration({
      description: "The command.",
      example: "TransactionReversal",
      values: ["TransactionReversal"],
    }),
    TransactionID: text({ description: "The receipt of the payment.", example: "UA1SG632NM", maxLength: 40 }),
    Amount: optional(
      wholeAmount({ description: "What is given back. Without it, all.", example: 200, max: 50_000_000 }),
    ),
    ReceiverParty: shortcode({ description: "The organisation that received the payment.", example: 600996 }),
    RecieverIdentifierType: optionalNumber(
      enumeration({
        description:
          "11, and 4 in older programs. The key is spelt so; M-Pesa refuses `ReceiverIdentifierType`, which is taken here.",
        example: "11",
        aliases: ["ReceiverIdentifierType"],
        values: ["11", "4"],
      }),
    ),
    ResultURL: callbackUrl({
      description: "Gets the result.",
      example: "https://example.com/reversal/result",
    }),
    QueueTimeOutURL: callbackUrl({
      description: "Gets a notice if the request is not executed in time.",
      example: "https://example.com/reversal/timeout",
    }),
    Remarks: optional(
      text({ description: "A text of the organisation.", example: "Payment reversal", maxLength: 100 }),
    ),
    Occasion: optional(
      text({
        description: "A text of the organisation.",
        example: "Wrong account",
        aliases: ["Occassion"],
        maxLength: 100,
      }),
    ),
  },
  organisation: "ReceiverParty",
  initiator: {
    name: "Initiator",
    credential: "SecurityCredential",
    organisation: "ReceiverParty",
    role: "reversal",
  },
  trigger: { field: "TransactionID", scheme: "transaction" },
  results: {
    "1": "receiver_balance_too_low",
    "11": "organisation_inactive",
    "21": "initiator_role_missing",
    "2001": "initiator_credential_invalid",
    "2006": "account_status_invalid",
    "2028": "organisation_product_missing",
    "8006": "initiator_locked",
    R000001: "already_reversed",
    R000002: "payment_unknown",
    TP40153: "initiator_not_permitted",
  },
  response: acknowledgementFields,
  examplePayment: {
    type: "reversal",
    amountMinor: 200_00n,
    customerReference: "UA1SG632NM",
    receipt: "UA1SG632PQ",
  },
  notifications: resultNotifications({
    style: numericStyle,
    failureReceipt: "zeros",
    parameters: (context) => {
      const { payment, parties, balances, endedAt } = context;
      const usual = balances.utility === undefined ? "merchant" : "utility";
      return [
        ["DebitAccountBalance", formatAccount(getDebitedAccount(context, usual))],
        ["Amount", decimalNumber(payment.amountMinor)],
        ["TransCompletedTime", new WireNumber(formatNairobiTime(endedAt))],
        ["OriginalTransactionID", payment.customerReference],
        ["Charge", decimalNumber(parties.chargeMinor)],
        ["CreditPartyPublicName", formatCounterparty(context)],
        ["DebitPartyPublicName", formatOrganisation(context)],
      ];
    },
    references: () => [
      ["QueueTimeoutURL", "https://internalsandbox.safaricom.co.ke/mpesa/reversalresults/v1/submit"],
    ],
  }),

  async handle(call) {
    const { TransactionID, Amount, ReceiverParty, Remarks, ResultURL, QueueTimeOutURL } = call.values;
    const { payments } = call;
    // The parties of a payment do not change, so it is read before the batch.
    const original =
      call.refusal === null ? await readNamedPayment(payments.context, TransactionID) : undefined;
    const outcome = await payments.reverse({
      ...call.buildPayment({
        organisation: ReceiverParty,
        organisationAccount: "working",
        refusal: findRefusal(original, ReceiverParty),
        urls: { result: ResultURL, timeout: QueueTimeOutURL },
      }),
      amountMinor: Amount,
      paymentId: original?.id ?? null,
      customerReference: original?.receipt ?? TransactionID,
      description: Remarks ?? "",
    });
    return acknowledge(call, {
      reason: outcome.refusal === null ? "The payment was reversed." : describePayment(outcome.refusal),
      ...(Amount === null ? {} : { amountMinor: Amount }),
      madePayment: true,
    });
  },
});

/** Why the organisation may not reverse this payment, or null. The batch refuses those who are no party to it. */
function findRefusal(original: PaymentRow | undefined, shortcode: string): RecordedRefusal | null {
  if (original === undefined) return null;
  const received =
    original.type === "transfer" ? original.counterparty === shortcode : original.type !== "payout";
  return received ? null : "payment_not_reversible";
}
