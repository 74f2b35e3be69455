/** M-Pesa Ratiba: asks a customer for a standing order, which the platform then debits. */
import { parseDay, type Frequency } from "../../../payments/mandate-terms.ts";
import { getRefusalInfo } from "../../../payments/refusals.ts";
import { createStandingOrder } from "../../../payments/standing-orders.ts";
import {
  callbackUrl,
  enumeration,
  matching,
  msisdn,
  optional,
  shortcode,
  text,
  wholeAmount,
} from "../fields.ts";
import {
  defineDarajaOperation,
  type CallReply,
  type DarajaCall,
  type NotificationContext,
} from "../operation.ts";
import { stkPush } from "./stk-push.ts";
import type { WireObject } from "../wire-json.ts";

const frequencies: Readonly<Record<string, Frequency>> = {
  "1": "once",
  "2": "daily",
  "3": "weekly",
  "4": "monthly",
  "5": "every_two_months",
  "6": "quarterly",
  "7": "half_yearly",
  "8": "yearly",
};

const payBill = "Standing Order Customer Pay Bill";
const payMerchant = "Standing Order Customer Pay Marchant";

const day = (description: string, example: string) =>
  matching({ description, example, expression: /^20\d{6}$/, format: "yyyymmdd" });

const successText = "The service request is processed successfully.";
const acceptedText = "Request accepted for processing";

/** The codes of a request that is refused at once, and their texts. */
const requestErrors = {
  "1050": "A standing order with this name already exists.",
  "1051": "Bad request",
} as const;

/** The customer is asked for this standing order, or has it. */
const duplicateRefusals: ReadonlySet<string | null> = new Set(["mandate_exists", "mandate_awaits_consent"]);

const { "4999": _pending, ...stkResults } = stkPush.results;

export const ratiba = defineDarajaOperation({
  name: "ratiba",
  product: "darajaRatiba",
  title: "M-Pesa Ratiba",
  description:
    "Asks a customer for a standing order. The response acknowledges the request, and the customer's answer follows at the CallBackURL. Each due payment is made at 8:00 in Nairobi and confirmed at the organisation's ConfirmationURL; with too little money it is tried again on the next three days, and then left out. A request that is malformed is HTTP 200 with the responseCode 1051, a name that the customer's standing orders already have 1050.",
  family: "business",
  path: "/standingorder/v1/createStandingOrderExternal",
  fields: {
    StandingOrderName: text({
      description: "The name, unique among the customer's standing orders.",
      example: "Test Standing Order",
      maxLength: 60,
      aliases: ["StandingOrderNameName"],
    }),
    StartDate: day("The first day.", "20240905"),
    EndDate: day(
      "The last day. One before StartDate makes an order that has expired, in the sandbox only.",
      "20230905",
    ),
    BusinessShortCode: shortcode({ description: "The receiver: a paybill or a till.", example: "174379" }),
    TransactionType: enumeration({
      description: "For a paybill, or for a till. M-Pesa spells it so.",
      example: payBill,
      values: [payBill, payMerchant],
      spellings: { "Standing Order Customer Pay Merchant": payMerchant },
    }),
    ReceiverPartyIdentifierType: enumeration({
      description: "`4` for a paybill, `2` for a till.",
      example: "4",
      values: ["4", "2"],
    }),
    Amount: wholeAmount({ description: "The amount of each payment.", example: "4500" }),
    PartyA: msisdn({ description: "The customer who pays.", example: "254708374149" }),
    CallBackURL: callbackUrl({
      description: "Gets the customer's answer.",
      example: "https://mydomain.com/pat",
    }),
    AccountReference: optional(
      text({ description: "The account that the customer pays to.", example: "Test", maxLength: 12 }),
    ),
    TransactionDesc: optional(
      text({ description: "A text; a longer one is cut.", example: "Test", maxLength: 13, truncates: true }),
    ),
    Frequency: enumeration({
      description:
        "`1` once, `2` daily, `3` weekly, `4` monthly, `5` every two months, `6` quarterly, `7` half-yearly, `8` yearly.",
      example: "2",
      values: ["1", "2", "3", "4", "5", "6", "7", "8"],
    }),
  },
  organisation: "BusinessShortCode",
  trigger: { field: "PartyA", scheme: "customer" },
  results: stkResults,
  refusalResults: { customer_unknown: "1037", customer_inactive: "2028" },
  response: {
    ResponseHeader: {
      description: "`responseRefID`, `responseCode` 200, and texts.",
      example: {
        responseRefID: "8423-4a3b-87d8-1d918a78741e243712",
        responseCode: "200",
        responseDescription: acceptedText,
        ResultDesc: successText,
      },
    },
    ResponseBody: {
      description: "The text and the code again.",
      example: { responseDescription: acceptedText, responseCode: "200" },
    },
  },
  notifications: {
    ratiba: {
      description: "The customer's answer, at the CallBackURL. A failure has its keys in upper case.",
      isOwed: ({ refusal }) => !duplicateRefusals.has(refusal),
      render: renderAnswer,
    },
  },
  examplePayment: { type: "mandate", amountMinor: 0n },
  invalidBody: "family",

  validate: ({ StartDate, EndDate }) => {
    if (parseDay(StartDate) === null) return { field: "StartDate", reason: "StartDate is no day." };
    return parseDay(EndDate) === null ? { field: "EndDate", reason: "EndDate is no day." } : null;
  },

  renderInvalidField: (field, reason, call) => refuseRequest(call, "1051", `Invalid ${field}`, reason),

  async handle(call) {
    const { values, rail } = call;
    const { StartDate, EndDate, BusinessShortCode, Amount, PartyA, AccountReference } = values;
    if (rail.environment === "live" && EndDate < StartDate)
      return refuseRequest(call, "1051", "Invalid EndDate", "EndDate is before StartDate.");
    const isTill = values.TransactionType === payMerchant;
    const receiver = await call.organisations.find(BusinessShortCode);
    const accountKind = isTill ? "merchant" : "utility";
    const request = call.buildPayment({
      organisation: BusinessShortCode,
      organisationAccount: "working",
      refusal: receiver !== undefined && hasAccount(receiver.kind, accountKind) ? null : "receiver_invalid",
      urls: { ratiba: values.CallBackURL },
    });
    const outcome = await createStandingOrder(call.payments, {
      ...request,
      msisdn: PartyA,
      mandateReference: values.StandingOrderName,
      frequency: frequencies[values.Frequency] ?? "once",
      firstPaymentDay: Number(StartDate),
      expiryDay: Number(EndDate),
      amountMinor: Amount,
      accountKind,
      accountReference: isTill ? "" : (AccountReference ?? ""),
    });
    if (duplicateRefusals.has(outcome.refusal))
      return refuseRequest(
        call,
        "1050",
        requestErrors["1050"],
        "The customer has a standing order of this name.",
      );
    return {
      body: buildResponse(call, "200", acceptedText, successText),
      code: "200",
      reason: `Acknowledged. ${outcome.refusal === null ? (outcome.prompted ? "The customer has a prompt." : "The customer approved.") : getRefusalInfo(outcome.refusal).description}`,
      amountMinor: Amount,
      madePayment: true,
    };
  },
});

