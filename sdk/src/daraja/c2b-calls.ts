/** The client's calls for payments that customers start, in both versions. */
import { defineCall, read, type RequestFields } from "./call.ts";
import * as encode from "./field-encoders.ts";
import type * as requests from "./requests.ts";
import type * as results from "./results.ts";

const registerUrlsFields: RequestFields<requests.RegisterUrlsRequest> = {
  shortcode: encode.shortcode("ShortCode"),
  confirmationUrl: encode.url("ConfirmationURL"),
  validationUrl: encode.optional(encode.url("ValidationURL")),
  ifUnanswered: encode.choice("ResponseType", { complete: "Completed", cancel: "Cancelled" }),
};

const simulateFields: RequestFields<requests.SimulateRequest> = {
  shortcode: encode.shortcode("ShortCode"),
  receiverKind: encode.choice("CommandID", {
    paybill: "CustomerPayBillOnline",
    till: "CustomerBuyGoodsOnline",
  }),
  amount: encode.amount("Amount"),
  msisdn: encode.msisdn("Msisdn"),
  accountReference: encode.optional(encode.text("BillRefNumber", 20)),
};

/** The two versions of the calls for payments that customers start. */
export const collectionCalls = (version: "v1" | "v2") => ({
  registerUrls: defineCall<requests.RegisterUrlsRequest, results.Done>(
    `/mpesa/c2b/${version}/registerurl`,
    registerUrlsFields,
    {},
    { defaults: { ifUnanswered: "complete" } },
  ),
  simulate: defineCall<requests.SimulateRequest, results.SimulatedPayment>(
    `/mpesa/c2b/${version}/simulate`,
    simulateFields,
    { originatorConversationId: read("OriginatorCoversationID") },
    { defaults: { receiverKind: "paybill" } },
  ),
});
