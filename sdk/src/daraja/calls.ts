/**
 * The client's calls as a table: path, fields and response of each.
 *
 * If a row lacks a field of the request or of the result, it does not compile.
 */
import { billManagerCalls } from "./bill-manager-calls.ts";
import { collectionCalls } from "./c2b-calls.ts";
import { defineCall, read, type CallOptions, type ResultReaders } from "./call.ts";
import * as encode from "./field-encoders.ts";
import type * as requests from "./requests.ts";
import type * as results from "./results.ts";
import type { WireFields } from "./results.ts";
import { formatAmount, readList, readPath, readText } from "./wire-response.ts";

const resultFields = {
  resultUrl: encode.url("ResultURL"),
  timeoutUrl: encode.url("QueueTimeOutURL"),
  remarks: encode.text("Remarks", 100, 2),
};

const resultDefaults = { remarks: "--" };

const requestedResult: ResultReaders<results.CallRequested> = {
  conversationId: read("ConversationID"),
  originatorConversationId: read("OriginatorConversationID"),
};

const initiator: CallOptions = { credential: "initiator", defaults: resultDefaults };

/** The wire's numbers of the kinds of shortcode. */
const shortcodeKinds = { paybill: "4", till: "2" } as const;

const withKind = { defaults: { ...resultDefaults, shortcodeKind: "paybill" } };

/** The CommandIDs of `transfer`. */
export const transferCommands = {
  BusinessPayBill: "BusinessPayBill",
  BusinessBuyGoods: "BusinessBuyGoods",
  BusinessPayToBulk: "BusinessPayToBulk",
  MerchantToMerchantTransfer: "MerchantToMerchantTransfer",
  DisburseFundsToBusiness: "DisburseFundsToBusiness",
  BusinessToBusinessTransfer: "BusinessToBusinessTransfer",
  BusinessTransferFromMMFToUtility: "BusinessTransferFromMMFToUtility",
  BusinessTransferFromUtilityToMMF: "BusinessTransferFromUtilityToMMF",
  MerchantTransferFromMerchantToWorking: "MerchantTransferFromMerchantToWorking",
  MerchantServicesMMFAccountTransfer: "MerchantServicesMMFAccountTransfer",
  AgencyFloatAdvance: "AgencyFloatAdvance",
} as const;

const payOutCommands = {
  SalaryPayment: "SalaryPayment",
  BusinessPayment: "BusinessPayment",
  PromotionPayment: "PromotionPayment",
};

const payOutFields = {
  ...resultFields,
  shortcode: encode.shortcode("PartyA"),
  amount: encode.amount("Amount"),
  msisdn: encode.msisdn("PartyB"),
  // The misspelling is the wire's.
  occasion: encode.optional(encode.text("Occassion", 100)),
  reference: encode.text("OriginatorConversationID", 100),
};

const payOutInitiator: CallOptions = {
  ...initiator,
  defaults: { ...resultDefaults, command: "BusinessPayment" },
};

const transferFields = {
  ...resultFields,
  shortcode: encode.shortcodeText("PartyA"),
  amount: encode.amountText("Amount"),
  occasion: encode.optional(encode.text("Occassion", 100)),
};

const { reference: _reference, ...payOutV1Fields } = payOutFields;

