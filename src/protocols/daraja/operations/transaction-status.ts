/** Transaction status: what became of a payment, at the ResultURL. */
import { readPaymentMovement, type PaymentMovement } from "../../../payments/queries.ts";
import type { PaymentRow } from "../../../payments/payments.ts";
import { isParty } from "../../../payments/rules/reverse.ts";
import { enumeration, optional, text } from "../fields.ts";
import { formatNairobiTime } from "../../g2/identifiers.ts";
import { defineDarajaOperation, type DarajaCall, type ResultEntries } from "../operation.ts";
import { formatAccountType } from "../../g2/account-balances.ts";
import {
  credentialField,
  identifierTypeField,
  initiatorField,
  initiatorResults,
  partyField,
  remarksField,
  resultUrlField,
  timeoutUrlField,
} from "../query-fields.ts";
import { formatDecimal } from "../../g2/formats.ts";
import { acknowledge, acknowledgementFields, plainNumber } from "../results.ts";
import { formatReason, formatStatus, listParties } from "../../g2/transaction-details.ts";
import { WireNumber } from "../wire-json.ts";

export const transactionStatus = defineDarajaOperation({
  name: "transactionStatus",
  product: "darajaStatus",
  title: "Transaction status",
  description:
    "Asks what became of a payment, by its receipt, its ConversationID or its OriginatorConversationID. Only an organisation that took part in it can ask. A CheckoutRequestID is for the STK query alone.",
  family: "business",
  path: "/mpesa/transactionstatus/v1/query",
  fields: {
    Initiator: initiatorField,
    SecurityCredential: credentialField,
    CommandID: enumeration({
      description: "The command.",
      example: "TransactionStatusQuery",
      values: ["TransactionStatusQuery"],
      aliases: ["Command ID"],
    }),
    TransactionID: optional(
      text({
        description:
          "The receipt. Mandatory without an OriginalConversationID, and decides if both are there.",
        example: "UA1SG632NM",
        maxLength: 60,
        aliases: ["Transaction ID"],
      }),
    ),
    OriginalConversationID: optional(
      text({
        description: "The ConversationID or OriginatorConversationID of the payment's request.",
        example: "8423-4a3b-87d8-1d918a78741e243712",
        maxLength: 100,
        aliases: ["OriginatorConversationID"],
      }),
    ),
    PartyA: partyField,
    IdentifierType: identifierTypeField,
    ResultURL: resultUrlField,
    QueueTimeOutURL: timeoutUrlField,
    Remarks: remarksField,
    Occasion: optional(
      text({
        description: "A text; the result repeats it.",
        example: "Query",
        maxLength: 100,
        truncates: true,
        aliases: ["Occassion"],
      }),
    ),
  },
  organisation: "PartyA",
  initiator: {
    name: "Initiator",
    credential: "SecurityCredential",
    organisation: "PartyA",
    role: "transaction_status",
  },
  trigger: { field: "TransactionID", scheme: "transaction" },
  results: {
    "2032": "payment_unknown",
    "15": "duplicate",
    "17": "internal_error",
    "18": "initiator_check_failed",
    "19": "request_too_old",
    "20": "initiator_unknown",
    "22": "initiator_suspended",
    "24": "parameters_missing",
    "25": "parameters_invalid",
    "26": "service_unavailable",
    "29": "command_invalid",
    ...initiatorResults,
    "2028": "organisation_product_missing",
    SFC_IC0003: "organisation_unknown",
  },
  refusalResults: { payment_unknown: "2032", payment_not_yours: "2032" },
  response: acknowledgementFields,
  exampleResult: {
    refusal: null,
    parameters: [
      ["DebitPartyName", "600996 - Safari Traders"],
      ["CreditPartyName", "254708374149 - John Doe"],
      ["OriginatorConversationID", "8423-4a3b-87d8-1d918a78741e243712"],
      ["InitiatedTime", 20260101120000],
      ["DebitAccountType", "Utility Account"],
      ["DebitPartyCharges", "Fee For B2C Payment|KES|22.40"],
      ["TransactionReason"],
      ["ReasonType", "Business Payment to Customer via API"],
      ["TransactionStatus", "Completed"],
      ["FinalisedTime", 20260101120000],
      ["Amount", 300],
      ["ConversationID", "AG_20260101_0100101002hi3i67m6ml"],
      ["ReceiptNo", "UA1SG632NM"],
    ],
    references: [["Occasion"]],
  },
  notifications: {},

  validate: ({ TransactionID, OriginalConversationID }) =>
    TransactionID === null && OriginalConversationID === null
      ? { field: "TransactionID", reason: "Neither TransactionID nor OriginalConversationID is there." }
      : null,

  async handle(call) {
    const { values } = call;
    const { ResultURL, QueueTimeOutURL, Occasion } = values;
    const references: ResultEntries = [Occasion === null ? ["Occasion"] : ["Occasion", Occasion]];
    const payment = call.refusal === null ? await findOwnPayment(call, values) : undefined;
    const refusal = call.refusal ?? (payment === undefined ? "payment_unknown" : null);
    const parameters = payment === undefined ? [] : await describePayment(call, payment);
    await call.queueResult(
      { result: ResultURL, timeout: QueueTimeOutURL },
      { refusal, parameters, references },
    );
    return acknowledge(call, {
      reason:
        payment === undefined
          ? "Acknowledged. No payment has this name."
          : `Acknowledged: ${payment.status}.`,
    });
  },
});

