/** Payments to customers: the commands of B2C. */
import { describeCommand } from "../../g2/commands.ts";
import { formatDecimal } from "../../g2/formats.ts";
import { findPayerRefusal } from "../../g2/payer-refusal.ts";
import { formatDottedTime, formatSlashedTime } from "../../g2/public-names.ts";
import type { RecordedRefusal } from "../../../payments/refusals.ts";
import { listFailureParameters } from "../failure-parameters.ts";
import type { SoapEntries } from "../messages.ts";
import type { CommandOutcome, SoapCall, SoapOperation, SoapResultContext } from "../operation.ts";
import { payoutResults } from "../result-lists.ts";

/** In minor units; those of the market, which Daraja has too. */
const minAmountMinor = 10_00n;
const maxAmountMinor = 250_000_00n;

const promotionCommand = "PromotionPayment";

// prettier-ignore
const commands = {
  BusinessPayment:                         "Pays a customer.",
  SalaryPayment:                           "Pays a salary to a customer.",
  [promotionCommand]:                      "Pays a prize to a customer; the customer's message congratulates.",
  SalaryPaymentWithWithdrawalChargePaid:   "Pays a salary, and the charge of its withdrawal.",
  BusinessPaymentWithWithdrawalChargePaid: "Pays a customer, and the charge of the withdrawal.",
  TransferFromBankToCustomer:              "Moves money from a bank's account to a customer's wallet.",
} as const;

export const payoutOperations: readonly SoapOperation[] = Object.entries(commands).map(
  ([name, description]): SoapOperation => ({
    name,
    product: "soapB2c",
    title: name,
    description: `${description} The utility account of the organisation is debited.`,
    role: "b2c",
    primaryParty: "organisation",
    receiverParty: "customer",
    parameters: { Amount: { kind: "amount", description: "The amount in shillings.", example: "100.00" } },
    trigger: { field: "ReceiverParty", scheme: "customer" },
    results: payoutResults,
    execute: payCustomer,
    listParameters: (context) =>
      context.dialect === "g1" ? listG1Parameters(context) : listParameters(context),
    listReferences,
  }),
);

async function payCustomer(call: SoapCall): Promise<CommandOutcome> {
  const { payer, receiver, document, payments } = call;
  const amountMinor = call.amountMinor ?? 0n;
  const command = document.commandId ?? "";
  const outcome = await payments.payOut({
    ...call.buildPayment({
      organisation: payer,
      organisationAccount: "utility",
      refusal:
        findAmountRefusal(amountMinor) ?? findPayerRefusal(await call.organisations.find(payer), "utility"),
    }),
    msisdn: receiver,
    amountMinor,
    isPromotion: command === promotionCommand,
    customerReference: call.getValue("Occasion") ?? "",
    description: describeCommand(command, document.remark),
  });
  return { payment: outcome.refusal, amountMinor };
}

function findAmountRefusal(amountMinor: bigint): RecordedRefusal | null {
  if (amountMinor < minAmountMinor) return "amount_below_minimum";
  return amountMinor > maxAmountMinor ? "amount_above_maximum" : null;
}

function listParameters({
  payment,
  receipt,
  endedAt,
  parties,
  balances,
  code,
}: SoapResultContext): SoapEntries {
  if (code !== "0") return listFailureParameters({ endedAt });
  return [
    ["TransactionReceipt", receipt],
    ["TransactionAmount", formatDecimal(payment.amountMinor)],
    ["B2CWorkingAccountAvailableFunds", formatDecimal(balances.working ?? 0n)],
    ["B2CUtilityAccountAvailableFunds", formatDecimal(balances.utility ?? 0n)],
    ["TransactionCompletedDateTime", formatDottedTime(endedAt)],
    ["ReceiverPartyPublicName", formatReceiver(payment.counterparty, parties.counterpartyName)],
    ["B2CChargesPaidAccountAvailableFunds", formatDecimal(balances.charges_paid ?? 0n)],
    ["B2CRecipientIsRegisteredCustomer", "Y"],
    ["B2CWithdrawalChargeAmount", "0.00"],
  ];
}

/** `254708374149-John Doe`. */
const formatReceiver = (msisdn: string, name: string): string => (name === "" ? msisdn : `${msisdn}-${name}`);

/** The first generation writes balances with four decimals. */
const formatFourDecimals = (amountMinor: bigint | undefined): string =>
  `${formatDecimal(amountMinor ?? 0n)}00`;

function listG1Parameters({ payment, endedAt, balances, code }: SoapResultContext): SoapEntries {
  if (code !== "0") return listFailureParameters({ endedAt });
  return [
    ["Amount", `Ksh${formatDecimal(payment.amountMinor)}`],
    ["Transaction Datetime", formatSlashedTime(endedAt)],
    ["Working Account Available Funds", formatFourDecimals(balances.working)],
    ["Charges Paid Account Available Funds", formatFourDecimals(balances.charges_paid)],
    ["Utility Account Available Funds", formatFourDecimals(balances.utility)],
  ];
}

function listReferences({ payment: { customerReference } }: SoapResultContext): SoapEntries {
  return customerReference === "" ? [] : [["Occasion", customerReference]];
}
