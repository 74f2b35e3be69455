/**
 * The client's calls as a table: the platform operation of each, and the wire names of its fields.
 *
 * The operations themselves (method, path, expressions) are generated from the server's tables. If a row lacks a
 * field of the request or of the result, it does not compile.
 */
import * as encode from "./field-encoders.ts";
import type { Field } from "./field-encoders.ts";
import { responseUrlField, type Operation } from "./generated.ts";
import type * as requests from "./requests.ts";
import type * as results from "./results.ts";
import type { WireFields } from "./results.ts";

/** One call of the client. `T` is its result. */
export interface Call<T = unknown> {
  readonly operation: Operation;
  readonly fields: Readonly<Record<string, Field>>;
  /** Parameters that every request has. */
  readonly fixedParameters: WireFields;
  /** Reads the result of an accepted request. */
  readonly parseResult: (fields: WireFields) => T;
}

/** How to read each field of a result. */
type ResultReaders<T> = { readonly [K in keyof T]-?: (fields: WireFields) => T[K] };

/** A wire field for each field of a request. */
type RequestFields<R> = { readonly [K in keyof R]-?: Field };

function defineCall<R, T>(
  operation: Call["operation"],
  fields: RequestFields<R>,
  resultReaders: ResultReaders<T>,
  fixedParameters: WireFields = {},
): Call<T> {
  const readers = Object.entries<(fields: WireFields) => unknown>(resultReaders);
  return {
    operation,
    fields,
    fixedParameters,
    parseResult: (wire) => Object.fromEntries(readers.map(([name, read]) => [name, read(wire)])) as T,
  };
}

const readText =
  (name: string) =>
  (fields: WireFields): string =>
    fields[name] ?? "";

const readBoolean =
  (name: string) =>
  (fields: WireFields): boolean =>
    /^true$/i.test(fields[name] ?? "");

const commonFields = {
  reference: encode.reference("input_ThirdPartyConversationID"),
  serviceProviderCode: encode.text("input_ServiceProviderCode"),
  responseUrl: encode.url(responseUrlField),
};

const paidResult = { transactionId: readText("output_TransactionID") };

const collectionFields = {
  ...commonFields,
  amount: encode.amount("input_Amount"),
  msisdn: encode.msisdn("input_CustomerMSISDN"),
  transactionReference: encode.text("input_TransactionReference"),
  description: encode.text("input_PurchasedItemsDesc"),
};

/** The API version that the two-step calls send. */
const twoStepParameters = { input_APIVersion: "3.1" };

const holdFields = {
  ...commonFields,
  transactionId: encode.text("input_TransactionID"),
  voucherCode: encode.text("input_VoucherCode"),
};

const mandateFields = {
  ...commonFields,
  msisdn: encode.msisdn("input_CustomerMSISDN"),
  msisdnToken: encode.text("input_MsisdnToken"),
  mandateReference: encode.text("input_ThirdPartyReference"),
  mandateId: encode.text("input_MandateID"),
};

const tokenAndReferenceResult = {
  transactionReference: readText("output_TransactionReference"),
  msisdnToken: readText("output_MsisdnToken"),
};

