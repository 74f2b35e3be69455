/** Pull transactions: an organisation registers, and then reads the payments that it may have missed. */
import { msPerHour } from "../../../core/clock.ts";
import { listCollections } from "../../../payments/queries.ts";
import type { PaymentRow } from "../../../payments/payments.ts";
import { families } from "../families.ts";
import { callbackUrl, enumeration, matching, optional, shortcode } from "../fields.ts";
import { parseNairobiTime } from "../../g2/identifiers.ts";
import { defineDarajaOperation, type CallReply } from "../operation.ts";
import { formatDecimal } from "../../g2/formats.ts";
import { WireNumber, type WireObject } from "../wire-json.ts";

const shortCodeField = shortcode({ description: "The paybill or till.", example: "600000" });

export const pullRegister = defineDarajaOperation({
  name: "pullRegister",
  product: "darajaPull",
  title: "Pull transactions: register",
  description: "Registers an organisation, once, to pull its transactions.",
  family: "pull",
  path: "/pulltransactions/v1/register",
  fields: {
    ShortCode: shortCodeField,
    RequestType: optional(
      enumeration({ description: "The request. Some clients send none.", example: "Pull", values: ["Pull"] }),
    ),
    NominatedNumber: matching({
      description: "The phone of a person of the organisation.",
      example: "0722000000",
      expression: /^(?:0|254)[17]\d{8}$/,
      format: "a number 07…, 01…, 2547… or 2541…",
    }),
    CallBackURL: callbackUrl({
      description: "Stored; M-Pesa sends nothing to it.",
      example: "https://example.com/pull",
    }),
  },
  organisation: "ShortCode",
  results: {},
  response: {
    ResponseRefID: {
      description: "The request's id on the platform.",
      example: "8423-4a3b-87d8-1d918a78741e243712",
    },
    ResponseStatus: { description: "1000 for a success, 1001 if it was registered before.", example: "1000" },
    ShortCode: { description: "From the request.", example: "600000" },
    ResponseDescription: {
      description: "The text of the code.",
      example: "Shortcode Registered Successfully",
    },
  },
  notifications: {},

  async handle(call) {
    const { values, organisations, application, id, identifiers } = call;
    const { ShortCode, NominatedNumber, CallBackURL } = values;
    if (!call.mayActFor(ShortCode) || (await organisations.find(ShortCode)) === undefined)
      return refuseShortCode("The application may not act for this organisation, or there is none.");
    const isNew = await organisations.registerPull({
      shortcode: ShortCode,
      applicationId: application.id,
      nominatedNumber: NominatedNumber,
      callbackUrl: CallBackURL,
    });
    const code = isNew ? "1000" : "1001";
    return {
      body: {
        ResponseRefID: identifiers.requestId(id),
        ResponseStatus: code,
        ShortCode,
        ResponseDescription: isNew ? "Shortcode Registered Successfully" : "Shortcode already Registered",
      },
      code,
      reason: isNew ? "Registered." : "The organisation was registered before.",
    };
  },
});

const refuseShortCode = (reason: string): CallReply => ({
  error: families.pull.invalidField("ShortCode"),
  reason,
});

/** How long a transaction can be pulled. */
const windowMs = 48 * msPerHour;
const pageSize = 100;

const dateExpression = /^20\d{2}-\d{2}-\d{2} \d{1,2}:\d{2}(?::\d{2,3})?$/;
const dateFormat = "yyyy-MM-dd HH:mm:ss in Nairobi, the hour with or without a zero in front";