const merchantKinds: ReadonlySet<string> = new Set(["till", "store"]);
const utilityKinds: ReadonlySet<string> = new Set(["paybill", "b2c"]);

const hasAccount = (kind: string, accountKind: "utility" | "merchant"): boolean =>
  (accountKind === "merchant" ? merchantKinds : utilityKinds).has(kind);

type NamedCall = Pick<DarajaCall, "id" | "identifiers">;

const refuseRequest = (
  call: NamedCall,
  code: keyof typeof requestErrors,
  detail: string,
  reason: string,
): CallReply => ({ body: buildResponse(call, code, requestErrors[code], detail), code, reason });

const buildResponse = (
  { id, identifiers }: NamedCall,
  code: string,
  description: string,
  resultText: string,
): WireObject => ({
  ResponseHeader: {
    responseRefID: identifiers.requestId(id),
    responseCode: code,
    responseDescription: description,
    ResultDesc: resultText,
  },
  ResponseBody: { responseDescription: description, responseCode: code },
});

/** No payment has this receipt. */
const noReceipt = "0000000000";

function renderAnswer({ payment, code, description, receipt }: NotificationContext): WireObject {
  const { reference, counterparty } = payment;
  if (code !== "0") return renderFailure(reference, code, description, counterparty);
  return {
    responseHeader: {
      responseRefID: reference,
      requestRefID: reference,
      responseCode: code,
      responseDescription: description,
    },
    responseBody: {
      responseData: [
        { name: "TransactionID", value: receipt },
        { name: "responseCode", value: code },
        { name: "Status", value: "OKAY" },
        { name: "Msisdn", value: `${counterparty.slice(0, 3)}******${counterparty.slice(-3)}` },
      ],
    },
  };
}

const renderFailure = (reference: string, code: string, description: string, msisdn: string): WireObject => ({
  ResponseHeader: {
    responseRefID: reference,
    requestRefID: reference,
    responseCode: code,
    responseDescription: description,
  },
  ResponseBody: {
    ResponseData: [
      { Name: "TransactionID", Value: noReceipt },
      { Name: "responseCode", Value: code },
      { Name: "Status", Value: "ERROR" },
      { Name: "Msisdn", Value: `*********${msisdn.slice(-3)}` },
    ],
  },
});
