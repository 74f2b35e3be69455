/**
 * What the platform's own tables say: markets, calls with their parameters, and codes.
 *
 * Written by tools/docs/sdk-tables.ts in the server's repository; change it there.
 */

/** A country's operator: what the wire calls it, and what its amounts and numbers look like. */
export interface MarketRow {
  readonly name: string;
  readonly country: string;
  readonly currency: string;
  readonly decimals: number;
  readonly prefix: string;
  /** Of a whole number, its prefix included. */
  readonly digits: number;
}

/** What a parameter must look like, and the code for one that does not. */
export interface ParameterRow {
  readonly mandatory: boolean;
  readonly code: Code;
  readonly expression?: RegExp;
  readonly marketExpressions?: { readonly [M in Market]?: RegExp };
}

/** A call. `responseFields` are its own fields; `explanations` has the codes that mean something else there. */
export interface OperationRow {
  readonly method: "GET" | "POST" | "PUT";
  readonly path: string;
  readonly parameters: Readonly<Record<string, ParameterRow>>;
  readonly responseFields: readonly string[];
  readonly explanations: { readonly [C in Code]?: Explanation };
}

/** A code in words for people. */
export interface Explanation {
  readonly reason: string;
  readonly advice: string;
}

/** A country's operator, as the wire calls it. */
export type Market =
  | "vodafoneGHA"
  | "vodacomTZN"
  | "vodacomLES"
  | "vodacomDRC"
  | "vodacomMOZ";

export const markets: Readonly<Record<Market, MarketRow>> = {
  vodafoneGHA: {
    name: "Vodafone Ghana",
    country: "GHA",
    currency: "GHS",
    decimals: 2,
    prefix: "233",
    digits: 12,
  },
  vodacomTZN: {
    name: "Vodacom Tanzania",
    country: "TZN",
    currency: "TZS",
    decimals: 2,
    prefix: "255",
    digits: 12,
  },
  vodacomLES: {
    name: "Vodacom Lesotho",
    country: "LES",
    currency: "LSL",
    decimals: 2,
    prefix: "266",
    digits: 11,
  },
  vodacomDRC: {
    name: "Vodacom DR Congo",
    country: "DRC",
    currency: "USD",
    decimals: 2,
    prefix: "243",
    digits: 12,
  },
  vodacomMOZ: {
    name: "Vodacom Mozambique",
    country: "MOZ",
    currency: "MZN",
    decimals: 2,
    prefix: "258",
    digits: 12,
  },
};

/** How often a mandate may be paid. */
export type Frequency =
  | "once"
  | "daily"
  | "weekly"
  | "monthly"
  | "quarterly"
  | "half-yearly"
  | "yearly"
  | "on demand";

/** The wire's number of a frequency. */
export type FrequencyCode =
  | "01"
  | "02"
  | "03"
  | "04"
  | "05"
  | "06"
  | "07"
  | "08";

export const frequencies: Readonly<Record<FrequencyCode, Frequency>> = {
  "01": "once",
  "02": "daily",
  "03": "weekly",
  "04": "monthly",
  "05": "quarterly",
  "06": "half-yearly",
  "07": "yearly",
  "08": "on demand",
};

/** The platform's calls. */
export type Operation =
  | "getSession"
  | "c2bSingle"
  | "c2bMultiStage"
  | "updateTransactionStatus"
  | "b2c"
  | "b2b"
  | "queryTransactionStatus"
  | "directDebitCreate"
  | "directDebitPayment"
  | "queryDirectDebit"
  | "directDebitCancel"
  | "queryBeneficiaryName"
  | "reversal";

