/**
 * What is documented about IPG v1: paths, fields, codes and statuses. The tests compare the implementation's tables with
 * these, so only types are imported from `src`.
 */
import type { IpgV1Product } from "../../../src/protocols/ipg-v1/products.ts";

export interface DocumentedField {
  readonly mandatory: boolean;
  /** The code for an invalid value, and values that are invalid. */
  readonly code: string;
  readonly invalid: readonly string[];
}

export interface DocumentedCall {
  readonly method: "GET" | "POST" | "PUT";
  readonly path: string;
  readonly port: string;
  readonly status: number;
  readonly fields: Readonly<Record<string, DocumentedField>>;
  /** The fields of a successful response. */
  readonly response: readonly string[];
  /** What a callback has besides the common fields. */
  readonly callback: readonly string[];
}

const field = (code: string, ...invalid: string[]): DocumentedField => ({ mandatory: true, code, invalid });

const msisdn = field(
  "INS-2051",
  "+258843330333",
  "00258843330333",
  "863330333",
  "258823330333",
  "25884333033",
  "84333033x",
  "258 843330333",
);
const amount = field("INS-15", "ten", "-1", "0", "1.234", "1,5", "1e3", "100000000000000000");
const reference = field("INS-17", "x".repeat(21), "a-b", "ação", "a.b");
const thirdParty = field("INS-19", "x".repeat(33), "a-b", "a_b", "é");
const shortcode = field("INS-13", "123", "1234567890123", "17 17", "171-17", "999999");

const common = [
  "output_ConversationID",
  "output_ResponseCode",
  "output_ResponseDesc",
  "output_ThirdPartyReference",
  "output_TransactionID",
];

// prettier-ignore
export const documented: Readonly<Record<IpgV1Product, DocumentedCall>> = {
  ipgV1C2b: {
    method: "POST", path: "/ipg/v1x/c2bPayment/singleStage/", port: "IPG_V1_PORT_C2B", status: 201,
    fields: {
      input_TransactionReference: reference, input_CustomerMSISDN: msisdn, input_Amount: amount,
      input_ThirdPartyReference: thirdParty, input_ServiceProviderCode: shortcode,
    },
    response: common, callback: [],
  },
  ipgV1B2c: {
    method: "POST", path: "/ipg/v1x/b2cPayment/", port: "IPG_V1_PORT_B2C", status: 201,
    fields: {
      input_TransactionReference: reference, input_CustomerMSISDN: msisdn, input_Amount: amount,
      input_ThirdPartyReference: thirdParty, input_ServiceProviderCode: shortcode,
    },
    response: common, callback: [],
  },
  ipgV1B2b: {
    method: "POST", path: "/ipg/v1x/b2bPayment/", port: "IPG_V1_PORT_B2B", status: 201,
    fields: {
      input_TransactionReference: reference, input_Amount: amount, input_ThirdPartyReference: thirdParty,
      input_PrimaryPartyCode: shortcode, input_ReceiverPartyCode: shortcode,
    },
    response: common, callback: [],
  },
  ipgV1Reversal: {
    method: "PUT", path: "/ipg/v1x/reversal/", port: "IPG_V1_PORT_REVERSAL", status: 201,
    fields: {
      input_TransactionID: field("INS-18", "x".repeat(21), "a b", "a-b", "000000000000"),
      input_SecurityCredential: field("INS-25", "x".repeat(101), "senha-ção"),
      input_InitiatorIdentifier: field("INS-24", "x".repeat(101), "M Pesa"),
      input_ThirdPartyReference: thirdParty, input_ServiceProviderCode: shortcode,
      input_ReversalAmount: { ...amount, mandatory: false },
    },
    response: common, callback: [],
  },
  ipgV1QueryTransactionStatus: {
    method: "GET", path: "/ipg/v1x/queryTransactionStatus/", port: "IPG_V1_PORT_QUERY_TRANSACTION_STATUS", status: 200,
    fields: {
      input_ThirdPartyReference: thirdParty, input_QueryReference: field("INS-14", "x".repeat(33), "a-b"),
      input_ServiceProviderCode: field("INS-13", "123", "1234567890123", "17 17"),
    },
    response: [...common, "output_ResponseTransactionStatus"], callback: ["input_ResponseTransactionStatus"],
  },
  ipgV1QueryCustomerName: {
    method: "GET", path: "/ipg/v1x/queryCustomerName/", port: "IPG_V1_PORT_QUERY_CUSTOMER_NAME", status: 200,
    fields: { input_CustomerMSISDN: msisdn, input_ThirdPartyReference: thirdParty, input_ServiceProviderCode: shortcode },
    response: [...common, "output_CustomerName", "output_ResultCode", "output_ResultDesc"],
    callback: ["input_CustomerName"],
  },
};

/** Code → HTTP status, of the market's own table. */
// prettier-ignore
export const statuses: Readonly<Record<string, number>> = {
  "INS-1": 500, "INS-2": 401, "INS-4": 401, "INS-5": 401, "INS-6": 401, "INS-9": 408, "INS-10": 409, "INS-13": 400,
  "INS-14": 400, "INS-15": 400, "INS-16": 503, "INS-17": 400, "INS-18": 400, "INS-19": 400, "INS-20": 400, "INS-21": 400,
  "INS-22": 400, "INS-23": 400, "INS-24": 400, "INS-25": 400, "INS-26": 400, "INS-993": 400, "INS-994": 400, "INS-995": 400,
  "INS-996": 400, "INS-997": 400, "INS-998": 400, "INS-2001": 400, "INS-2002": 400, "INS-2005": 400, "INS-2006": 422,
  "INS-2051": 400, "INS-2057": 400,
};
