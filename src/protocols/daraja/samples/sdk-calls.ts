/** How the SDK names the calls and their fields. A field without a row is one that the client adds by itself. */

export interface SdkField {
  readonly name: string;
  /** How the SDK writes an example. Default: as a text. */
  readonly format?: (example: string) => string;
}

export interface SdkCall {
  readonly method: string;
  readonly fields: Readonly<Record<string, SdkField>>;
  /** The option that chooses the call's version. */
  readonly option?: string;
}

const field = (name: string, format?: (example: string) => string): SdkField =>
  format === undefined ? { name } : { name, format };

const choose =
  (words: Readonly<Record<string, string>>) =>
  (example: string): string =>
    JSON.stringify(words[example] ?? example);

const formatNumber = (example: string): string => String(Number(example));
const formatDay = (example: string): string => `"${example.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3")}"`;

/** `2026-01-01 8:36:00` in Nairobi. */
const formatTime = (example: string): string => {
  const [day = "", time = ""] = example.split(" ");
  return `new Date("${day}T${time.padStart(8, "0")}+03:00")`;
};

const kind = choose({ "4": "paybill", "2": "till" });

const resultFields = { Remarks: field("remarks") };

const payOutFields = {
  ...resultFields,
  Amount: field("amount"),
  PartyB: field("msisdn"),
  Occassion: field("occasion"),
};

const payOutV3Fields = { OriginatorConversationID: field("reference"), ...payOutFields };

const registerFields = {
  ResponseType: field("ifUnanswered", choose({ Completed: "complete", Cancelled: "cancel" })),
  ConfirmationURL: field("confirmationUrl"),
  ValidationURL: field("validationUrl"),
};

const simulateFields = {
  CommandID: field(
    "receiverKind",
    choose({ CustomerPayBillOnline: "paybill", CustomerBuyGoodsOnline: "till" }),
  ),
  Amount: field("amount"),
  Msisdn: field("msisdn"),
  BillRefNumber: field("accountReference"),
};

const billerFields = {
  email: field("email"),
  officialContact: field("officialContact"),
  sendReminders: field("sendReminders", (example) => String(example === "1")),
};

/** Fields that have the same names in the SDK. */
const keepNames = (...names: readonly string[]): Readonly<Record<string, SdkField>> =>
  Object.fromEntries(names.map((name) => [name, field(name)]));

const invoiceFields = keepNames(
  "externalReference",
  "billedFullName",
  "billedPhoneNumber",
  "billedPeriod",
  "invoiceName",
  "dueDate",
  "accountReference",
  "amount",
);

