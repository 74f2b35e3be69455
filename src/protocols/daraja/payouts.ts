/** Payments to a customer: what B2C, in both versions, and Pochi have in common. */
import type { RecordedRefusal } from "../../payments/refusals.ts";
import type { DarajaError } from "./families.ts";
import {
  callbackUrl,
  enumeration,
  msisdn,
  optional,
  securityCredential,
  shortcode,
  text,
  wholeAmount,
  type FieldValues,
} from "./fields.ts";
import { describePayment } from "./call-results.ts";
import { describeCommand } from "../g2/commands.ts";
import type {
  CallReply,
  DarajaCall,
  DarajaOperation,
  NotificationContext,
  ResultEntries,
} from "./operation.ts";
import { findPayerRefusal } from "../g2/payer-refusal.ts";
import { formatCounterparty, formatDottedTime } from "../g2/public-names.ts";
import { numericStyle } from "./result-style.ts";
import { acknowledge, decimalNumber, plainNumber, resultNotifications } from "./results.ts";

/** Its SMS congratulates the customer. */
const promotionCommand = "PromotionPayment";

export const payoutCommands = ["BusinessPayment", "SalaryPayment", promotionCommand] as const;

/** The fields from the initiator to the occasion, with the commands of a call. */
export const payoutFields = <const V extends string>(commands: readonly [V, ...V[]]) => ({
  InitiatorName: text({ description: "The API operator that sends the request.", example: "testapi" }),
  SecurityCredential: securityCredential({
    description: "The operator's password, encrypted with the certificate.",
    example: `${"A".repeat(342)}==`,
  }),
  CommandID: enumeration({ description: "The kind of payment.", example: commands[0], values: commands }),
  Amount: wholeAmount({
    description: "The amount. Below 10 it is acknowledged, and its result is 2.",
    example: 10,
  }),
  PartyA: shortcode({
    description: "The organisation that pays, from its utility account.",
    example: 600996,
  }),
  PartyB: msisdn({ description: "The customer who is paid.", example: 254708374149 }),
  Remarks: optional(
    text({
      description: "A text of the organisation.",
      example: "Salary of May",
      minLength: 2,
      maxLength: 100,
    }),
  ),
  QueueTimeOutURL: callbackUrl({
    description: "Gets a notice if the request is not executed in time.",
    example: "https://example.com/b2c/timeout",
  }),
  ResultURL: callbackUrl({ description: "Gets the result.", example: "https://example.com/b2c/result" }),
  Occassion: optional(
    text({
      description: "A text of the organisation. The key is spelt so; `Occasion` is taken too.",
      example: "ChristmasPay",
      aliases: ["Occasion"],
      maxLength: 100,
    }),
  ),
});

export const originatorConversationId = text({
  description: "The caller's own id of the request, which pays once.",
  example: "600996_Test_32et3241ed8yu",
  maxLength: 128,
});

export const payoutInitiator = {
  name: "InitiatorName",
  credential: "SecurityCredential",
  organisation: "PartyA",
  role: "b2c",
} as const;

export const payoutTrigger = { field: "PartyB", scheme: "customer" } as const;

export const payoutResults = {
  "1": "organisation_balance_too_low",
  "2": "amount_below_minimum",
  "3": "amount_above_maximum",
  "4": "customer_daily_limit",
  "8": "account_full",
  "11": "organisation_inactive",
  "17": "payment_failed",
  "21": "initiator_role_missing",
  "2001": "initiator_credential_invalid",
  "2006": "customer_inactive",
  "2028": "organisation_product_missing",
  "2040": "customer_not_eligible",
  "8006": "initiator_locked",
  SFC_IC0003: "customer_unknown",
  TP40153: "initiator_not_permitted",
} as const satisfies DarajaOperation["results"];

const minAmountMinor = 10_00n;

const duplicateId: DarajaError = {
  status: 500,
  code: "500.002.1001",
  message: "Duplicate OriginatorConversationID.",
};

