/**
 * The calls, as a table: which operation of the platform each is, and what its fields are called there.
 *
 * The operations themselves (method, path, expressions) are generated from the server's tables. Leave a field of
 * a request or of an answer out, and the compiler names it.
 */
import * as as from "./fields.ts";
import type { Field } from "./fields.ts";
import { responseUrlField, type Operation } from "./generated/openapi-v2.ts";
import type * as requests from "./requests.ts";
import type * as results from "./results.ts";
import type { WireFields } from "./results.ts";

/** One call of the client. */
export interface Call<T = unknown> {
  readonly operation: Operation;
  readonly fields: Readonly<Record<string, Field>>;
  /** What is sent whatever the request says. */
  readonly always: WireFields;
  /** What an accepted request is answered. */
  readonly answer: (fields: WireFields) => T;
}

/** How each field of an answer is found. */
type Answers<T> = { readonly [K in keyof T]-?: (fields: WireFields) => T[K] };

/** A field of the wire for each field of a request. */
type Fields<R> = { readonly [K in keyof R]-?: Field };

function call<R, T>(
  operation: Call["operation"],
  fields: Fields<R>,
  answers: Answers<T>,
  always: WireFields = {},
): Call<T> {
  const readers = Object.entries<(fields: WireFields) => unknown>(answers);
  return {
    operation,
    fields,
    always,
    answer: (wire) => Object.fromEntries(readers.map(([name, read]) => [name, read(wire)])) as T,
  };
}

const said =
  (name: string) =>
  (fields: WireFields): string =>
    fields[name] ?? "";

const isTrue =
  (name: string) =>
  (fields: WireFields): boolean =>
    /^true$/i.test(fields[name] ?? "");

const basics = {
  reference: as.reference("input_ThirdPartyConversationID"),
  serviceProviderCode: as.text("input_ServiceProviderCode"),
  responseUrl: as.url(responseUrlField),
};

const paid = { transactionId: said("output_TransactionID") };

const collection = {
  ...basics,
  amount: as.amount("input_Amount"),
  msisdn: as.msisdn("input_CustomerMSISDN"),
  transactionReference: as.text("input_TransactionReference"),
  description: as.text("input_PurchasedItemsDesc"),
};

/** The wire's version of the two-step calls. */
const twoSteps = { input_APIVersion: "3.1" };

const step = {
  ...basics,
  transactionId: as.text("input_TransactionID"),
  voucherCode: as.text("input_VoucherCode"),
};

const mandate = {
  ...basics,
  msisdn: as.msisdn("input_CustomerMSISDN"),
  msisdnToken: as.text("input_MsisdnToken"),
  mandateReference: as.text("input_ThirdPartyReference"),
  mandateId: as.text("input_MandateID"),
};

const tokenAndReference = {
  transactionReference: said("output_TransactionReference"),
  msisdnToken: said("output_MsisdnToken"),
};

export const calls = {
  collect: call<requests.CollectRequest, results.Paid>("c2bSingle", collection, paid),

  reserve: call<requests.ReserveRequest, results.Reserved>(
    "c2bMultiStage",
    collection,
    { ...paid, voucherCode: said("output_VoucherCode") },
    twoSteps,
  ),

  // The wire keeps the step's outcome in a field that is named for the customer's number.
  commit: call<requests.StepRequest, results.Paid>("updateTransactionStatus", step, paid, {
    ...twoSteps,
    input_CustomerMSISDN: "1",
  }),

  release: call<requests.StepRequest, results.Paid>("updateTransactionStatus", step, paid, {
    ...twoSteps,
    input_CustomerMSISDN: "0",
  }),

  payOut: call<requests.PayOutRequest, results.Paid>(
    "b2c",
    {
      ...basics,
      amount: as.amount("input_Amount"),
      msisdn: as.msisdn("input_CustomerMSISDN"),
      transactionReference: as.text("input_TransactionReference"),
      description: as.text("input_PaymentItemsDesc"),
    },
    paid,
  ),

  transfer: call<requests.TransferRequest, results.Paid>(
    "b2b",
    {
      ...basics,
      serviceProviderCode: as.text("input_PrimaryPartyCode"),
      amount: as.amount("input_Amount"),
      receiver: as.text("input_ReceiverPartyCode"),
      transactionReference: as.text("input_TransactionReference"),
      description: as.text("input_PurchasedItemsDesc"),
    },
    paid,
  ),

  reverse: call<requests.ReverseRequest, results.Paid>(
    "reversal",
    {
      ...basics,
      transactionId: as.text("input_TransactionID"),
      amount: as.amount("input_ReversalAmount"),
    },
    paid,
  ),

  queryTransaction: call<requests.QueryTransactionRequest, results.PaymentStatus>(
    "queryTransactionStatus",
    { ...basics, query: as.reference("input_QueryReference") },
    {
      status: said("output_ResponseTransactionStatus"),
      transactionId: said("output_OriginalTransactionID"),
      reversed: isTrue("output_Reversed"),
    },
  ),

  queryBeneficiary: call<requests.QueryBeneficiaryRequest, results.Beneficiary>(
    "queryBeneficiaryName",
    { ...basics, msisdn: as.msisdn("input_CustomerMSISDN") },
    { firstName: said("output_CustomerFirstName"), lastName: said("output_CustomerLastName") },
    { input_KycQueryType: "Name" },
  ),

  createMandate: call<requests.CreateMandateRequest, results.MandateCreated>(
    "directDebitCreate",
    {
      ...basics,
      msisdn: as.msisdn("input_CustomerMSISDN"),
      mandateReference: as.text("input_ThirdPartyReference"),
      agreedToTerms: as.agreement("input_AgreedTC"),
      firstPaymentDate: as.day("input_FirstPaymentDate"),
      frequency: as.frequency("input_Frequency"),
      firstDayOfMonth: as.dayOfMonth("input_StartRangeOfDays"),
      lastDayOfMonth: as.dayOfMonth("input_EndRangeOfDays"),
      expiryDate: as.day("input_ExpiryDate"),
    },
    { ...tokenAndReference, mandateId: said("output_MandateID") },
  ),

  debitMandate: call<requests.DebitMandateRequest, results.MandateDebited>(
    "directDebitPayment",
    { ...mandate, msisdn: as.debitedMsisdn("input_CustomerMSISDN"), amount: as.amount("input_Amount") },
    { ...paid, msisdnToken: said("output_MsisdnToken") },
  ),

  queryMandate: call<requests.QueryMandateRequest, results.Mandate>(
    "queryDirectDebit",
    { ...mandate, balanceAmount: as.amount("input_BalanceAmount") },
    {
      ...tokenAndReference,
      sufficientBalance: (fields) => {
        const word = said("output_SufficientBalance")(fields);
        return /^(true|false)$/i.test(word) ? /^true$/i.test(word) : null;
      },
      mandateId: said("output_MandateID"),
      mandateStatus: said("output_MandateStatus"),
      accountStatus: said("output_AccountStatus"),
      firstPaymentDate: said("output_FirstPaymentDate"),
      frequency: said("output_Frequency"),
      firstDayOfMonth: said("output_PaymentDayFrom"),
      lastDayOfMonth: said("output_PaymentDayTo"),
      expiryDate: said("output_ExpiryDate"),
    },
  ),

  cancelMandate: call<requests.CancelMandateRequest, results.MandateCancelled>(
    "directDebitCancel",
    mandate,
    tokenAndReference,
  ),
};

/** A session is asked for by the client itself; its key is what is answered. */
export const sessionCall = call<object, results.SessionKey>(
  "getSession",
  {},
  { sessionKey: said("output_SessionID") },
);