const calls: Readonly<Record<string, SdkCall>> = {
  stkPush: {
    method: "collect",
    fields: {
      Amount: field("amount"),
      PhoneNumber: field("msisdn"),
      AccountReference: field("accountReference"),
      TransactionDesc: field("description"),
    },
  },
  stkQuery: { method: "queryCollection", fields: { CheckoutRequestID: field("checkoutRequestId") } },
  c2bRegisterV1: { method: "registerUrls", fields: registerFields, option: 'collectionVersion: "v1"' },
  c2bRegisterV2: { method: "registerUrls", fields: registerFields },
  c2bSimulateV1: { method: "simulate", fields: simulateFields, option: 'collectionVersion: "v1"' },
  c2bSimulateV2: { method: "simulate", fields: simulateFields },
  b2cV1: {
    method: "payOut",
    fields: { CommandID: field("command"), ...payOutFields },
    option: 'payOutVersion: "v1"',
  },
  b2cV3: { method: "payOut", fields: { CommandID: field("command"), ...payOutV3Fields } },
  pochi: { method: "payPochi", fields: payOutV3Fields },
  b2b: {
    method: "transfer",
    fields: {
      ...resultFields,
      CommandID: field("command"),
      Amount: field("amount"),
      PartyB: field("receiver"),
      RecieverIdentifierType: field("receiverKind", kind),
      AccountReference: field("accountReference"),
      Requester: field("requester"),
      Occassion: field("occasion"),
    },
  },
  taxRemittance: {
    method: "payTax",
    fields: { ...resultFields, Amount: field("amount"), AccountReference: field("registrationNumber") },
  },
  b2bExpress: {
    method: "collectFromTill",
    fields: {
      primaryShortCode: field("till"),
      amount: field("amount"),
      paymentRef: field("paymentReference"),
      partnerName: field("partnerName"),
      RequestRefID: field("reference"),
    },
  },
  reversal: {
    method: "reverse",
    fields: {
      ...resultFields,
      TransactionID: field("transactionId"),
      Amount: field("amount"),
      Occasion: field("occasion"),
    },
  },
  accountBalance: {
    method: "queryBalance",
    fields: { ...resultFields, IdentifierType: field("shortcodeKind", kind) },
  },
  transactionStatus: {
    method: "queryTransaction",
    fields: {
      ...resultFields,
      TransactionID: field("transactionId"),
      OriginalConversationID: field("originatorConversationId"),
      IdentifierType: field("shortcodeKind", kind),
      Occasion: field("occasion"),
    },
  },
  dynamicQr: {
    method: "createQrCode",
    fields: {
      MerchantName: field("merchantName"),
      RefNo: field("accountReference"),
      Amount: field("amount"),
      TrxCode: field(
        "receiverKind",
        choose({ PB: "paybill", BG: "till", WA: "agent", SM: "customer", SB: "business" }),
      ),
      CPI: field("receiver"),
      Size: field("size", formatNumber),
    },
  },
  ratiba: {
    method: "createRatibaOrder",
    fields: {
      StandingOrderName: field("name"),
      StartDate: field("startDate", formatDay),
      EndDate: field("endDate", formatDay),
      TransactionType: field(
        "receiverKind",
        choose({
          "Standing Order Customer Pay Bill": "paybill",
          "Standing Order Customer Pay Marchant": "till",
        }),
      ),
      Amount: field("amount"),
      PartyA: field("msisdn"),
      AccountReference: field("accountReference"),
      TransactionDesc: field("description"),
      Frequency: field(
        "frequency",
        choose({
          "1": "once",
          "2": "daily",
          "3": "weekly",
          "4": "monthly",
          "5": "bi-monthly",
          "6": "quarterly",
          "7": "half-yearly",
          "8": "yearly",
        }),
      ),
    },
  },
  pullRegister: { method: "registerPull", fields: { NominatedNumber: field("nominatedNumber") } },
  pullQuery: {
    method: "pullTransactions",
    fields: {
      StartDate: field("from", formatTime),
      EndDate: field("until", formatTime),
      OffSetValue: field("offset", formatNumber),
    },
  },
  hakikisha: { method: "queryCustomer", fields: { "body.msisdn": field("msisdn") } },
  organisationQuery: {
    method: "queryOrganisation",
    fields: { Identifier: field("organisation"), IdentifierType: field("organisationKind", kind) },
  },
  billRegistration: { method: "registerBiller", fields: billerFields },
  billChangeRegistration: { method: "changeBiller", fields: billerFields },
  billSingleInvoice: { method: "createInvoice", fields: invoiceFields },
  billBulkInvoices: { method: "createInvoices", fields: invoiceFields },
  billChangeInvoice: { method: "changeInvoice", fields: invoiceFields },
  billChangeInvoices: { method: "changeInvoices", fields: invoiceFields },
  billCancelInvoice: { method: "cancelInvoice", fields: keepNames("externalReference") },
  billCancelInvoices: { method: "cancelInvoices", fields: keepNames("externalReference") },
  billReconciliation: {
    method: "reconcileInvoice",
    fields: keepNames(
      "paymentDate",
      "paidAmount",
      "accountReference",
      "transactionId",
      "phoneNumber",
      "fullName",
      "invoiceName",
      "externalReference",
    ),
  },
};

/** Throws for a call without a row. */
export function findSdkCall(operation: string): SdkCall {
  const call = calls[operation];
  if (call === undefined) throw new Error(`the samples have no method of the SDK for ${operation}`);
  return call;
}