export const calls = {
  collect: defineCall<
    Omit<requests.CollectRequest, "till"> & { readonly receiver: string; readonly receiverKind: string },
    results.CollectionRequested
  >(
    "/mpesa/stkpush/v1/processrequest",
    {
      shortcode: encode.shortcode("BusinessShortCode"),
      receiverKind: encode.choice("TransactionType", {
        paybill: "CustomerPayBillOnline",
        till: "CustomerBuyGoodsOnline",
      }),
      amount: encode.amount("Amount"),
      msisdn: encode.msisdn("PhoneNumber"),
      receiver: encode.shortcode("PartyB"),
      callbackUrl: encode.url("CallBackURL"),
      accountReference: encode.text("AccountReference", 12),
      description: encode.text("TransactionDesc", 13),
    },
    { checkoutRequestId: read("CheckoutRequestID"), merchantRequestId: read("MerchantRequestID") },
    { credential: "stk" },
  ),

  queryCollection: defineCall<requests.QueryCollectionRequest, results.CollectionStatus>(
    "/mpesa/stkpushquery/v1/query",
    {
      shortcode: encode.shortcode("BusinessShortCode"),
      checkoutRequestId: encode.text("CheckoutRequestID", 100),
    },
    {
      status: (fields) => {
        const code = readText(fields, "ResultCode");
        return /^0+$/.test(code) ? "paid" : code === "4999" ? "pending" : "not_paid";
      },
      resultCode: read("ResultCode"),
      checkoutRequestId: read("CheckoutRequestID"),
    },
    { credential: "stk", changesState: false },
  ),

  collectionV1: collectionCalls("v1"),
  collectionV2: collectionCalls("v2"),

  payOutV1: defineCall<Omit<requests.PayOutRequest, "reference">, results.CallRequested>(
    "/mpesa/b2c/v1/paymentrequest",
    { ...payOutV1Fields, command: encode.choice("CommandID", payOutCommands) },
    requestedResult,
    payOutInitiator,
  ),

  payOutV3: defineCall<requests.PayOutRequest, results.CallRequested>(
    "/mpesa/b2c/v3/paymentrequest",
    { ...payOutFields, command: encode.choice("CommandID", payOutCommands) },
    requestedResult,
    payOutInitiator,
  ),

  payPochi: defineCall<requests.PayPochiRequest, results.CallRequested>(
    "/mpesa/b2pochi/v1/paymentrequest",
    payOutFields,
    requestedResult,
    { ...initiator, fixedParameters: { CommandID: "BusinessPayToPochi" } },
  ),

  transfer: defineCall<requests.TransferRequest, results.CallRequested>(
    "/mpesa/b2b/v1/paymentrequest",
    {
      ...transferFields,
      command: encode.choice("CommandID", transferCommands),
      receiver: encode.shortcodeText("PartyB"),
      // The misspelling is the wire's.
      receiverKind: encode.choice("RecieverIdentifierType", shortcodeKinds),
      accountReference: encode.optional(encode.text("AccountReference", 13)),
      requester: encode.optional(encode.msisdnText("Requester")),
    },
    requestedResult,
    {
      ...initiator,
      defaults: { ...resultDefaults, receiverKind: "paybill" },
      fixedParameters: { SenderIdentifierType: "4" },
    },
  ),

  payTax: defineCall<requests.PayTaxRequest, results.CallRequested>(
    "/mpesa/b2b/v1/remittax",
    { ...transferFields, registrationNumber: encode.text("AccountReference") },
    requestedResult,
    {
      ...initiator,
      fixedParameters: {
        CommandID: "PayTaxToKRA",
        SenderIdentifierType: "4",
        RecieverIdentifierType: "4",
        PartyB: "572572",
      },
    },
  ),

  collectFromTill: defineCall<requests.CollectFromTillRequest, results.CheckoutRequested>(
    "/v1/ussdpush/get-msisdn",
    {
      till: encode.shortcodeText("primaryShortCode"),
      shortcode: encode.shortcodeText("receiverShortCode"),
      amount: encode.amountText("amount"),
      paymentReference: encode.text("paymentRef"),
      callbackUrl: encode.url("callbackUrl"),
      partnerName: encode.text("partnerName"),
      reference: encode.text("RequestRefID", 100),
    },
    { requestId: () => "" },
    { code: "code", description: "status" },
  ),

  reverse: defineCall<requests.ReverseRequest, results.CallRequested>(
    "/mpesa/reversal/v1/request",
    {
      ...resultFields,
      shortcode: encode.shortcodeText("ReceiverParty"),
      transactionId: encode.text("TransactionID", 20),
      amount: encode.optional(encode.amountText("Amount")),
      occasion: encode.optional(encode.text("Occasion", 100)),
    },
    requestedResult,
    {
      ...initiator,
      fixedParameters: { CommandID: "TransactionReversal", RecieverIdentifierType: "11" },
    },
  ),

  queryBalance: defineCall<Omit<requests.QueryBalanceRequest, "occasion">, results.CallRequested>(
    "/mpesa/accountbalance/v1/query",
    {
      ...resultFields,
      shortcode: encode.shortcodeText("PartyA"),
      shortcodeKind: encode.choice("IdentifierType", shortcodeKinds),
    },
    requestedResult,
    { ...initiator, ...withKind, changesState: false, fixedParameters: { CommandID: "AccountBalance" } },
  ),

  queryTransaction: defineCall<requests.QueryTransactionRequest, results.CallRequested>(
    "/mpesa/transactionstatus/v1/query",
    {
      ...resultFields,
      shortcode: encode.shortcodeText("PartyA"),
      shortcodeKind: encode.choice("IdentifierType", shortcodeKinds),
      transactionId: encode.optional(encode.text("TransactionID", 20)),
      originatorConversationId: encode.optional(encode.text("OriginalConversationID", 128)),
      occasion: encode.optional(encode.text("Occasion", 100)),
    },
    requestedResult,
    {
      ...initiator,
      ...withKind,
      changesState: false,
      fixedParameters: { CommandID: "TransactionStatusQuery" },
    },
  ),

  createQrCode: defineCall<Omit<requests.CreateQrCodeRequest, "shortcode">, results.QrCode>(
    "/mpesa/qrcode/v1/generate",
    {
      merchantName: encode.text("MerchantName"),
      amount: encode.amount("Amount"),
      receiverKind: encode.choice("TrxCode", {
        paybill: "PB",
        till: "BG",
        agent: "WA",
        customer: "SM",
        business: "SB",
      }),
      receiver: encode.text("CPI"),
      accountReference: encode.optional(encode.text("RefNo")),
      size: encode.integerText("Size", 1, 1000),
    },
    { image: read("QRCode") },
    // The portal's example of the code is an id; the wire's is 00.
    { successCodes: /^(0+|AG_.*)$/, changesState: false, defaults: { receiverKind: "paybill", size: 300 } },
  ),

  createRatibaOrder: defineCall<
    requests.CreateRatibaOrderRequest & { readonly identifierKind: string },
    results.RatibaOrderRequested
  >(
    "/standingorder/v1/createStandingOrderExternal",
    {
      name: encode.text("StandingOrderName"),
      startDate: encode.day("StartDate"),
      endDate: encode.day("EndDate"),
      shortcode: encode.shortcodeText("BusinessShortCode"),
      receiverKind: encode.choice("TransactionType", {
        paybill: "Standing Order Customer Pay Bill",
        // The misspelling is the wire's.
        till: "Standing Order Customer Pay Marchant",
      }),
      identifierKind: encode.choice("ReceiverPartyIdentifierType", shortcodeKinds),
      amount: encode.amountText("Amount"),
      msisdn: encode.msisdnText("PartyA"),
      callbackUrl: encode.url("CallBackURL"),
      accountReference: encode.text("AccountReference", 12),
      description: encode.text("TransactionDesc", 13),
      frequency: encode.choice("Frequency", {
        once: "1",
        daily: "2",
        weekly: "3",
        monthly: "4",
        "bi-monthly": "5",
        quarterly: "6",
        "half-yearly": "7",
        yearly: "8",
      }),
    },
    { requestId: read("ResponseHeader.responseRefID") },
    {
      code: "ResponseHeader.responseCode",
      description: "ResponseHeader.responseDescription",
      successCodes: /^200$/,
    },
  ),

  registerPull: defineCall<requests.RegisterPullRequest, results.Done>(
    "/pulltransactions/v1/register",
    {
      shortcode: encode.shortcodeText("ShortCode"),
      nominatedNumber: encode.msisdnText("NominatedNumber"),
      callbackUrl: encode.url("CallBackURL"),
    },
    {},
    {
      code: "ResponseStatus",
      // 1001: it is registered already, which is what the caller wants.
      successCodes: /^100[01]$/,
      fixedParameters: { RequestType: "Pull" },
    },
  ),

  pullTransactions: defineCall<requests.PullTransactionsRequest, results.PulledTransactions>(
    "/pulltransactions/v1/query",
    {
      shortcode: encode.shortcodeText("ShortCode"),
      from: encode.time("StartDate"),
      until: encode.time("EndDate"),
      offset: encode.integerText("OffSetValue", 0, 1_000_000),
    },
    { transactions: readTransactions },
    {
      description: "ResponseMessage",
      // 1001: there are none.
      successCodes: /^100[01]$/,
      changesState: false,
      defaults: { offset: 0 },
    },
  ),

  queryCustomer: defineCall<requests.QueryCustomerRequest, results.CustomerName>(
    "/mpesa/b2c/hakikisha/v1/hakikisha",
    { msisdn: encode.msisdnText("body.msisdn"), shortcode: encode.shortcodeText("body.shortcode") },
    {
      firstName: read("body.firstName"),
      middleName: read("body.middleName"),
      lastName: read("body.lastName"),
    },
    { code: "header.status", description: "body.message", successCodes: /^200$/, changesState: false },
  ),

  queryOrganisation: defineCall<requests.QueryOrganisationRequest, results.OrganisationName>(
    "/sfcverify/v1/query/info",
    {
      organisation: encode.shortcodeText("Identifier"),
      organisationKind: encode.choice("IdentifierType", shortcodeKinds),
    },
    { name: read("OrganizationName") },
    {
      description: "ResponseMessage",
      successCodes: /^(0|4000)$/,
      changesState: false,
      defaults: { organisationKind: "paybill" },
    },
  ),

  ...billManagerCalls,
};

/** `Response` is a list in a list. In live it has been the text `[[]]`. */
function readTransactions(fields: WireFields): results.PulledTransaction[] {
  const rows = readList(readPath(fields, "Response")).flatMap((part) => readList(part));
  return rows.map((row) => {
    const get = (name: string): string => readText(row, name);
    return {
      receipt: get("transactionId"),
      time: get("trxDate"),
      msisdn: get("msisdn"),
      sender: get("sender"),
      type: get("transactiontype"),
      accountReference: get("billreference"),
      amount: formatAmount(get("amount")) ?? "",
      organisationName: get("organizationname"),
    };
  });
}