type PayoutCall = DarajaCall & { readonly values: FieldValues<ReturnType<typeof payoutFields>> };

/** Pays the customer. `reference` is the caller's id of the request, if the call has one. */
export async function payCustomer(
  call: PayoutCall,
  { reference, refusal }: { readonly reference?: string; readonly refusal?: RecordedRefusal | null },
): Promise<CallReply> {
  const { CommandID, PartyA, PartyB, Amount, Remarks, Occassion, ResultURL, QueueTimeOutURL } = call.values;
  const request = call.buildPayment({
    organisation: PartyA,
    organisationAccount: "utility",
    refusal: refusal ?? (await findPayoutRefusal(call)),
    urls: { result: ResultURL, timeout: QueueTimeOutURL },
    ...(reference === undefined ? {} : { reference }),
  });
  const outcome = await call.payments.payOut({
    ...request,
    msisdn: PartyB,
    amountMinor: Amount,
    isPromotion: CommandID === promotionCommand,
    customerReference: Occassion ?? "",
    description: describeCommand(CommandID, Remarks),
  });
  if (outcome.refusal === "duplicate")
    return {
      error: duplicateId,
      reason:
        "The application has used this OriginatorConversationID before. The first payment is unchanged.",
      amountMinor: Amount,
    };
  return acknowledge(call, {
    originatorConversationId: reference,
    reason: describePayment(outcome.refusal),
    amountMinor: Amount,
    madePayment: true,
  });
}

async function findPayoutRefusal({
  refusal,
  organisations,
  values: { Amount, PartyA },
}: PayoutCall): Promise<RecordedRefusal | null> {
  if (refusal !== null) return refusal;
  if (Amount < minAmountMinor) return "amount_below_minimum";
  return findPayerRefusal(await organisations.find(PartyA), "utility");
}

const references = [
  ["QueueTimeoutURL", "https://internalsandbox.safaricom.co.ke/mpesa/b2cresults/v1/submit"],
] as const satisfies ResultEntries;

/** The notifications of a payout; `order` is that of the version's result parameters. */
export const payoutNotifications = (order: "2017" | "current") =>
  resultNotifications({
    style: numericStyle,
    parameters: order === "2017" ? listParametersOf2017 : listParameters,
    references: () => references,
  });

function listParameters(context: NotificationContext): ResultEntries {
  const { amount, receipt, receiver, completedAt, utility, working, registered, charges } =
    getEntries(context);
  return [amount, receipt, receiver, completedAt, utility, working, registered, charges];
}

/** Programs of that time read the parameters by position. */
function listParametersOf2017(context: NotificationContext): ResultEntries {
  const { amount, receipt, receiver, completedAt, utility, working, registered, charges } =
    getEntries(context);
  return [receipt, amount, working, utility, completedAt, receiver, charges, registered];
}

function getEntries(context: NotificationContext) {
  const { payment, receipt, endedAt, balances } = context;
  return {
    amount: ["TransactionAmount", plainNumber(payment.amountMinor)],
    receipt: ["TransactionReceipt", receipt],
    receiver: ["ReceiverPartyPublicName", formatCounterparty(context)],
    completedAt: ["TransactionCompletedDateTime", formatDottedTime(endedAt)],
    utility: ["B2CUtilityAccountAvailableFunds", decimalNumber(balances.utility ?? 0n)],
    working: ["B2CWorkingAccountAvailableFunds", decimalNumber(balances.working ?? 0n)],
    registered: ["B2CRecipientIsRegisteredCustomer", "Y"],
    charges: ["B2CChargesPaidAccountAvailableFunds", decimalNumber(balances.charges_paid ?? 0n)],
  } as const;
}

/** The payment that the documentation shows. */
export const examplePayout = {
  type: "payout",
  amountMinor: 10_00n,
  customerReference: "ChristmasPay",
  description: "BusinessPayment Salary of May",
} as const;
