/**
 * What M-Pesa documents about OpenAPI v2: paths, parameters, expressions, codes, statuses and sample packets. The
 * tests compare the implementation's tables with these, so nothing here is imported from `src`.
 *
 * The documented pages do not include the two-step calls; their rows are what public clients send and expect.
 */
import type { Market } from "../../../src/core/markets.ts";

export interface DocumentedParameter {
  readonly name: string;
  readonly mandatory: boolean;
  /** Null where the page shows none. */
  readonly expression: RegExp | null;
  /** The code for an invalid value of this parameter. INS-21 replaces it where the call's table does not have it. */
  readonly code: string;
}

export interface DocumentedCall {
  readonly method: "GET" | "POST" | "PUT";
  readonly path: string;
  readonly markets: readonly Market[];
  readonly parameters: readonly DocumentedParameter[];
  /** The fields of a successful response, besides code, description and the two conversation ids. */
  readonly responseFields: readonly string[];
  /** Code -> HTTP status. The first is success. */
  readonly codes: Readonly<Record<string, number>>;
  /** Codes whose text on this page differs from the common text. */
  readonly texts?: Readonly<Record<string, string>>;
  readonly sample: Readonly<Record<string, string>>;
}

// prettier-ignore
export const codeTexts: Readonly<Record<string, string>> = {
  "INS-0": "Request processed successfully",
  "INS-GAR-0": "Request processed successfully",
  "INS-1": "Internal Error",
  "INS-6": "Transaction Failed",
  "INS-9": "Request timeout",
  "INS-10": "Duplicate Transaction",
  "INS-13": "Invalid Shortcode Used",
  "INS-15": "Invalid Amount Used",
  "INS-17": "Invalid Transaction Reference. Length Should Be Between 1 and 20.",
  "INS-18": "Invalid TransactionID Used",
  "INS-19": "Invalid ThirdPartyReference Used",
  "INS-20": "Not All Parameters Provided. Please try again.",
  "INS-21": "Parameter validations failed. Please try again.",
  "INS-23": "Transaction not found. Contact M-Pesa Support",
  "INS-26": "Invalid Currency Used",
  "INS-28": "Invalid ThirdPartyConversationID Used",
  "INS-30": "Invalid Purchased Items Description Used",
  "INS-31": "Invalid Payment Items Description Used",
  "INS-32": "Invalid KYC Query Type Used",
  "INS-35": "This transaction do not belong to you",
  "INS-36": "Invalid Agreed TC Used",
  "INS-39": "Invalid First Payment Date Used",
  "INS-40": "Invalid Frequency Used",
  "INS-41": "Invalid Start Range Days Used",
  "INS-42": "Invalid End Range Days Used",
  "INS-43": "Invalid Expiry Date Used",
  "INS-50": "MSISDN Token and MSISDN provided does not Match",
  "INS-51": "Invalid MandateID Used",
  "INS-52": "The MandateID used does not correspond to the ThirdPartyReference used.",
  "INS-54": "Invalid BalanceAmount Used",
  "INS-55": "BalanceAmount is Mandatory when QueryBalanceAmount is True",
  "INS-56": "Invalid MSISDNToken Used",
  "INS-57": "Either MSISDN or MSISDNToken required",
  "INS-58": "No Active Mandate found",
  "INS-989": "Session Creation Failed",
  "INS-990": "Customer Transaction Value Limit Breached",
  "INS-991": "Customer Transaction Count Limit Breached",
  "INS-992": "Multiple Limits Breached",
  "INS-993": "Organization Transaction Count Limit Breached",
  "INS-994": "Organization Transaction Value Limit Breached",
  "INS-995": "API Single Transaction Limit Breached",
  "INS-996": "API Being Used Outside Of Usage Time",
  "INS-997": "API Not Enabled",
  "INS-998": "Invalid Market",
  "INS-2006": "Insufficient balance",
  "INS-2051": "MSISDN invalid.",
};

const allMarkets: readonly Market[] = ["vodafoneGHA", "vodacomTZN", "vodacomLES", "vodacomDRC", "vodacomMOZ"];