export const calls = {
  collect: defineCall<requests.CollectRequest, results.Paid>("c2bSingle", collectionFields, paidResult),

  reserve: defineCall<requests.ReserveRequest, results.Reserved>(
    "c2bMultiStage",
    collectionFields,
    { ...paidResult, voucherCode: readText("output_VoucherCode") },
    twoStepParameters,
  ),

  // On the wire, input_CustomerMSISDN carries the step's action: 1 commits, 0 releases.
  commit: defineCall<requests.HoldRequest, results.Paid>("updateTransactionStatus", holdFields, paidResult, {
    ...twoStepParameters,
    input_CustomerMSISDN: "1",
  }),

  release: defineCall<requests.HoldRequest, results.Paid>("updateTransactionStatus", holdFields, paidResult, {
    ...twoStepParameters,
    input_CustomerMSISDN: "0",
  }),

  payOut: defineCall<requests.PayOutRequest, results.Paid>(
    "b2c",
    {
      ...commonFields,
      amount: encode.amount("input_Amount"),
      msisdn: encode.msisdn("input_CustomerMSISDN"),
      transactionReference: encode.text("input_TransactionReference"),
      description: encode.text("input_PaymentItemsDesc"),
    },
    paidResult,
  ),

  transfer: defineCall<requests.TransferRequest, results.Paid>(
    "b2b",
    {
      ...commonFields,
      serviceProviderCode: encode.text("input_PrimaryPartyCode"),
      amount: encode.amount("input_Amount"),
      receiver: encode.text("input_ReceiverPartyCode"),
      transactionReference: encode.text("input_TransactionReference"),
      description: encode.text("input_PurchasedItemsDesc"),
    },
    paidResult,
  ),

  reverse: defineCall<requests.ReverseRequest, results.Paid>(
    "reversal",
    {
      ...commonFields,
      transactionId: encode.text("input_TransactionID"),
      amount: encode.amount("input_ReversalAmount"),
    },
    paidResult,
  ),

  queryTransaction: defineCall<requests.QueryTransactionRequest, results.PaymentStatus>(
    "queryTransactionStatus",
    { ...commonFields, query: encode.reference("input_QueryReference") },
    {
      status: readText("output_ResponseTransactionStatus"),
      transactionId: readText("output_OriginalTransactionID"),
      reversed: readBoolean("output_Reversed"),
    },
  ),

  queryBeneficiary: defineCall<requests.QueryBeneficiaryRequest, results.Beneficiary>(
    "queryBeneficiaryName",
    { ...commonFields, msisdn: encode.msisdn("input_CustomerMSISDN") },
    { firstName: readText("output_CustomerFirstName"), lastName: readText("output_CustomerLastName") },
    { input_KycQueryType: "Name" },
  ),

  createMandate: defineCall<requests.CreateMandateRequest, results.MandateCreated>(
    "directDebitCreate",
    {
      ...commonFields,
      msisdn: encode.msisdn("input_CustomerMSISDN"),
      mandateReference: encode.text("input_ThirdPartyReference"),
      agreedToTerms: encode.agreement("input_AgreedTC"),
      firstPaymentDate: encode.day("input_FirstPaymentDate"),
      frequency: encode.frequency("input_Frequency"),
      firstDayOfMonth: encode.dayOfMonth("input_StartRangeOfDays"),
      lastDayOfMonth: encode.dayOfMonth("input_EndRangeOfDays"),
      expiryDate: encode.day("input_ExpiryDate"),
    },
    { ...tokenAndReferenceResult, mandateId: readText("output_MandateID") },
  ),

  debitMandate: defineCall<requests.DebitMandateRequest, results.MandateDebited>(
    "directDebitPayment",
    {
      ...mandateFields,
      msisdn: encode.debitedMsisdn("input_CustomerMSISDN"),
      amount: encode.amount("input_Amount"),
    },
    { ...paidResult, msisdnToken: readText("output_MsisdnToken") },
  ),

  queryMandate: defineCall<requests.QueryMandateRequest, results.Mandate>(
    "queryDirectDebit",
    { ...mandateFields, balanceAmount: encode.amount("input_BalanceAmount") },
    {
      ...tokenAndReferenceResult,
      sufficientBalance: (fields) => {
        const text = readText("output_SufficientBalance")(fields);
        return /^(true|false)$/i.test(text) ? /^true$/i.test(text) : null;
      },
      mandateId: readText("output_MandateID"),
      mandateStatus: readText("output_MandateStatus"),
      accountStatus: readText("output_AccountStatus"),
      firstPaymentDate: readText("output_FirstPaymentDate"),
      frequency: readText("output_Frequency"),
      firstDayOfMonth: readText("output_PaymentDayFrom"),
      lastDayOfMonth: readText("output_PaymentDayTo"),
      expiryDate: readText("output_ExpiryDate"),
    },
  ),

  cancelMandate: defineCall<requests.CancelMandateRequest, results.MandateCancelled>(
    "directDebitCancel",
    mandateFields,
    tokenAndReferenceResult,
  ),
};

/** The client requests sessions itself; the result is the session key. */
export const sessionCall = defineCall<object, results.SessionKey>(
  "getSession",
  {},
  { sessionKey: readText("output_SessionID") },
);
