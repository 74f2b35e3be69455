/**
 * The client's calls as a table: path, family of errors, fields and response of each.
 *
 * If a row lacks a field of the request or of the result, it does not compile.
 */
import * as encode from "./field-encoders.ts";
import type { Field, JsonValue } from "./field-encoders.ts";
import type * as requests from "./requests.ts";
import type * as results from "./results.ts";
import type { WireFields } from "./results.ts";
import { formatAmount, readList, readPath, readText } from "./wire-response.ts";

/** One call of the client. `T` is its result. */
export interface Call<T = unknown> {
  readonly path: string;
  readonly fields: Readonly<Record<string, Field>>;
  /** Values of fields that a request may leave out. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Parameters that every request has. */
  readonly fixedParameters: Readonly<Record<string, JsonValue>>;
  /** Whether the client adds the initiator, or the STK password. */
  readonly credential: "initiator" | "stk" | null;
  /** Whether the request could move money or change something, so that a failure leaves its outcome unknown. */
  readonly changesState: boolean;
  /** The names of the response's code and text, and the codes of a success. */
  readonly code: string;
  readonly description: string;
  readonly successCodes: RegExp;
  readonly parseResult: (fields: WireFields) => T;
}

type RequestFields<R> = { readonly [K in keyof R]-?: Field };
type ResultReaders<T> = { readonly [K in keyof T]-?: (fields: WireFields) => T[K] };

type CallOptions = Partial<Omit<Call, "path" | "fields" | "parseResult">>;

function defineCall<R, T>(
  path: string,
  fields: RequestFields<R>,
  resultReaders: ResultReaders<T>,
  options: CallOptions = {},
): Call<T> {
  const readers = Object.entries<(fields: WireFields) => unknown>(resultReaders);
  return {
    path,
    fields,
    defaults: {},
    fixedParameters: {},
    credential: null,
    changesState: true,
    code: "ResponseCode",
    description: "ResponseDescription",
    // Some versions write eight zeros.
    successCodes: /^0+$/,
    ...options,
    parseResult: (wire) => Object.fromEntries(readers.map(([name, read]) => [name, read(wire)])) as T,
  };
}

const read =
  (path: string) =>
  (fields: WireFields): string =>
    readText(fields, path);

const { optional } = encode;

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
  occasion: optional(encode.text("Occassion", 100)),
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
  occasion: optional(encode.text("Occassion", 100)),
};

const billManager = "/v1/billmanager-invoice/";

const billCall: CallOptions = { code: "rescode", description: "resmsg", successCodes: /^200$/ };

const billerFields: RequestFields<requests.BillerRequest> = {
  shortcode: encode.shortcodeText("shortcode"),
  email: encode.text("email"),
  officialContact: encode.text("officialContact"),
  sendReminders: encode.oneOf("sendReminders", { true: "1", false: "0" }),
  logo: optional(encode.text("logo", 100_000)),
  callbackUrl: encode.url("callbackurl"),
};

const invoiceFields: RequestFields<requests.InvoiceRequest> = {
  externalReference: encode.text("externalReference"),
  billedFullName: encode.text("billedFullName"),
  billedPhoneNumber: encode.msisdnText("billedPhoneNumber"),
  billedPeriod: encode.text("billedPeriod"),
  invoiceName: encode.text("invoiceName"),
  dueDate: encode.text("dueDate"),
  accountReference: encode.text("accountReference"),
  amount: encode.amountText("amount"),
  invoiceItems: optional(
    encode.items("invoiceItems", {
      itemName: encode.text("itemName"),
      amount: encode.amountText("amount"),
    }),
  ),
};

const cancelFields: RequestFields<requests.CancelInvoiceRequest> = {
  externalReference: encode.text("externalReference"),
};

const registerUrlsFields: RequestFields<requests.RegisterUrlsRequest> = {
  shortcode: encode.shortcode("ShortCode"),
  confirmationUrl: encode.url("ConfirmationURL"),
  validationUrl: optional(encode.url("ValidationURL")),
  ifUnanswered: encode.oneOf("ResponseType", { complete: "Completed", cancel: "Cancelled" }),
};

const simulateFields: RequestFields<requests.SimulateRequest> = {
  shortcode: encode.shortcode("ShortCode"),
  receiverKind: encode.oneOf("CommandID", {
    paybill: "CustomerPayBillOnline",
    till: "CustomerBuyGoodsOnline",
  }),
  amount: encode.amount("Amount"),
  msisdn: encode.msisdn("Msisdn"),
  accountReference: optional(encode.text("BillRefNumber", 20)),
};