const mandatoryParameter = (name: string, code: string, expression: RegExp | null): DocumentedParameter => ({
  name,
  mandatory: true,
  expression,
  code,
});
const optionalParameter = (name: string, code: string, expression: RegExp | null): DocumentedParameter => ({
  name,
  mandatory: false,
  expression,
  code,
});

// prettier-ignore
export const documented = {
  getSession: {
    method: "GET", path: "getSession", markets: allMarkets,
    parameters: [],
    responseFields: ["output_SessionID"],
    codes: {
      "INS-0": 200, "INS-989": 400,
    },
    sample: {
    },
  },
  c2bSingle: {
    method: "POST", path: "c2bPayment/singleStage", markets: allMarkets,
    parameters: [
      mandatoryParameter("input_Amount", "INS-15", /^\d*\.?\d+$/),
      mandatoryParameter("input_CustomerMSISDN", "INS-2051", /^[0-9]{12,14}$/),
      mandatoryParameter("input_Country", "INS-998", null),
      mandatoryParameter("input_Currency", "INS-26", /^[a-zA-Z]{1,3}$/),
      mandatoryParameter("input_ServiceProviderCode", "INS-13", /^([0-9A-Za-z]{4,12})$/),
      mandatoryParameter("input_TransactionReference", "INS-17", /^[0-9a-zA-Z \w+]{1,20}$/),
      mandatoryParameter("input_ThirdPartyConversationID", "INS-28", /^[0-9a-zA-Z \w+]{1,40}$/),
      mandatoryParameter("input_PurchasedItemsDesc", "INS-30", /^[0-9a-zA-Z \w+]{1,256}$/),
    ],
    responseFields: ["output_TransactionID"],
    codes: {
      "INS-0": 201, "INS-1": 400, "INS-6": 401, "INS-9": 408, "INS-10": 409, "INS-13": 400, "INS-15": 400,
      "INS-17": 400, "INS-20": 400, "INS-21": 400, "INS-26": 400, "INS-28": 400, "INS-30": 400,
      "INS-990": 400, "INS-991": 400, "INS-992": 400, "INS-993": 400, "INS-994": 400, "INS-995": 400,
      "INS-996": 400, "INS-997": 400, "INS-998": 400, "INS-2006": 422, "INS-2051": 400,
    },
    sample: {
      input_Amount: "10",
      input_Country: "GHA",
      input_Currency: "GHS",
      input_CustomerMSISDN: "000000000001",
      input_ServiceProviderCode: "000000",
      input_ThirdPartyConversationID: "asv02e5958774f7ba228d83d0d689761",
      input_TransactionReference: "T1234C",
      input_PurchasedItemsDesc: "Shoes",
    },
  },
  c2bMultiStage: {
    method: "POST", path: "c2bPayment/multiStage", markets: allMarkets,
    parameters: [
      mandatoryParameter("input_Amount", "INS-15", /^\d*\.?\d+$/),
      mandatoryParameter("input_CustomerMSISDN", "INS-2051", /^[0-9]{12,14}$/),
      mandatoryParameter("input_Country", "INS-998", null),
      mandatoryParameter("input_Currency", "INS-26", /^[a-zA-Z]{1,3}$/),
      mandatoryParameter("input_ServiceProviderCode", "INS-13", /^([0-9A-Za-z]{4,12})$/),
      mandatoryParameter("input_TransactionReference", "INS-17", /^[0-9a-zA-Z \w+]{1,20}$/),
      mandatoryParameter("input_ThirdPartyConversationID", "INS-28", /^[0-9a-zA-Z \w+]{1,40}$/),
      mandatoryParameter("input_PurchasedItemsDesc", "INS-30", /^[0-9a-zA-Z \w+]{1,256}$/),
      mandatoryParameter("input_APIVersion", "INS-21", /^3\.1$/),
    ],
    responseFields: ["output_TransactionID", "output_VoucherCode"],
    codes: {
      "INS-0": 201, "INS-1": 400, "INS-6": 401, "INS-9": 408, "INS-10": 409, "INS-13": 400, "INS-15": 400,
      "INS-17": 400, "INS-20": 400, "INS-21": 400, "INS-26": 400, "INS-28": 400, "INS-30": 400,
      "INS-990": 400, "INS-991": 400, "INS-992": 400, "INS-993": 400, "INS-994": 400, "INS-995": 400,
      "INS-996": 400, "INS-997": 400, "INS-998": 400, "INS-2006": 422, "INS-2051": 400,
    },
    sample: {
      input_Amount: "10",
      input_Country: "GHA",
      input_Currency: "GHS",
      input_CustomerMSISDN: "000000000001",
      input_ServiceProviderCode: "000000",
      input_ThirdPartyConversationID: "asv02e5958774f7ba228d83d0d689761",
      input_TransactionReference: "T1234C",
      input_PurchasedItemsDesc: "Shoes",
      input_APIVersion: "3.1",
    },
  },
  updateTransactionStatus: {
    method: "PUT", path: "updateTransactionStatus", markets: allMarkets,
    parameters: [
      mandatoryParameter("input_CustomerMSISDN", "INS-21", /^[01]$/),
      mandatoryParameter("input_VoucherCode", "INS-21", /^[0-9A-Za-z]{4,12}$/),
      mandatoryParameter("input_Country", "INS-998", null),
      mandatoryParameter("input_TransactionID", "INS-18", /^[0-9a-zA-Z]{1,13}$/),
      mandatoryParameter("input_ServiceProviderCode", "INS-13", /^([0-9A-Za-z]{4,12})$/),
      mandatoryParameter("input_ThirdPartyConversationID", "INS-28", /^[0-9a-zA-Z \w+]{1,40}$/),
      mandatoryParameter("input_APIVersion", "INS-21", /^3\.1$/),
    ],
    responseFields: ["output_TransactionID"],
    codes: {
      "INS-GAR-0": 200, "INS-1": 400, "INS-6": 401, "INS-9": 408, "INS-10": 409, "INS-13": 400, "INS-18": 400,
      "INS-20": 400, "INS-21": 400, "INS-28": 400, "INS-35": 400, "INS-996": 400, "INS-997": 400,
      "INS-998": 400,
    },
    sample: {
      input_CustomerMSISDN: "1",
      input_VoucherCode: "TGS813",
      input_Country: "GHA",
      input_TransactionID: "0000000000001",
      input_ServiceProviderCode: "000000",
      input_ThirdPartyConversationID: "asv02e5958774f7ba228d83d0d689761",
      input_APIVersion: "3.1",
    },
  },
  b2c: {
    method: "POST", path: "b2cPayment", markets: allMarkets,
    parameters: [
      mandatoryParameter("input_Amount", "INS-15", /^\d*\.?\d+$/),
      mandatoryParameter("input_CustomerMSISDN", "INS-2051", /^[0-9]{12,14}$/),
      mandatoryParameter("input_Country", "INS-998", null),
      mandatoryParameter("input_Currency", "INS-26", /^[a-zA-Z]{1,3}$/),
      mandatoryParameter("input_ServiceProviderCode", "INS-13", /^([0-9A-Za-z]{4,12})$/),
      mandatoryParameter("input_TransactionReference", "INS-17", /^[0-9a-zA-Z \w+]{1,20}$/),
      mandatoryParameter("input_ThirdPartyConversationID", "INS-28", /^[0-9a-zA-Z \w+]{1,40}$/),
      mandatoryParameter("input_PaymentItemsDesc", "INS-31", /^[0-9a-zA-Z \w+]{1,256}$/),
    ],
    responseFields: ["output_TransactionID"],
    codes: {
      "INS-0": 201, "INS-1": 400, "INS-6": 401, "INS-9": 408, "INS-10": 409, "INS-13": 400, "INS-15": 400,
      "INS-17": 400, "INS-20": 400, "INS-21": 400, "INS-26": 400, "INS-28": 400, "INS-31": 400,
      "INS-990": 400, "INS-991": 400, "INS-992": 400, "INS-993": 400, "INS-994": 400, "INS-995": 400,
      "INS-996": 400, "INS-997": 400, "INS-998": 400, "INS-2006": 422, "INS-2051": 400,
    },
    sample: {
      input_Amount: "10",
      input_Country: "GHA",
      input_Currency: "GHS",
      input_CustomerMSISDN: "000000000001",
      input_ServiceProviderCode: "000000",
      input_ThirdPartyConversationID: "asv02e5958774f7ba228d83d0d689761",
      input_TransactionReference: "T12344C",
      input_PaymentItemsDesc: "Salary payment",
    },
  },
  b2b: {
    method: "POST", path: "b2bPayment", markets: allMarkets,
    parameters: [
      mandatoryParameter("input_Amount", "INS-15", /^\d*\.?\d+$/),
      mandatoryParameter("input_ReceiverPartyCode", "INS-13", /^([0-9A-Za-z]{4,12})$/),
      mandatoryParameter("input_Country", "INS-998", null),
      mandatoryParameter("input_Currency", "INS-26", /^[a-zA-Z]{1,3}$/),
      mandatoryParameter("input_PrimaryPartyCode", "INS-13", /^([0-9A-Za-z]{4,12})$/),
      mandatoryParameter("input_TransactionReference", "INS-17", /^[0-9a-zA-Z \w+]{1,20}$/),
      mandatoryParameter("input_ThirdPartyConversationID", "INS-28", /^[0-9a-zA-Z \w+]{1,40}$/),
      mandatoryParameter("input_PurchasedItemsDesc", "INS-30", /^[0-9a-zA-Z \w+]{1,256}$/),
    ],
    responseFields: ["output_TransactionID"],
    codes: {
      "INS-0": 201, "INS-1": 400, "INS-6": 401, "INS-9": 408, "INS-10": 409, "INS-13": 400, "INS-15": 400,
      "INS-17": 400, "INS-20": 400, "INS-21": 400, "INS-26": 400, "INS-28": 400, "INS-30": 400,
      "INS-990": 400, "INS-991": 400, "INS-992": 400, "INS-993": 400, "INS-994": 400, "INS-995": 400,
      "INS-996": 400, "INS-997": 400, "INS-998": 400, "INS-2006": 422,
    },
    sample: {
      input_Amount: "10",
      input_Country: "GHA",
      input_Currency: "GHS",
      input_PrimaryPartyCode: "000000",
      input_ReceiverPartyCode: "000001",
      input_ThirdPartyConversationID: "asv02e5958774f7ba228d83d0d689761",
      input_TransactionReference: "T12344C",
      input_PurchasedItemsDesc: "Shoes",
    },
  },
  queryTransactionStatus: {
    method: "GET", path: "queryTransactionStatus", markets: allMarkets,
    parameters: [
      mandatoryParameter("input_QueryReference", "INS-21", /^(?:[A-Za-z0-9]{10,20}|[A-Za-z0-9]{1,9}|[A-Za-z0-9]{21,32})$/),
      mandatoryParameter("input_Country", "INS-998", null),
      mandatoryParameter("input_ServiceProviderCode", "INS-13", /^([0-9A-Za-z]{4,12})$/),
      mandatoryParameter("input_ThirdPartyConversationID", "INS-28", /^[0-9a-zA-Z \w+]{1,40}$/),
    ],
    responseFields: ["output_ResponseTransactionStatus", "output_OriginalTransactionID", "output_Reversed"],
    codes: {
      "INS-0": 200, "INS-1": 400, "INS-6": 401, "INS-9": 408, "INS-13": 400, "INS-20": 400, "INS-21": 400,
      "INS-23": 400, "INS-28": 400, "INS-996": 400, "INS-997": 400, "INS-998": 400,
    },
    sample: {
      input_QueryReference: "000000000000000000001",
      input_ServiceProviderCode: "000000",
      input_ThirdPartyConversationID: "asv02e5958774f7ba228d83d0d689761",
      input_Country: "GHA",
    },
  },
  directDebitCreate: {
    method: "POST", path: "directDebitCreation", markets: allMarkets,
    parameters: [
      mandatoryParameter("input_CustomerMSISDN", "INS-2051", /^[0-9]{12,14}$/),
      mandatoryParameter("input_Country", "INS-998", null),
      mandatoryParameter("input_ServiceProviderCode", "INS-13", /^([0-9A-Za-z]{4,12})$/),
      mandatoryParameter("input_ThirdPartyReference", "INS-19", /^[0-9a-zA-Z]{1,32}$/),
      mandatoryParameter("input_ThirdPartyConversationID", "INS-28", /^[0-9a-zA-Z \w+]{1,40}$/),
      mandatoryParameter("input_AgreedTC", "INS-36", /^[0-1]{1}$/),
      optionalParameter("input_FirstPaymentDate", "INS-39", /^[0-9]{8}$/),
      optionalParameter("input_Frequency", "INS-40", /^[0-9]{2}$/),
      optionalParameter("input_StartRangeOfDays", "INS-41", /^[0-9]{2}$/),
      optionalParameter("input_EndRangeOfDays", "INS-42", /^[0-9]{2}$/),
      optionalParameter("input_ExpiryDate", "INS-43", /^[0-9]{8}$/),
    ],
    responseFields: ["output_TransactionReference", "output_MsisdnToken", "output_MandateID"],
    codes: {
      "INS-0": 201, "INS-1": 400, "INS-6": 401, "INS-9": 408, "INS-10": 409, "INS-13": 400, "INS-15": 400,
      "INS-17": 400, "INS-20": 400, "INS-21": 400, "INS-26": 400, "INS-28": 400, "INS-30": 400, "INS-36": 400,
      "INS-39": 400, "INS-40": 400, "INS-41": 400, "INS-42": 400, "INS-43": 400, "INS-990": 400,
      "INS-991": 400, "INS-992": 400, "INS-993": 400, "INS-994": 400, "INS-995": 400, "INS-996": 400,
      "INS-997": 400, "INS-998": 400, "INS-2006": 422, "INS-2051": 400,
    },
    sample: {
      input_AgreedTC: "1",
      input_Country: "GHA",
      input_CustomerMSISDN: "000000000001",
      input_EndRangeOfDays: "22",
      input_ExpiryDate: "20161126",
      input_FirstPaymentDate: "20160324",
      input_Frequency: "06",
      input_ServiceProviderCode: "000000",
      input_StartRangeOfDays: "01",
      input_ThirdPartyConversationID: "AAA6d1f9391a0052de0b5334a912jbsj1j2kk",
      input_ThirdPartyReference: "3333",
    },
  },
  directDebitPayment: {
    method: "POST", path: "directDebitPayment", markets: allMarkets,
    parameters: [
      optionalParameter("input_MsisdnToken", "INS-56", /^[0-9a-zA-Z \w=]{1,26}$/),
      optionalParameter("input_CustomerMSISDN", "INS-2051", /^[0-9]{12,14}$/),
      mandatoryParameter("input_Country", "INS-998", null),
      mandatoryParameter("input_ServiceProviderCode", "INS-13", /^([0-9A-Za-z]{4,12})$/),
      mandatoryParameter("input_ThirdPartyReference", "INS-19", /^[0-9a-zA-Z]{1,32}$/),
      mandatoryParameter("input_ThirdPartyConversationID", "INS-28", /^[0-9a-zA-Z \w+]{1,40}$/),
      mandatoryParameter("input_Amount", "INS-15", /^\d*\.?\d+$/),
      mandatoryParameter("input_Currency", "INS-26", /^[a-zA-Z]{1,3}$/),
      optionalParameter("input_MandateID", "INS-51", /^[0-9]{1,12}$/),
    ],
    responseFields: ["output_TransactionID", "output_MsisdnToken"],
    codes: {
      "INS-0": 201, "INS-1": 400, "INS-6": 401, "INS-9": 408, "INS-10": 409, "INS-13": 400, "INS-15": 400,
      "INS-17": 400, "INS-20": 400, "INS-21": 400, "INS-26": 400, "INS-28": 400, "INS-30": 400, "INS-50": 400,
      "INS-51": 400, "INS-52": 400, "INS-990": 400, "INS-991": 400, "INS-992": 400, "INS-993": 400,
      "INS-994": 400, "INS-995": 400, "INS-996": 400, "INS-997": 400, "INS-998": 400, "INS-2006": 422,
      "INS-2051": 400,
    },
    sample: {
      input_Amount: "10",
      input_Country: "GHA",
      input_Currency: "GHS",
      input_CustomerMSISDN: "000000000001",
      input_ServiceProviderCode: "000000",
      input_ThirdPartyConversationID: "AAA6d1f939c1005v2de053v4912jbasdj1j2kk",
      input_MandateID: "15045",
      input_ThirdPartyReference: "5db410b459bd433ca8e5",
    },
  },
  queryBeneficiaryName: {
    method: "GET", path: "queryBeneficiaryName", markets: ["vodafoneGHA"],
    parameters: [
      mandatoryParameter("input_CustomerMSISDN", "INS-2051", /^[0-9]{12,14}$/),
      mandatoryParameter("input_Country", "INS-998", null),
      mandatoryParameter("input_ServiceProviderCode", "INS-13", /^([0-9A-Za-z]{4,12})$/),
      mandatoryParameter("input_ThirdPartyConversationID", "INS-28", /^[0-9a-zA-Z \w+]{1,40}$/),
      mandatoryParameter("input_KycQueryType", "INS-32", /^(Name)$/),
    ],
    responseFields: ["output_CustomerFirstName", "output_CustomerLastName"],
    codes: {
      "INS-0": 200, "INS-1": 400, "INS-6": 401, "INS-9": 408, "INS-13": 400, "INS-20": 400, "INS-21": 400,
      "INS-28": 400, "INS-32": 400, "INS-996": 400, "INS-997": 400, "INS-998": 400, "INS-2051": 400,
    },
    texts: { "INS-2051": "2051 MSISDN invalid." },
    sample: {
      input_CustomerMSISDN: "254707161122",
      input_Country: "GHA",
      input_ServiceProviderCode: "000000",
      input_ThirdPartyConversationID: "asv02e5958774f7ba228d83d0d689761",
      input_KYCQueryType: "Name",
    },
  },
  queryDirectDebit: {
    method: "GET", path: "queryDirectDebit", markets: allMarkets,
    parameters: [
      mandatoryParameter("input_QueryBalanceAmount", "INS-21", null),
      optionalParameter("input_BalanceAmount", "INS-54", /^\d*.?\d+$/),
      mandatoryParameter("input_Country", "INS-998", null),
      optionalParameter("input_CustomerMSISDN", "INS-2051", /^[0-9]{12,14}$/),
      optionalParameter("input_MsisdnToken", "INS-56", /^[0-9a-zA-Z \w=]{1,26}$/),
      mandatoryParameter("input_ServiceProviderCode", "INS-13", /^([0-9A-Za-z]{4,12})$/),
      mandatoryParameter("input_ThirdPartyConversationID", "INS-28", /^[0-9a-zA-Z \w+]{1,40}$/),
      mandatoryParameter("input_ThirdPartyReference", "INS-19", /^[0-9a-zA-Z]{1,32}$/),
      optionalParameter("input_MandateID", "INS-51", /^[0-9]{1,12}$/),
      mandatoryParameter("input_Currency", "INS-26", /^[a-zA-Z]{1,3}$/),
    ],
    responseFields: ["output_TransactionReference", "output_SufficientBalance", "output_MsisdnToken", "output_MandateID", "output_MandateStatus", "output_AccountStatus", "output_FirstPaymentDate", "output_Frequency", "output_PaymentDayFrom", "output_PaymentDayTo", "output_ExpiryDate"],
    codes: {
      "INS-0": 200, "INS-1": 500, "INS-9": 408, "INS-10": 409, "INS-13": 400, "INS-17": 400, "INS-19": 400,
      "INS-20": 400, "INS-21": 400, "INS-26": 400, "INS-28": 400, "INS-50": 400, "INS-51": 400, "INS-52": 500,
      "INS-54": 400, "INS-55": 401, "INS-56": 401, "INS-57": 500, "INS-58": 400, "INS-997": 400,
      "INS-998": 400, "INS-2006": 422, "INS-2051": 400,
    },
    sample: {
      input_QueryBalanceAmount: "True",
      input_BalanceAmount: "100",
      input_Country: "GHA",
      input_CustomerMSISDN: "255744553111",
      input_MsisdnToken: "cvgwUBZ3lAO9ivwhWAFeng==",
      input_ServiceProviderCode: "112244",
      input_ThirdPartyConversationID: "GPO3051656128",
      input_ThirdPartyReference: "Test123",
      input_MandateID: "15045",
      input_Currency: "GHS",
    },
  },
  directDebitCancel: {
    method: "PUT", path: "directDebitCancel", markets: allMarkets,
    parameters: [
      optionalParameter("input_MsisdnToken", "INS-56", /^[0-9a-zA-Z \w=]{1,26}$/),
      optionalParameter("input_CustomerMSISDN", "INS-2051", /^[0-9]{12,14}$/),
      mandatoryParameter("input_Country", "INS-998", null),
      mandatoryParameter("input_ServiceProviderCode", "INS-13", /^([0-9A-Za-z]{4,12})$/),
      mandatoryParameter("input_ThirdPartyReference", "INS-19", /^[0-9a-zA-Z]{1,32}$/),
      mandatoryParameter("input_ThirdPartyConversationID", "INS-28", /^[0-9a-zA-Z \w+]{1,40}$/),
      optionalParameter("input_MandateID", "INS-51", /^[0-9]{1,12}$/),
    ],
    responseFields: ["output_TransactionReference", "output_MsisdnToken"],
    codes: {
      "INS-0": 201, "INS-1": 400, "INS-6": 401, "INS-9": 408, "INS-10": 409, "INS-13": 400, "INS-19": 400,
      "INS-20": 400, "INS-21": 400, "INS-28": 400, "INS-30": 400, "INS-50": 400, "INS-51": 400, "INS-52": 400,
      "INS-990": 400, "INS-991": 400, "INS-992": 400, "INS-993": 400, "INS-994": 400, "INS-995": 400,
      "INS-996": 400, "INS-997": 400, "INS-998": 400, "INS-2006": 422, "INS-2051": 400,
    },
    texts: { "INS-6": "Mandate does not exist", "INS-19": "Invalid ThirdPartyReference Used." },
    sample: {
      input_Country: "GHA",
      input_CustomerMSISDN: "000000000001",
      input_ServiceProviderCode: "000000",
      input_ThirdPartyConversationID: "AAA6d1f939c1005v2de053v4912jbasdj1j2kk",
      input_MandateID: "15045",
      input_ThirdPartyReference: "00000000000000000001",
    },
  },
  reversal: {
    method: "PUT", path: "reversal", markets: allMarkets,
    parameters: [
      optionalParameter("input_ReversalAmount", "INS-15", /^\d*\.?\d+$/),
      mandatoryParameter("input_Country", "INS-998", null),
      mandatoryParameter("input_TransactionID", "INS-18", /^[0-9a-zA-Z]{1,20}$/),
      mandatoryParameter("input_ServiceProviderCode", "INS-13", /^([0-9A-Za-z]{4,12})$/),
      mandatoryParameter("input_ThirdPartyConversationID", "INS-28", /^[0-9a-zA-Z \w+]{1,40}$/),
    ],
    responseFields: ["output_TransactionID"],
    codes: {
      "INS-0": 201, "INS-1": 400, "INS-6": 401, "INS-9": 408, "INS-10": 409, "INS-13": 400, "INS-15": 400,
      "INS-18": 400, "INS-20": 400, "INS-21": 400, "INS-28": 400, "INS-35": 400, "INS-996": 400,
      "INS-997": 400, "INS-998": 400, "INS-2006": 422,
    },
    sample: {
      input_Country: "GHA",
      input_ReversalAmount: "25",
      input_ServiceProviderCode: "000000",
      input_ThirdPartyConversationID: "asv02e5958774f7ba228d83d0d689761",
      input_TransactionID: "0000000000001",
    },
  },
} as const satisfies Record<string, DocumentedCall>;

export type Call = keyof typeof documented;

/** Every call with its name. */
export const calls = Object.entries(documented) as unknown as readonly (readonly [Call, DocumentedCall])[];

/** The calls that can be enabled for an application: all except getSession. */
export const products = calls.filter(([name]) => name !== "getSession");

/** The fields of every response of a product. */
export const commonResponseFields = [
  "output_ResponseCode",
  "output_ResponseDesc",
  "output_ConversationID",
  "output_ThirdPartyConversationID",
];