export const operations: Readonly<Record<Operation, OperationRow>> = {
  getSession: {
    method: "GET",
    path: "getSession",
    parameters: {},
    responseFields: ["output_SessionID"],
    explanations: {},
  },
  c2bSingle: {
    method: "POST",
    path: "c2bPayment/singleStage",
    parameters: {
      input_Amount: { mandatory: true, code: "INS-15", expression: /^\d*\.?\d+$/ },
      input_CustomerMSISDN: {
        mandatory: true,
        code: "INS-2051",
        expression: /^[0-9]{12,14}$/,
        marketExpressions: { vodacomLES: /^[0-9]{11,14}$/ },
      },
      input_Country: { mandatory: true, code: "INS-998" },
      input_Currency: { mandatory: true, code: "INS-26", expression: /^[a-zA-Z]{1,3}$/ },
      input_ServiceProviderCode: { mandatory: true, code: "INS-13", expression: /^([0-9A-Za-z]{4,12})$/ },
      input_TransactionReference: { mandatory: true, code: "INS-17", expression: /^[0-9a-zA-Z \w+]{1,20}$/ },
      input_ThirdPartyConversationID: { mandatory: true, code: "INS-28", expression: /^[0-9a-zA-Z \w+]{1,40}$/ },
      input_PurchasedItemsDesc: { mandatory: true, code: "INS-30", expression: /^[0-9a-zA-Z \w+]{1,256}$/ },
    },
    responseFields: ["output_TransactionID"],
    explanations: {},
  },
  c2bMultiStage: {
    method: "POST",
    path: "c2bPayment/multiStage",
    parameters: {
      input_Amount: { mandatory: true, code: "INS-15", expression: /^\d*\.?\d+$/ },
      input_CustomerMSISDN: {
        mandatory: true,
        code: "INS-2051",
        expression: /^[0-9]{12,14}$/,
        marketExpressions: { vodacomLES: /^[0-9]{11,14}$/ },
      },
      input_Country: { mandatory: true, code: "INS-998" },
      input_Currency: { mandatory: true, code: "INS-26", expression: /^[a-zA-Z]{1,3}$/ },
      input_ServiceProviderCode: { mandatory: true, code: "INS-13", expression: /^([0-9A-Za-z]{4,12})$/ },
      input_TransactionReference: { mandatory: true, code: "INS-17", expression: /^[0-9a-zA-Z \w+]{1,20}$/ },
      input_ThirdPartyConversationID: { mandatory: true, code: "INS-28", expression: /^[0-9a-zA-Z \w+]{1,40}$/ },
      input_PurchasedItemsDesc: { mandatory: true, code: "INS-30", expression: /^[0-9a-zA-Z \w+]{1,256}$/ },
      input_APIVersion: { mandatory: true, code: "INS-21", expression: /^3\.1$/ },
    },
    responseFields: ["output_TransactionID", "output_VoucherCode"],
    explanations: {},
  },
  updateTransactionStatus: {
    method: "PUT",
    path: "updateTransactionStatus",
    parameters: {
      input_CustomerMSISDN: { mandatory: true, code: "INS-21", expression: /^[01]$/ },
      input_VoucherCode: { mandatory: true, code: "INS-21", expression: /^[0-9A-Za-z]{4,12}$/ },
      input_Country: { mandatory: true, code: "INS-998" },
      input_TransactionID: { mandatory: true, code: "INS-18", expression: /^[0-9a-zA-Z]{1,13}$/ },
      input_ServiceProviderCode: { mandatory: true, code: "INS-13", expression: /^([0-9A-Za-z]{4,12})$/ },
      input_ThirdPartyConversationID: { mandatory: true, code: "INS-28", expression: /^[0-9a-zA-Z \w+]{1,40}$/ },
      input_APIVersion: { mandatory: true, code: "INS-21", expression: /^3\.1$/ },
    },
    responseFields: ["output_TransactionID"],
    explanations: {
      "INS-6": {
        reason: "The reservation cannot be ended: it was committed, released or has expired.",
        advice: "Ask how it ended (settle, with the transactionId of the reservation).",
      },
      "INS-21": {
        reason: "The voucher code is not this reservation's, or another parameter is not accepted.",
        advice: "Send transactionId and voucherCode as the reservation answered them. The money is still held.",
      },
    },
  },
  b2c: {
    method: "POST",
    path: "b2cPayment",
    parameters: {
      input_Amount: { mandatory: true, code: "INS-15", expression: /^\d*\.?\d+$/ },
      input_CustomerMSISDN: {
        mandatory: true,
        code: "INS-2051",
        expression: /^[0-9]{12,14}$/,
        marketExpressions: { vodacomLES: /^[0-9]{11,14}$/ },
      },
      input_Country: { mandatory: true, code: "INS-998" },
      input_Currency: { mandatory: true, code: "INS-26", expression: /^[a-zA-Z]{1,3}$/ },
      input_ServiceProviderCode: { mandatory: true, code: "INS-13", expression: /^([0-9A-Za-z]{4,12})$/ },
      input_TransactionReference: { mandatory: true, code: "INS-17", expression: /^[0-9a-zA-Z \w+]{1,20}$/ },
      input_ThirdPartyConversationID: { mandatory: true, code: "INS-28", expression: /^[0-9a-zA-Z \w+]{1,40}$/ },
      input_PaymentItemsDesc: { mandatory: true, code: "INS-31", expression: /^[0-9a-zA-Z \w+]{1,256}$/ },
    },
    responseFields: ["output_TransactionID"],
    explanations: {},
  },
  b2b: {
    method: "POST",
    path: "b2bPayment",
    parameters: {
      input_Amount: { mandatory: true, code: "INS-15", expression: /^\d*\.?\d+$/ },
      input_ReceiverPartyCode: { mandatory: true, code: "INS-13", expression: /^([0-9A-Za-z]{4,12})$/ },
      input_Country: { mandatory: true, code: "INS-998" },
      input_Currency: { mandatory: true, code: "INS-26", expression: /^[a-zA-Z]{1,3}$/ },
      input_PrimaryPartyCode: { mandatory: true, code: "INS-13", expression: /^([0-9A-Za-z]{4,12})$/ },
      input_TransactionReference: { mandatory: true, code: "INS-17", expression: /^[0-9a-zA-Z \w+]{1,20}$/ },
      input_ThirdPartyConversationID: { mandatory: true, code: "INS-28", expression: /^[0-9a-zA-Z \w+]{1,40}$/ },
      input_PurchasedItemsDesc: { mandatory: true, code: "INS-30", expression: /^[0-9a-zA-Z \w+]{1,256}$/ },
    },
    responseFields: ["output_TransactionID"],
    explanations: {},
  },
  queryTransactionStatus: {
    method: "GET",
    path: "queryTransactionStatus",
    parameters: {
      input_QueryReference: {
        mandatory: true,
        code: "INS-21",
        expression: /^(?:[A-Za-z0-9]{10,20}|[A-Za-z0-9]{1,9}|[A-Za-z0-9]{21,32})$/,
      },
      input_Country: { mandatory: true, code: "INS-998" },
      input_ServiceProviderCode: { mandatory: true, code: "INS-13", expression: /^([0-9A-Za-z]{4,12})$/ },
      input_ThirdPartyConversationID: { mandatory: true, code: "INS-28", expression: /^[0-9a-zA-Z \w+]{1,40}$/ },
    },
    responseFields: ["output_ResponseTransactionStatus", "output_OriginalTransactionID", "output_Reversed"],
    explanations: {
      "INS-1": {
        reason: "The platform failed to answer the question. That says nothing of a payment.",
        advice: "Ask again later.",
      },
      "INS-6": {
        reason: "The platform could not answer the question. That says nothing of a payment.",
        advice: "Ask again later.",
      },
      "INS-9": {
        reason: "The platform did not answer the question in time. That says nothing of a payment.",
        advice: "Ask again.",
      },
      "INS-10": {
        reason: "A question was asked with this reference before.",
        advice: "Ask with a new reference.",
      },
    },
  },
  directDebitCreate: {
    method: "POST",
    path: "directDebitCreation",
    parameters: {
      input_CustomerMSISDN: {
        mandatory: true,
        code: "INS-2051",
        expression: /^[0-9]{12,14}$/,
        marketExpressions: { vodacomLES: /^[0-9]{11,14}$/ },
      },
      input_Country: { mandatory: true, code: "INS-998" },
      input_ServiceProviderCode: { mandatory: true, code: "INS-13", expression: /^([0-9A-Za-z]{4,12})$/ },
      input_ThirdPartyReference: { mandatory: true, code: "INS-19", expression: /^[0-9a-zA-Z]{1,32}$/ },
      input_ThirdPartyConversationID: { mandatory: true, code: "INS-28", expression: /^[0-9a-zA-Z \w+]{1,40}$/ },
      input_AgreedTC: { mandatory: true, code: "INS-36", expression: /^[0-1]{1}$/ },
      input_FirstPaymentDate: { mandatory: false, code: "INS-39", expression: /^[0-9]{8}$/ },
      input_Frequency: { mandatory: false, code: "INS-40", expression: /^[0-9]{2}$/ },
      input_StartRangeOfDays: { mandatory: false, code: "INS-41", expression: /^[0-9]{2}$/ },
      input_EndRangeOfDays: { mandatory: false, code: "INS-42", expression: /^[0-9]{2}$/ },
      input_ExpiryDate: { mandatory: false, code: "INS-43", expression: /^[0-9]{8}$/ },
    },
    responseFields: ["output_TransactionReference", "output_MsisdnToken", "output_MandateID"],
    explanations: {
      "INS-6": {
        reason: "There is no mandate: the customer said no or typed a wrong PIN, or their account does not allow it.",
        advice: "Ask the customer; another attempt needs a new reference.",
      },
    },
  },
  directDebitPayment: {
    method: "POST",
    path: "directDebitPayment",
    parameters: {
      input_MsisdnToken: { mandatory: false, code: "INS-56", expression: /^[0-9a-zA-Z \w=]{1,26}$/ },
      input_CustomerMSISDN: {
        mandatory: false,
        code: "INS-2051",
        expression: /^[0-9]{12,14}$/,
        marketExpressions: { vodacomLES: /^[0-9]{11,14}$/ },
      },
      input_Country: { mandatory: true, code: "INS-998" },
      input_ServiceProviderCode: { mandatory: true, code: "INS-13", expression: /^([0-9A-Za-z]{4,12})$/ },
      input_ThirdPartyReference: { mandatory: true, code: "INS-19", expression: /^[0-9a-zA-Z]{1,32}$/ },
      input_ThirdPartyConversationID: { mandatory: true, code: "INS-28", expression: /^[0-9a-zA-Z \w+]{1,40}$/ },
      input_Amount: { mandatory: true, code: "INS-15", expression: /^\d*\.?\d+$/ },
      input_Currency: { mandatory: true, code: "INS-26", expression: /^[a-zA-Z]{1,3}$/ },
      input_MandateID: { mandatory: false, code: "INS-51", expression: /^[0-9]{1,12}$/ },
    },
    responseFields: ["output_TransactionID", "output_MsisdnToken"],
    explanations: {
      "INS-6": {
        reason: "The debit failed: the mandate does not allow it today or was paid in this period, or an account does not allow it.",
        advice: "Nothing was paid. Ask what the mandate allows (queryMandate).",
      },
    },
  },
  queryDirectDebit: {
    method: "GET",
    path: "queryDirectDebit",
    parameters: {
      input_QueryBalanceAmount: { mandatory: true, code: "INS-21" },
      input_BalanceAmount: { mandatory: false, code: "INS-54", expression: /^\d*.?\d+$/ },
      input_Country: { mandatory: true, code: "INS-998" },
      input_CustomerMSISDN: {
        mandatory: false,
        code: "INS-2051",
        expression: /^[0-9]{12,14}$/,
        marketExpressions: { vodacomLES: /^[0-9]{11,14}$/ },
      },
      input_MsisdnToken: { mandatory: false, code: "INS-56", expression: /^[0-9a-zA-Z \w=]{1,26}$/ },
      input_ServiceProviderCode: { mandatory: true, code: "INS-13", expression: /^([0-9A-Za-z]{4,12})$/ },
      input_ThirdPartyConversationID: { mandatory: true, code: "INS-28", expression: /^[0-9a-zA-Z \w+]{1,40}$/ },
      input_ThirdPartyReference: { mandatory: true, code: "INS-19", expression: /^[0-9a-zA-Z]{1,32}$/ },
      input_MandateID: { mandatory: false, code: "INS-51", expression: /^[0-9]{1,12}$/ },
      input_Currency: { mandatory: true, code: "INS-26", expression: /^[a-zA-Z]{1,3}$/ },
    },
    responseFields: ["output_TransactionReference", "output_SufficientBalance", "output_MsisdnToken", "output_MandateID", "output_MandateStatus", "output_AccountStatus", "output_FirstPaymentDate", "output_Frequency", "output_PaymentDayFrom", "output_PaymentDayTo", "output_ExpiryDate"],
    explanations: {
      "INS-1": {
        reason: "The platform failed to answer the question. That says nothing of a payment.",
        advice: "Ask again later.",
      },
      "INS-6": {
        reason: "The platform could not answer the question. That says nothing of a payment.",
        advice: "Ask again later.",
      },
      "INS-9": {
        reason: "The platform did not answer the question in time. That says nothing of a payment.",
        advice: "Ask again.",
      },
      "INS-10": {
        reason: "A question was asked with this reference before.",
        advice: "Ask with a new reference.",
      },
    },
  },
  directDebitCancel: {
    method: "PUT",
    path: "directDebitCancel",
    parameters: {
      input_MsisdnToken: { mandatory: false, code: "INS-56", expression: /^[0-9a-zA-Z \w=]{1,26}$/ },
      input_CustomerMSISDN: {
        mandatory: false,
        code: "INS-2051",
        expression: /^[0-9]{12,14}$/,
        marketExpressions: { vodacomLES: /^[0-9]{11,14}$/ },
      },
      input_Country: { mandatory: true, code: "INS-998" },
      input_ServiceProviderCode: { mandatory: true, code: "INS-13", expression: /^([0-9A-Za-z]{4,12})$/ },
      input_ThirdPartyReference: { mandatory: true, code: "INS-19", expression: /^[0-9a-zA-Z]{1,32}$/ },
      input_ThirdPartyConversationID: { mandatory: true, code: "INS-28", expression: /^[0-9a-zA-Z \w+]{1,40}$/ },
      input_MandateID: { mandatory: false, code: "INS-51", expression: /^[0-9]{1,12}$/ },
    },
    responseFields: ["output_TransactionReference", "output_MsisdnToken"],
    explanations: {
      "INS-6": {
        reason: "The organisation has no mandate with this reference from this customer.",
        advice: "Check reference and customer. There is nothing to cancel.",
      },
    },
  },
  queryBeneficiaryName: {
    method: "GET",
    path: "queryBeneficiaryName",
    parameters: {
      input_CustomerMSISDN: {
        mandatory: true,
        code: "INS-2051",
        expression: /^[0-9]{12,14}$/,
        marketExpressions: { vodacomLES: /^[0-9]{11,14}$/ },
      },
      input_Country: { mandatory: true, code: "INS-998" },
      input_ServiceProviderCode: { mandatory: true, code: "INS-13", expression: /^([0-9A-Za-z]{4,12})$/ },
      input_ThirdPartyConversationID: { mandatory: true, code: "INS-28", expression: /^[0-9a-zA-Z \w+]{1,40}$/ },
      input_KycQueryType: { mandatory: true, code: "INS-32", expression: /^(Name)$/ },
    },
    responseFields: ["output_CustomerFirstName", "output_CustomerLastName"],
    explanations: {
      "INS-1": {
        reason: "The platform failed to answer the question. That says nothing of a payment.",
        advice: "Ask again later.",
      },
      "INS-6": {
        reason: "The platform could not answer the question. That says nothing of a payment.",
        advice: "Ask again later.",
      },
      "INS-9": {
        reason: "The platform did not answer the question in time. That says nothing of a payment.",
        advice: "Ask again.",
      },
      "INS-10": {
        reason: "A question was asked with this reference before.",
        advice: "Ask with a new reference.",
      },
    },
  },
  reversal: {
    method: "PUT",
    path: "reversal",
    parameters: {
      input_ReversalAmount: { mandatory: false, code: "INS-15", expression: /^\d*\.?\d+$/ },
      input_Country: { mandatory: true, code: "INS-998" },
      input_TransactionID: { mandatory: true, code: "INS-18", expression: /^[0-9a-zA-Z]{1,20}$/ },
      input_ServiceProviderCode: { mandatory: true, code: "INS-13", expression: /^([0-9A-Za-z]{4,12})$/ },
      input_ThirdPartyConversationID: { mandatory: true, code: "INS-28", expression: /^[0-9a-zA-Z \w+]{1,40}$/ },
    },
    responseFields: ["output_TransactionID"],
    explanations: {
      "INS-6": {
        reason: "The payment cannot be reversed: it never moved money, or was reversed before.",
        advice: "Ask how it stands (queryTransaction says whether it was reversed).",
      },
      "INS-2006": {
        reason: "Whoever received the payment no longer holds this much.",
        advice: "Nothing was taken back. Wait until they have money, or take back a part.",
      },
    },
  },
};

