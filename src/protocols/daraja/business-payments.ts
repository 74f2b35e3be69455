/** Payments of one organisation to another: what B2B and tax remittance have in common. */
import type { OrganisationAccount } from "../../payments/instruction.ts";
import type { RecordedRefusal } from "../../payments/refusals.ts";
import { describePayment } from "./call-results.ts";
import { describeCommand } from "../g2/commands.ts";
import {
  callbackUrl,
  enumeration,
  msisdn,
  optional,
  optionalNumber,
  securityCredential,
  shortcode,
  text,
  wholeAmount,
} from "./fields.ts";
import { formatNairobiTime } from "../g2/identifiers.ts";
import type {
  CallReply,
  DarajaCall,
  DarajaOperation,
  NotificationContext,
  ResultEntries,
} from "./operation.ts";
import { formatAccount, getDebitedAccount } from "../g2/debited-account.ts";
import { formatCounterparty } from "../g2/public-names.ts";
import type { ResultStyle } from "./result-style.ts";
import { formatDecimal } from "../g2/formats.ts";
import { acknowledge, resultNotifications } from "./results.ts";

/** In shillings. M-Pesa publishes no limit for organisations. */
export const maxBusinessAmount = 50_000_000;

/** The fields before CommandID. */
export const initiatorFields = {
  Initiator: text({ description: "The API operator that sends the request.", example: "testapi" }),
  SecurityCredential: securityCredential({
    description: "The operator's password, encrypted with the certificate.",
    example: `${"A".repeat(342)}==`,
  }),
};

const identifierType = (description: string, aliases: readonly string[] = []) =>
  optionalNumber(enumeration({ description, example: "4", aliases, values: ["4", "2"] }));

/** The fields after CommandID, up to the receiver. */
export const partyFields = {
  SenderIdentifierType: identifierType("4 for a shortcode, 2 for a till."),
  RecieverIdentifierType: identifierType("The same for the receiver. The key is spelt so.", [
    "ReceiverIdentifierType",
  ]),
  Amount: wholeAmount({ description: "The amount.", example: 239, max: maxBusinessAmount }),
  PartyA: shortcode({ description: "The organisation that pays.", example: 600996 }),
};

export const accountReference = text({
  description: "The account that is paid to.",
  example: "353353",
  maxLength: 13,
});

/** The fields after the account. */
export const closingFields = {
  Requester: optionalNumber(
    msisdn({ description: "The customer for whom the organisation pays.", example: 254708374149 }),
  ),
  Remarks: optional(text({ description: "A text of the organisation.", example: "OK", maxLength: 100 })),
  QueueTimeOutURL: callbackUrl({
    description: "Gets a notice if the request is not executed in time.",
    example: "https://example.com/b2b/timeout",
  }),
  ResultURL: callbackUrl({ description: "Gets the result.", example: "https://example.com/b2b/result" }),
  Occassion: optional(
    text({
      description: "A text of the organisation. The key is spelt so; `Occasion` is taken too.",
      example: "May",
      aliases: ["Occasion"],
      maxLength: 100,
    }),
  ),
};

export const businessInitiator = {
  name: "Initiator",
  credential: "SecurityCredential",
  organisation: "PartyA",
  role: "b2b",
} as const;

export const businessTrigger = { field: "PartyB", scheme: "shortcode" } as const;

export const businessResults = {
  "1": "organisation_balance_too_low",
  "2": "amount_below_minimum",
  "3": "amount_above_maximum",
  "4": "customer_daily_limit",
  "8": "account_full",
  "11": "organisation_inactive",
  "15": "duplicate",
  "17": "payment_failed",
  "18": "initiator_check_failed",
  "19": "request_too_old",
  "20": "initiator_unknown",
  "21": "operation_not_allowed",
  "22": "initiator_suspended",
  "24": "parameters_missing",
  "25": "parameters_invalid",
  "26": "service_unavailable",
  "29": "command_invalid",
  "2001": "initiator_credential_invalid",
  "2006": "account_status_invalid",
  "2028": "organisation_product_missing",
  "2032": "payment_unknown",
  "8006": "initiator_locked",
  SFC_IC0003: "receiver_invalid",
  TP40153: "initiator_not_permitted",
} as const satisfies DarajaOperation["results"];

/** The receipt of an unknown payment, which no business payment has, is 2032 as in transaction status. */
export const businessRefusalResults = { payment_unknown: "2032" } as const;

export const businessResultTexts = { SFC_IC0003: "Receiver party is invalid" } as const;

interface BusinessPayment {
  readonly command: string;
  readonly receiver: string;
  readonly from: OrganisationAccount;
  readonly to: OrganisationAccount;
  readonly refusal: RecordedRefusal | null;
}

interface BusinessValues {
  readonly Amount: bigint;
  readonly PartyA: string;
  readonly AccountReference: string | null;
  readonly Remarks: string | null;
  readonly QueueTimeOutURL: string;
  readonly ResultURL: string;
}

export async function payOrganisation(
  call: DarajaCall & { readonly values: BusinessValues },
  { command, receiver, from, to, refusal }: BusinessPayment,
): Promise<CallReply> {
  const { Amount, PartyA, AccountReference, Remarks, ResultURL, QueueTimeOutURL } = call.values;
  const outcome = await call.payments.transfer({
    ...call.buildPayment({
      organisation: PartyA,
      organisationAccount: from,
      refusal,
      urls: { result: ResultURL, timeout: QueueTimeOutURL },
    }),
    receiver,
    receiverAccount: to,
    amountMinor: Amount,
    customerReference: AccountReference ?? "",
    description: describeCommand(command, Remarks),
  });
  return acknowledge(call, {
    reason: describePayment(outcome.refusal),
    amountMinor: Amount,
    madePayment: true,
  });
}

const queueReference = [
  "QueueTimeoutURL",
  "https://internalapi.safaricom.co.ke/mpesa/abresults/v1/submit",
] as const;

interface BusinessContent {
  readonly style: ResultStyle;
  failureParameters(context: NotificationContext): ResultEntries;
}

export const businessNotifications = ({ style, failureParameters }: BusinessContent) =>
  resultNotifications({
    style,
    failureReceipt: "zeros",
    parameters: listParameters,
    failureParameters,
    references: ({ payment }) => [["BillReferenceNumber", payment.customerReference], queueReference],
  });

/** Every value is a text. */
function listParameters(context: NotificationContext): ResultEntries {
  const { chargeMinor } = context.parties;
  const account = getDebitedAccount(context, "working");
  const balance = formatBalance(account.availableMinor);
  return [
    ["DebitAccountBalance", balance],
    ["Amount", formatDecimal(context.payment.amountMinor)],
    ["DebitPartyAffectedAccountBalance", formatAccount(account)],
    ["TransCompletedTime", formatNairobiTime(context.endedAt)],
    ["DebitPartyCharges", chargeMinor === 0n ? "" : formatDecimal(chargeMinor)],
    ["ReceiverPartyPublicName", formatCounterparty(context)],
    ["Currency", "KES"],
    ["InitiatorAccountCurrentBalance", balance],
  ];
}

/** `MinimumAmount` is in cents. */
const formatBalance = (amountMinor: bigint): string =>
  `{Amount={CurrencyCode=KES, MinimumAmount=${amountMinor}, BasicAmount=${formatDecimal(amountMinor)}}}`;
