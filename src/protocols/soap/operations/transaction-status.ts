/** Transaction status: what became of a payment. */
import { readPaymentMovement, type PaymentMovement } from "../../../payments/queries.ts";
import type { PaymentRow } from "../../../payments/payments.ts";
import { isParty } from "../../../payments/rules/reverse.ts";
import { formatAccountBalance, formatAccountType } from "../../g2/account-balances.ts";
import { formatDecimal } from "../../g2/formats.ts";
import { formatNairobiTime } from "../../g2/identifiers.ts";
import { formatReason, formatStatus, listParties } from "../../g2/transaction-details.ts";
import type { SoapEntries } from "../messages.ts";
import type { CommandResult, SoapCall, SoapOperation, SoapParameter } from "../operation.ts";
import { queryResults } from "../result-lists.ts";
import { toResultCode } from "../result-codes.ts";

const name = (description: string, example: string): SoapParameter => ({
  kind: "text",
  description,
  example,
  isOptional: true,
  maxLength: 128,
});

/** The first that is there counts. */
const nameKeys = ["ReceiptNumber", "OriginatorConversationID", "ConversationID"] as const;

export const transactionStatus: SoapOperation = {
  name: "TransactionStatusQuery",
  product: "soapStatus",
  title: "TransactionStatusQuery",
  description: "Asks what became of a payment. Only an organisation that took part in it can ask.",
  role: "transaction_status",
  primaryParty: "optional",
  receiverParty: "none",
  parameters: {
    ReceiptNumber: name("The receipt. One of the three is mandatory.", "UA1SG632NM"),
    OriginatorConversationID: name("The caller's id of the payment's request.", "600996_Safari_000001"),
    ConversationID: name("The platform's id of the payment's request.", "AG_20260101_0100101002hi3i67m6ml"),
  },
  trigger: { field: "ReceiptNumber", scheme: "transaction" },
  results: queryResults,
  execute: queryStatus,
};

async function queryStatus(call: SoapCall): Promise<CommandResult> {
  const { payer, refusal } = call;
  if (refusal !== null) return { code: toResultCode(refusal) };
  if (!call.mayActFor(payer)) return { code: "6" };
  const key = nameKeys.find((each) => call.getValue(each) !== null);
  if (key === undefined) return { code: "24", parameters: [["MissingParameter", nameKeys[0]]] };
  const payment = await call.findPayment(call.getValue(key) ?? "");
  if (payment === undefined || !isParty(payment, payer)) return { code: "49" };
  return { code: "0", parameters: await describePayment(call, payment) };
}

/** In the documented order. */
async function describePayment(call: SoapCall, payment: PaymentRow): Promise<SoapEntries> {
  const movement = await readPaymentMovement(call.payments.context, payment.id);
  const [debit, credit] = await listParties(call.organisations, payment, movement);
  const account = (await call.organisations.listAccounts(call.payer)).find(
    ({ kind }) => kind === debit.accountKind,
  );
  const isPayer =
    debit.organisationKind !== null && (movement.from?.owner ?? payment.organisation) === call.payer;
  return [
    ["InitiatedTime", formatNairobiTime(payment.at.getTime())],
    ["FinalisedTime", payment.endedAt === null ? null : formatNairobiTime(payment.endedAt.getTime())],
    ["TransactionType", formatReason(payment, credit.accountKind)],
    ["ReceiptNo", payment.receipt ?? ""],
    ["TransactionStatus", formatStatus(payment)],
    ["TransactionReason", null],
    ["DebitPartyName", debit.name],
    ["CreditPartyName", credit.name],
    ["DebitAccountType", formatAccountType(debit.accountKind, debit.organisationKind)],
    [
      "DebitAccountBalance",
      account === undefined || !isPayer ? null : formatAccountBalance(account, debit.organisationKind),
    ],
    ["ReasonType", formatReason(payment, credit.accountKind)],
    ["Originator Conversation ID", payment.reference],
    ["Conversation ID", call.identifiers.conversationId(payment.id)],
    ["Amount", formatDecimal(payment.amountMinor)],
    ["DebitPartyCharges", formatCharges(payment, movement)],
    ["CreditPartyCharges", null],
  ];
}

/** The charge that the organisation paid, if any. */
function formatCharges({ type }: PaymentRow, { chargeMinor }: PaymentMovement): string | null {
  if (chargeMinor === 0n || (type !== "payout" && type !== "transfer")) return null;
  return `Fee For ${type === "payout" ? "B2C" : "B2B"} Payment|KES|${formatDecimal(chargeMinor)}`;
}