/** Every documented code. */
export type Code =
  | "INS-0"
  | "INS-GAR-0"
  | "INS-1"
  | "INS-6"
  | "INS-9"
  | "INS-10"
  | "INS-13"
  | "INS-15"
  | "INS-17"
  | "INS-18"
  | "INS-19"
  | "INS-20"
  | "INS-21"
  | "INS-23"
  | "INS-26"
  | "INS-28"
  | "INS-30"
  | "INS-31"
  | "INS-32"
  | "INS-35"
  | "INS-36"
  | "INS-39"
  | "INS-40"
  | "INS-41"
  | "INS-42"
  | "INS-43"
  | "INS-50"
  | "INS-51"
  | "INS-52"
  | "INS-54"
  | "INS-55"
  | "INS-56"
  | "INS-57"
  | "INS-58"
  | "INS-989"
  | "INS-990"
  | "INS-991"
  | "INS-992"
  | "INS-993"
  | "INS-994"
  | "INS-995"
  | "INS-996"
  | "INS-997"
  | "INS-998"
  | "INS-2006"
  | "INS-2051";

export const codes: Readonly<Record<Code, Explanation>> = {
  "INS-0": { reason: "The request was carried out.", advice: "Nothing is left to do." },
  "INS-GAR-0": { reason: "The request was carried out.", advice: "Nothing is left to do." },
  "INS-1": {
    reason: "The platform failed, and does not say whether before or after it moved money.",
    advice: "Ask how it ended (settle) before you do anything else. To send it again, use the same reference.",
  },
  "INS-6": {
    reason: "The payment failed: the customer said no or typed a wrong PIN, or an account does not allow it.",
    advice: "Nothing was paid. Ask the customer; another attempt is a new payment with a new reference.",
  },
  "INS-9": {
    reason: "The platform got no answer in time. The payment may still go through.",
    advice: "Ask how it ended (settle). Do not make a new payment before you know.",
  },
  "INS-10": {
    reason: "This reference was used before. That says nothing about how the first request ended.",
    advice: "Ask how the first one ended (settle). Another payment needs a reference of its own.",
  },
  "INS-13": {
    reason: "The platform does not take this shortcode: it is nobody's in this market, or your application does not act for it.",
    advice: "Check serviceProviderCode (and receiver), and that they belong to this market and environment.",
  },
  "INS-15": {
    reason: "The amount is not accepted.",
    advice: "Send a decimal number above zero, with no more decimals than the currency has; for a reversal no more than is left of the payment.",
  },
  "INS-17": {
    reason: "The transaction reference is not accepted.",
    advice: "Send 1 to 20 letters, digits, spaces or underscores.",
  },
  "INS-18": {
    reason: "The platform has no payment with this transaction id that this call applies to.",
    advice: "Send the transactionId that the payment was answered with, in the same market.",
  },
  "INS-19": {
    reason: "The mandate's reference is not accepted.",
    advice: "Send 1 to 32 letters and digits.",
  },
  "INS-20": {
    reason: "A parameter is missing.",
    advice: "Check what was sent against the call's documentation; an empty text counts as missing.",
  },
  "INS-21": {
    reason: "A parameter has a value that is not accepted.",
    advice: "Check what was sent against the call's documentation; Pesarail's request log names the parameter.",
  },
  "INS-23": {
    reason: "The platform knows no payment with this reference.",
    advice: "If the request never arrived, send it again with the same reference: it pays once. Else check reference, shortcode and market.",
  },
  "INS-26": { reason: "The currency is not this market's.", advice: "Check the market of the client." },
  "INS-28": {
    reason: "The request's reference is not accepted.",
    advice: "Send 1 to 32 letters and digits, as createReference() makes them.",
  },
  "INS-30": {
    reason: "The description is not accepted.",
    advice: "Send 1 to 256 letters, digits, spaces or underscores, without commas, full stops or hyphens.",
  },
  "INS-31": {
    reason: "The description is not accepted.",
    advice: "Send 1 to 256 letters, digits, spaces or underscores, without commas, full stops or hyphens.",
  },
  "INS-32": {
    reason: "The kind of query is not accepted.",
    advice: "Only the name of a customer can be asked for.",
  },
  "INS-35": {
    reason: "The organisation that asks was no party to this payment.",
    advice: "Ask as the organisation that paid or was paid.",
  },
  "INS-36": {
    reason: "Without the customer's agreement to the terms there is no mandate.",
    advice: "Let the customer agree first.",
  },
  "INS-39": {
    reason: "The mandate's first payment date is not accepted.",
    advice: "Send a day that exists, and one only together with a frequency.",
  },
  "INS-40": {
    reason: "The mandate's frequency is not accepted.",
    advice: "Send one of the documented frequencies.",
  },
  "INS-41": {
    reason: "The first day of the mandate's range is not accepted.",
    advice: "Send a day of the month, and one only with a monthly frequency or a longer one.",
  },
  "INS-42": {
    reason: "The last day of the mandate's range is not accepted.",
    advice: "Send a day of the month that is not before the range's first, and one only with a monthly frequency or a longer one.",
  },
  "INS-43": {
    reason: "The mandate's expiry date is not accepted.",
    advice: "Send a day that exists and is not before the first payment.",
  },
  "INS-50": {
    reason: "The MSISDN token stands for another number than the one that came with it.",
    advice: "Send one of the two alone.",
  },
  "INS-51": {
    reason: "No mandate of this organisation has this id.",
    advice: "Send the mandateId that the mandate was created with, or leave it out.",
  },
  "INS-52": {
    reason: "The mandate with this id has another reference, or another customer.",
    advice: "Send id and reference as they belong together, or leave the id out.",
  },
  "INS-54": {
    reason: "The amount to ask about is not accepted.",
    advice: "Send a decimal number above zero, with no more decimals than the currency has.",
  },
  "INS-55": { reason: "The amount to ask about is missing.", advice: "Send balanceAmount." },
  "INS-56": {
    reason: "The MSISDN token is none of your application's.",
    advice: "Send the token that a mandate was answered with, or the customer's number.",
  },
  "INS-57": {
    reason: "The customer is named neither by number nor by token.",
    advice: "Send msisdn or msisdnToken.",
  },
  "INS-58": {
    reason: "There is no active mandate with this reference from this customer.",
    advice: "Check reference and customer, or let the customer agree to a new mandate.",
  },
  "INS-989": {
    reason: "The platform did not let this client in.",
    advice: "Check that API key and public key are of the client's environment (the portal shows one public key for sandbox and another for live), that the key was not revoked, and that this machine and `origin` are trusted sources of the application.",
  },
  "INS-990": {
    reason: "The application has moved all that it may move for this customer today.",
    advice: "Wait for the market's midnight, or have the limit raised.",
  },
  "INS-991": {
    reason: "The application has made all the payments that it may make for this customer today.",
    advice: "Wait for the market's midnight, or have the limit raised.",
  },
  "INS-992": {
    reason: "More than one of the application's limits stands in the way.",
    advice: "Look at all limits of the product: mending one would only show the next.",
  },
  "INS-993": {
    reason: "The application has made all the payments that it may make today.",
    advice: "Wait for the market's midnight, or have the limit raised.",
  },
  "INS-994": {
    reason: "The application has moved all that it may move today.",
    advice: "Wait for the market's midnight, or have the limit raised.",
  },
  "INS-995": {
    reason: "The amount is more than the application may move in one payment.",
    advice: "Ask for less, or have the limit raised.",
  },
  "INS-996": {
    reason: "The application may not use this call at this time of day.",
    advice: "Wait for its hours, on the market's own clock; the same reference may be used again, since the request was not carried out.",
  },
  "INS-997": {
    reason: "The application does not have this call enabled.",
    advice: "Enable the product in the application's settings; the same reference may be used again, since the request was not carried out.",
  },
  "INS-998": {
    reason: "The platform does not offer this call in this market.",
    advice: "Check the market of the client; queryBeneficiary is Ghana's alone.",
  },
  "INS-2006": {
    reason: "Whoever should pay does not hold this much.",
    advice: "Nothing was paid. Ask for less, or let them pay in; another attempt is a new payment with a new reference.",
  },
  "INS-2051": {
    reason: "The number is no customer's in this market.",
    advice: "Check the number with the customer.",
  },
};

/** Where a result is told; every call takes it. */
export const responseUrlField: string = "input_ResponseURL";