export const pullQuery = defineDarajaOperation({
  name: "pullQuery",
  product: "darajaPull",
  title: "Pull transactions: query",
  description: `Lists the payments of customers to a registered organisation, of the last 48 hours, ${pageSize} at a time and the oldest first.`,
  family: "pull",
  path: "/pulltransactions/v1/query",
  fields: {
    ShortCode: shortCodeField,
    StartDate: matching({
      description: "The first moment.",
      example: "2026-01-01 8:36:00",
      expression: dateExpression,
      format: dateFormat,
    }),
    EndDate: matching({
      description: "The last moment.",
      example: "2026-01-01 10:10:00",
      expression: dateExpression,
      format: dateFormat,
    }),
    OffSetValue: matching({
      description: "How many payments to leave out: 0, 100, …",
      example: "0",
      expression: /^\d{1,7}$/,
      format: "a whole number",
    }),
  },
  organisation: "ShortCode",
  results: {},
  response: {
    ResponseRefID: {
      description: "The request's id on the platform.",
      example: "8423-4a3b-87d8-1d918a78741e243712",
    },
    ResponseCode: { description: "1000 for a success, 1001 if there are none.", example: "1000" },
    ResponseMessage: { description: "The text of the code.", example: "Success" },
    Response: {
      description: "A list with one list of payments.",
      example: [
        [
          {
            transactionId: "UA1SG632NM",
            trxDate: "2026-01-01T09:00:00Z",
            msisdn: 254708374149,
            sender: "MPESA",
            transactiontype: "c2b-pay-bill-debit",
            billreference: "37207636392",
            amount: "168.00",
            organizationname: "Umoja Wholesalers",
          },
        ],
      ],
    },
  },
  notifications: {},

  validate: ({ StartDate, EndDate }) => {
    const from = parseDate(StartDate);
    if (from === null) return { field: "StartDate", reason: "StartDate is no date." };
    const until = parseDate(EndDate);
    if (until === null) return { field: "EndDate", reason: "EndDate is no date." };
    return until < from ? { field: "EndDate", reason: "EndDate is before StartDate." } : null;
  },

  async handle(call) {
    const { values, organisations, clock, payments, id, identifiers } = call;
    const { ShortCode, StartDate, EndDate, OffSetValue } = values;
    const organisation = call.mayActFor(ShortCode) ? await organisations.find(ShortCode) : undefined;
    if (organisation === undefined || !(await organisations.isPullRegistered(ShortCode)))
      return refuseShortCode("The organisation has not registered to pull its transactions.");
    const now = clock.now();
    const rows = await listCollections(payments.context, {
      organisation: ShortCode,
      from: Math.max(parseDate(StartDate) ?? now, now - windowMs),
      // The end of its second.
      until: (parseDate(EndDate) ?? now) + 999,
      offset: Number(OffSetValue),
      limit: pageSize,
    });
    const code = rows.length === 0 ? "1001" : "1000";
    const isTill = organisation.kind === "till" || organisation.kind === "store";
    return {
      body: {
        ResponseRefID: identifiers.requestId(id),
        ResponseCode: code,
        ResponseMessage: rows.length === 0 ? "No transactions found" : "Success",
        Response: [rows.map((row) => describeTransaction(row, organisation.name, isTill))],
      },
      code,
      reason: `${rows.length} payments.`,
    };
  },
});

/** A second may have three digits, as in the documentation's own sample. */
function parseDate(text: string): number | null {
  const [date = "", time = ""] = text.split(" ");
  const [hour = "", minute = "", second = "00"] = time.split(":");
  return parseNairobiTime(date.replaceAll("-", "") + hour.padStart(2, "0") + minute + second.slice(-2));
}

/** Where a payment names no sender, as in M-Pesa's own answers. */
const sender = "MPESA";

const describeTransaction = (
  { receipt, endedAt, at, counterparty, customerReference, amountMinor }: PaymentRow,
  organisationName: string,
  isTill: boolean,
): WireObject => ({
  transactionId: receipt ?? "",
  trxDate: toIsoTime(endedAt ?? at),
  msisdn: new WireNumber(counterparty),
  sender,
  transactiontype: isTill ? "c2b-buy-goods-debit" : "c2b-pay-bill-debit",
  billreference: customerReference,
  amount: formatDecimal(amountMinor),
  organizationname: organisationName,
});

/** Without fractions, and as M-Pesa's samples in the form of UTC. */
const toIsoTime = (at: Date): string => at.toISOString().replace(/\.\d{3}Z$/, "Z");
