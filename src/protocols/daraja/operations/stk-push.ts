/** STK push (M-Pesa Express): asks a customer on their handset to pay an organisation. */
import type { Id } from "../../../core/ids.ts";
import { msPerMinute } from "../../../core/clock.ts";
import type { Outcome } from "../../../payments/instruction.ts";
import { getRefusalInfo, type RecordedRefusal } from "../../../payments/refusals.ts";
import { findInvoiceUrl } from "../../../payments/invoices.ts";
import { hasPaidSince } from "../../../payments/queries.ts";
import { c2bConfirmation } from "../c2b-confirmation.ts";
import { invoicePush } from "../invoice-push.ts";
import type { DarajaError } from "../families.ts";
import {
  callbackUrl,
  msisdn,
  enumeration,
  optional,
  secretText,
  shortcode,
  text,
  timestamp,
  wholeAmount,
} from "../fields.ts";
import { formatNairobiTime } from "../../g2/identifiers.ts";
import { protocolName } from "../names.ts";
import {
  defineDarajaOperation,
  type CallReply,
  type DarajaCall,
  type NotificationContext,
} from "../operation.ts";
import { resultTexts } from "../result-codes.ts";
import { decimalNumber, plainNumber, toWireCode } from "../results.ts";
import { describeSkew, findPasswordProblem } from "../stk-password.ts";
import { findStkOrganisation, findStkReceiver } from "../stk-receiver.ts";
import { WireNumber, type WireObject } from "../wire-json.ts";

const acceptedText = "Success. Request accepted for processing";

export const stkFields = {
  BusinessShortCode: shortcode({
    description: "The paybill, or for buy goods the head office or store of the till.",
    example: 174379,
  }),
  Password: secretText({
    description: "base64 of BusinessShortCode, passkey and Timestamp.",
    example:
      "MTc0Mzc5YmZiMjc5ZjlhYTliZGJjZjE1OGU5N2RkNzFhNDY3Y2QyZTBjODkzMDU5YjEwZjc4ZTZiNzJhZGExZWQyYzkxOTIwMjYwMTAxMTIwMDAw",
  }),
  Timestamp: timestamp({
    description: "When the request was made. It is part of Password; its time zone does not matter.",
    example: "20260101120000",
  }),
};

const subscriberBusy: DarajaError = {
  status: 500,
  code: "500.001.1001",
  message: resultTexts["1001"],
};

export const stkPush = defineDarajaOperation({
  name: "stkPush",
  shortName: "stk",
  product: "darajaExpress",
  title: "STK push",
  description:
    "Asks a customer on their handset to pay a paybill or a till. The response acknowledges the request, and the result follows at the CallBackURL.",
  family: "express",
  path: "/mpesa/stkpush/v1/processrequest",
  fields: {
    ...stkFields,
    TransactionType: enumeration({
      description: "`CustomerPayBillOnline` for a paybill, `CustomerBuyGoodsOnline` for a till.",
      example: "CustomerPayBillOnline",
      values: ["CustomerPayBillOnline", "CustomerBuyGoodsOnline"],
    }),
    Amount: wholeAmount({
      description: "The amount that the customer pays.",
      example: 1,
      digitsOnly: true,
    }),
    PartyA: msisdn({ description: "The customer who pays.", example: 254708374149 }),
    PartyB: shortcode({ description: "The receiver: the paybill, or the till.", example: 174379 }),
    PhoneNumber: msisdn({ description: "The phone that gets the prompt.", example: 254708374149 }),
    CallBackURL: callbackUrl({
      description: "Gets the result.",
      example: "https://example.com/mpesa/callback",
    }),
    AccountReference: optional(
      text({ description: "The account that the customer pays to.", example: "CompanyXLTD", maxLength: 12 }),
    ),
    TransactionDesc: optional(
      text({
        description: "A text for the customer; a longer one is cut.",
        example: "Payment of X",
        maxLength: 13,
        truncates: true,
      }),
    ),
  },
  organisation: "BusinessShortCode",
  distinctIdsBy: "PhoneNumber",
  trigger: { field: "PhoneNumber", scheme: "customer" },
  results: {
    "1": "customer_balance_too_low",
    "2": "amount_below_minimum",
    "3": "amount_above_maximum",
    "4": "customer_daily_limit",
    "8": "account_full",
    "17": "payment_repeated",
    "1001": "customer_prompt_limit",
    "1019": "prompt_expired",
    "1025": "prompt_not_sent",
    "1032": "customer_declined",
    "1037": "customer_unreachable",
    "2001": "customer_pin_wrong",
    "2028": "organisation_product_missing",
    "4999": "timed_out",
    "8006": "initiator_locked",
    "9999": "prompt_failed",
    SFC_IC0003: "receiver_invalid",
  },
  immediateErrors: { "1001": subscriberBusy },
  refusalResults: { customer_unknown: "1037", customer_inactive: "2028" },
  response: {
    MerchantRequestID: {
      description: "The request's id on the platform.",
      example: "2654-4b64-97ff-b827b542881d313012",
    },
    CheckoutRequestID: {
      description: "The id of the prompt: the callback has it, and the query wants it.",
      example: "ws_CO_01012026120000123708374149",
    },
    ResponseCode: { description: "0 if the request was accepted.", example: "0" },
    ResponseDescription: { description: "The text of the code.", example: acceptedText },
    CustomerMessage: { description: "A text for the customer.", example: acceptedText },
  },
  notifications: {
    stk: {
      description: "The result of the request, at its CallBackURL.",
      isOwed: ({ refusal }) => !isBusy(refusal),
      render: renderCallback,
    },
    stk_busy: {
      description: "The refusal of a request to a customer who has a prompt open.",
      isOwed: ({ refusal }) => isBusy(refusal),
      render: renderCallback,
    },
    // The real one also delivers such a payment twice, with the same receipt.
    confirmation: c2bConfirmation,
    invoice: invoicePush,
  },

  async handle(call) {
    const { values, settings } = call;
    const { BusinessShortCode, PhoneNumber, Amount, Timestamp } = values;
    const skew = describeSkew(Timestamp, call.clock.now());
    if (skew !== null) call.note(skew);
    const [organisation, registered, invoice] = await Promise.all([
      findStkOrganisation(call, BusinessShortCode),
      call.organisations.findC2bUrls(values.PartyB),
      findInvoiceUrl(call.payments.context, values.PartyB, values.AccountReference ?? ""),
    ]);
    if ("error" in organisation) return organisation;
    const receiver = await findStkReceiver(call, organisation, values);
    if ("error" in receiver) return receiver;
    const problem = await findPasswordProblem(call, {
      password: values.Password,
      shortcode: BusinessShortCode,
      timestamp: Timestamp,
    });
    if (problem !== null) return { error: wrongCredentials, reason: problem };

    const request = call.buildPayment({
      organisation: receiver.organisation,
      organisationAccount: receiver.organisationAccount,
      ...(receiver.actsFor === undefined ? {} : { actsFor: receiver.actsFor }),
      refusal: receiver.refusal ?? (await findRepetition(call, receiver.organisation)),
      urls: {
        stk: values.CallBackURL,
        stk_busy: settings.stkBusyInCallback ? values.CallBackURL : null,
        // A registration by another protocol is for messages of that protocol.
        confirmation: registered?.protocol === protocolName ? registered?.confirmationUrl : null,
        invoice: invoice?.callbackUrl,
      },
    });
    const outcome = await call.payments.collect({
      ...request,
      msisdn: PhoneNumber,
      amountMinor: Amount,
      customerReference: values.AccountReference ?? "",
      description: values.TransactionDesc ?? "",
    });
    if (isBusy(outcome.refusal) && !settings.stkBusyInCallback)
      return { error: subscriberBusy, reason: "The customer has a prompt open.", amountMinor: Amount };
    return acknowledgeStk(call, request.id, describeOutcome(outcome));
  },
});