interface StatusQuery {
  readonly PartyA: string;
  readonly TransactionID: string | null;
  readonly OriginalConversationID: string | null;
}

/** The payment that the query names, if the organisation or one below it took part in it. */
async function findOwnPayment(
  call: Pick<DarajaCall, "findPayment" | "organisations" | "mayActFor">,
  { PartyA, TransactionID, OriginalConversationID }: StatusQuery,
): Promise<PaymentRow | undefined> {
  if (!call.mayActFor(PartyA)) return undefined;
  const payment = await call.findPayment(TransactionID ?? OriginalConversationID ?? "");
  if (payment === undefined || isParty(payment, PartyA)) return payment;
  const till = await call.organisations.find(payment.organisation);
  return till?.parent === PartyA ? payment : undefined;
}

/** In the documented order: some programs read the entries by position. */
async function describePayment(
  call: Pick<DarajaCall, "payments" | "organisations" | "identifiers">,
  payment: PaymentRow,
): Promise<ResultEntries> {
  const movement = await readPaymentMovement(call.payments.context, payment.id);
  const [debit, credit] = await listParties(call.organisations, payment, movement);
  const { identifiers } = call;
  return [
    ["DebitPartyName", debit.name],
    ["CreditPartyName", credit.name],
    ["OriginatorConversationID", payment.reference],
    ["InitiatedTime", toWireTime(payment.at)],
    ["DebitAccountType", formatAccountType(debit.accountKind, debit.organisationKind)],
    ["DebitPartyCharges", formatCharges(payment, movement)],
    ["TransactionReason"],
    ["ReasonType", formatReason(payment, credit.accountKind)],
    ["TransactionStatus", formatStatus(payment)],
    payment.endedAt === null ? ["FinalisedTime"] : ["FinalisedTime", toWireTime(payment.endedAt)],
    ["Amount", plainNumber(payment.amountMinor)],
    ["ConversationID", identifiers.conversationId(payment.id)],
    ["ReceiptNo", payment.receipt ?? ""],
  ];
}

const toWireTime = (at: Date): WireNumber => new WireNumber(formatNairobiTime(at.getTime()));

/** The charge that the organisation paid, if any. */
function formatCharges({ type }: PaymentRow, { chargeMinor }: PaymentMovement): string {
  if (chargeMinor === 0n || (type !== "payout" && type !== "transfer")) return "";
  return `Fee For ${type === "payout" ? "B2C" : "B2B"} Payment|KES|${formatDecimal(chargeMinor)}`;
}