/** The two versions of the calls for payments that customers start. */
const collectionCalls = (version: "v1" | "v2") => ({
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

const { reference: _reference, ...payOutV1Fields } = payOutFields;

export const calls = {
  collect: defineCall<
    Omit<requests.CollectRequest, "till"> & { readonly receiver: string; readonly receiverKind: string },
    results.CollectionRequested
  >(
    "/mpesa/stkpush/v1/processrequest",
    {
      shortcode: encode.shortcode("BusinessShortCode"),
      receiverKind: encode.oneOf("TransactionType", {
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
    { ...payOutV1Fields, command: encode.oneOf("CommandID", payOutCommands) },
    requestedResult,
    payOutInitiator,
  ),

  payOutV3: defineCall<requests.PayOutRequest, results.CallRequested>(
    "/mpesa/b2c/v3/paymentrequest",
    { ...payOutFields, command: encode.oneOf("CommandID", payOutCommands) },
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
      command: encode.oneOf("CommandID", transferCommands),
      receiver: encode.shortcodeText("PartyB"),
      // The misspelling is the wire's.
      receiverKind: encode.oneOf("RecieverIdentifierType", shortcodeKinds),
      accountReference: optional(encode.text("AccountReference", 13)),
      requester: optional(encode.msisdnText("Requester")),
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
      amount: optional(encode.amountText("Amount")),
      occasion: optional(encode.text("Occasion", 100)),
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
      shortcodeKind: encode.oneOf("IdentifierType", shortcodeKinds),
    },
    requestedResult,
    { ...initiator, ...withKind, changesState: false, fixedParameters: { CommandID: "AccountBalance" } },
  ),

  queryTransaction: defineCall<requests.QueryTransactionRequest, results.CallRequested>(
    "/mpesa/transactionstatus/v1/query",
    {
      ...resultFields,
      shortcode: encode.shortcodeText("PartyA"),
      shortcodeKind: encode.oneOf("IdentifierType", shortcodeKinds),
      transactionId: optional(encode.text("TransactionID", 20)),
      originatorConversationId: optional(encode.text("OriginalConversationID", 128)),
      occasion: optional(encode.text("Occasion", 100)),
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
      receiverKind: encode.oneOf("TrxCode", {
        paybill: "PB",
        till: "BG",
        agent: "WA",
        customer: "SM",
        business: "SB",
      }),
      receiver: encode.text("CPI"),
      accountReference: optional(encode.text("RefNo")),
      size: encode.integerText("Size", 1, 1000),
    },
    { image: read("QRCode") },
    // The portal's example of the code is an id; the wire's is 00.
    { successCodes: /^(0+|AG_.*)$/, changesState: false, defaults: { receiverKind: "paybill", size: 300 } },
  ),

  createStandingOrder: defineCall<
    requests.CreateStandingOrderRequest & { readonly identifierKind: string },
    results.StandingOrderRequested
  >(
    "/standingorder/v1/createStandingOrderExternal",
    {
      name: encode.text("StandingOrderName"),
      startDate: encode.day("StartDate"),
      endDate: encode.day("EndDate"),
      shortcode: encode.shortcodeText("BusinessShortCode"),
      receiverKind: encode.oneOf("TransactionType", {
        paybill: "Standing Order Customer Pay Bill",
        // The misspelling is the wire's.
        till: "Standing Order Customer Pay Marchant",
      }),
      identifierKind: encode.oneOf("ReceiverPartyIdentifierType", shortcodeKinds),
      amount: encode.amountText("Amount"),
      msisdn: encode.msisdnText("PartyA"),
      callbackUrl: encode.url("CallBackURL"),
      accountReference: encode.text("AccountReference", 12),
      description: encode.text("TransactionDesc", 13),
      frequency: encode.oneOf("Frequency", {
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
      organisationKind: encode.oneOf("IdentifierType", shortcodeKinds),
    },
    { name: read("OrganizationName") },
    {
      description: "ResponseMessage",
      successCodes: /^(0|4000)$/,
      changesState: false,
      defaults: { organisationKind: "paybill" },
    },
  ),

  registerBiller: defineCall<requests.BillerRequest, results.Biller>(
    `${billManager}optin`,
    billerFields,
    { appKey: read("app_key") },
    billCall,
  ),
  changeBiller: defineCall<requests.BillerRequest, results.Done>(
    `${billManager}change-optin-details`,
    billerFields,
    {},
    billCall,
  ),
  createInvoice: defineCall<requests.InvoiceRequest, results.Done>(
    `${billManager}single-invoicing`,
    invoiceFields,
    {},
    billCall,
  ),
  createInvoices: defineCall<requests.InvoiceRequest, results.Done>(
    `${billManager}bulk-invoicing`,
    invoiceFields,
    {},
    billCall,
  ),
  changeInvoice: defineCall<requests.InvoiceRequest, results.Done>(
    `${billManager}change-invoice`,
    invoiceFields,
    {},
    billCall,
  ),
  changeInvoices: defineCall<requests.InvoiceRequest, results.Done>(
    `${billManager}change-invoices`,
    invoiceFields,
    {},
    billCall,
  ),
  reconcileInvoice: defineCall<requests.ReconcileInvoiceRequest, results.Done>(
    `${billManager}reconciliation`,
    {
      paymentDate: encode.text("paymentDate"),
      paidAmount: encode.amountText("paidAmount"),
      accountReference: encode.text("accountReference"),
      transactionId: encode.text("transactionId"),
      phoneNumber: encode.msisdnText("phoneNumber"),
      fullName: encode.text("fullName"),
      invoiceName: encode.text("invoiceName"),
      externalReference: encode.text("externalReference"),
    },
    {},
    billCall,
  ),
  cancelInvoice: defineCall<requests.CancelInvoiceRequest, results.Done>(
    `${billManager}cancel-single-invoice`,
    cancelFields,
    {},
    billCall,
  ),
  cancelInvoices: defineCall<requests.CancelInvoiceRequest, results.Done>(
    `${billManager}cancel-bulk-invoices`,
    cancelFields,
    {},
    billCall,
  ),
};

/** `Response` is a list in a list. In live it has been the text `[[]]`. */
function readTransactions(fields: WireFields): results.PulledTransaction[] {
  const rows = readList(readPath(fields, "Response")).flatMap((part) => readList(part));
  return rows.map((row) => {
    const get = (name: string): string => readText(row as WireFields, name);
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
