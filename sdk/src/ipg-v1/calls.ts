/**
 * The client's calls as a table: method, path and port of each, and the wire names of its fields.
 *
 * If a row lacks a field of the request or of the result, it does not compile. The platform's tests hold it to the
 * platform's own table.
 */
import * as encode from "./field-encoders.ts";
import type { Field } from "./field-encoders.ts";
import type * as requests from "./requests.ts";
import type * as results from "./results.ts";
import type { WireFields } from "./results.ts";
import type { PortName } from "./settings.ts";

/** One call of the client. `T` is its result. */
export interface Call<T = unknown> {
  readonly method: "GET" | "POST" | "PUT";
  /** Below `/ipg/v1x/`. */
  readonly path: string;
  readonly port: PortName;
  readonly fields: Readonly<Record<string, Field>>;
  /** Whether requests have the name and the password of the organisation's API operator. */
  readonly needsInitiator: boolean;
  /** The response field that every success has, and an acknowledgement has not. */
  readonly proof: string;
  /** Reads the result of an accepted request. */
  readonly parseResult: (fields: WireFields) => T;
}

/** How to read each field of a result. */
type ResultReaders<T> = { readonly [K in keyof T]-?: (fields: WireFields) => T[K] };

/** A wire field for each field of a request. */
type RequestFields<R> = { readonly [K in keyof R]-?: Field };

type Definition<R, T> = Pick<Call, "method" | "path" | "port" | "proof"> & {
  readonly fields: RequestFields<R>;
  readonly result: ResultReaders<T>;
  readonly needsInitiator?: true;
};

function defineCall<R, T>({ result, needsInitiator = false as true, ...row }: Definition<R, T>): Call<T> {
  const readers = Object.entries<(fields: WireFields) => unknown>(result);
  return {
    ...row,
    needsInitiator,
    parseResult: (wire) => Object.fromEntries(readers.map(([name, read]) => [name, read(wire)])) as T,
  };
}

const readText =
  (name: string) =>
  (fields: WireFields): string =>
    fields[name] ?? "";

const transactionIdField = "output_TransactionID";
const paidResult = { transactionId: readText(transactionIdField) };

const commonFields = {
  reference: encode.reference("input_ThirdPartyReference"),
  serviceProviderCode: encode.shortcode("input_ServiceProviderCode"),
};

const customerPaymentFields = {
  ...commonFields,
  amount: encode.amount("input_Amount"),
  msisdn: encode.msisdn("input_CustomerMSISDN"),
  transactionReference: encode.transactionReference("input_TransactionReference"),
};

export const calls = {
  collect: defineCall<requests.CollectRequest, results.Paid>({
    method: "POST",
    path: "c2bPayment/singleStage",
    port: "c2b",
    fields: customerPaymentFields,
    proof: transactionIdField,
    result: paidResult,
  }),

  payOut: defineCall<requests.PayOutRequest, results.Paid>({
    method: "POST",
    path: "b2cPayment",
    port: "b2c",
    fields: customerPaymentFields,
    proof: transactionIdField,
    result: paidResult,
  }),

  transfer: defineCall<requests.TransferRequest, results.Paid>({
    method: "POST",
    path: "b2bPayment",
    port: "b2b",
    fields: {
      reference: commonFields.reference,
      serviceProviderCode: encode.shortcode("input_PrimaryPartyCode"),
      receiver: encode.shortcode("input_ReceiverPartyCode"),
      amount: encode.amount("input_Amount"),
      transactionReference: encode.transactionReference("input_TransactionReference"),
    },
    proof: transactionIdField,
    result: paidResult,
  }),

  reverse: defineCall<requests.ReverseRequest, results.Paid>({
    method: "PUT",
    path: "reversal",
    port: "reversal",
    fields: {
      ...commonFields,
      transactionId: encode.transactionId("input_TransactionID"),
      amount: encode.amount("input_ReversalAmount", { mandatory: false }),
    },
    needsInitiator: true,
    proof: transactionIdField,
    result: paidResult,
  }),

  queryTransaction: defineCall<requests.QueryTransactionRequest, results.PaymentStatus>({
    method: "GET",
    path: "queryTransactionStatus",
    port: "queryTransactionStatus",
    fields: { ...commonFields, query: encode.reference("input_QueryReference") },
    proof: "output_ResponseTransactionStatus",
    result: {
      status: readText("output_ResponseTransactionStatus"),
      transactionId: (fields) => {
        const id = readText(transactionIdField)(fields);
        return id === "N/A" ? "" : id;
      },
    },
  }),

  queryCustomer: defineCall<requests.QueryCustomerRequest, results.CustomerName>({
    method: "GET",
    path: "queryCustomerName",
    port: "queryCustomerName",
    fields: { ...commonFields, msisdn: encode.msisdn("input_CustomerMSISDN") },
    proof: "output_CustomerName",
    result: { customerName: readText("output_CustomerName") },
  }),
};