/** The time in which a second payment of the same amount is a repeated one. */
const repetitionMs = 2 * msPerMinute;

interface StkAmount {
  readonly PhoneNumber: string;
  readonly Amount: bigint;
}

/** Whether the customer has just paid this, if the settings refuse a repeated payment. */
async function findRepetition(
  {
    settings,
    payments,
    clock,
    refusal,
    values: { PhoneNumber, Amount },
  }: Pick<DarajaCall, "settings" | "payments" | "clock" | "refusal"> & { readonly values: StkAmount },
  organisation: string,
): Promise<RecordedRefusal | null> {
  if (!settings.refuseRepeatedPush || refusal !== null) return null;
  const payment = {
    organisation,
    msisdn: PhoneNumber,
    amountMinor: Amount,
    since: clock.now() - repetitionMs,
  };
  return (await hasPaidSince(payments.context, payment)) ? "payment_repeated" : null;
}

export const wrongCredentials: DarajaError = {
  status: 500,
  code: "500.001.1001",
  message: "Wrong credentials",
};

const busyRefusals: ReadonlySet<string | null> = new Set([
  "customer_prompt_limit",
  "application_prompt_limit",
]);

const isBusy = (refusal: RecordedRefusal | null): boolean => busyRefusals.has(refusal);

const describeOutcome = ({ refusal, prompted }: Outcome): string =>
  refusal === null
    ? prompted
      ? "The customer has a prompt."
      : "The customer approved."
    : getRefusalInfo(refusal).description;

function acknowledgeStk(
  { identifiers, values }: Pick<DarajaCall, "identifiers"> & { readonly values: StkAmount },
  id: Id,
  reason: string,
): CallReply {
  return {
    body: {
      MerchantRequestID: identifiers.requestId(id),
      CheckoutRequestID: identifiers.checkoutRequestId(id, values.PhoneNumber),
      ResponseCode: "0",
      ResponseDescription: acceptedText,
      CustomerMessage: acceptedText,
    },
    code: "0",
    reason: `Acknowledged. ${reason}`,
    amountMinor: values.Amount,
    madePayment: true,
  };
}

function renderCallback(context: NotificationContext): WireObject {
  const { payment, identifiers, code, description } = context;
  return {
    Body: {
      stkCallback: {
        MerchantRequestID: payment.reference,
        CheckoutRequestID: identifiers.checkoutRequestId(payment.id, payment.counterparty),
        ResultCode: toWireCode(code, "number"),
        ResultDesc: description,
        CallbackMetadata: code === "0" ? { Item: listItems(context) } : undefined,
      },
    },
  };
}

/** In this order: some programs read the items by position. */
function listItems({ payment, receipt, endedAt, settings, rail }: NotificationContext): WireObject[] {
  const { amountMinor, counterparty } = payment;
  return [
    {
      Name: "Amount",
      Value: settings.stkDecimalAmount ? decimalNumber(amountMinor) : plainNumber(amountMinor),
    },
    { Name: "MpesaReceiptNumber", Value: receipt },
    ...(settings.stkBalanceItem[rail.environment] ? [{ Name: "Balance" }] : []),
    { Name: "TransactionDate", Value: new WireNumber(formatNairobiTime(endedAt)) },
    { Name: "PhoneNumber", Value: new WireNumber(counterparty) },
  ];
}
