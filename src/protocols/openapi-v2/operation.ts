/** The shape of an operation: one call of OpenAPI v2, as a table that validates, answers and documents. */
import type { Id } from "../../core/ids.ts";
import type { Market, Rail } from "../../core/money.ts";
import type { Caller, Outcome, PaymentRequest } from "../../payments/instruction.ts";
import type { Payments } from "../../payments/payments.ts";
import type { Product } from "./products.ts";
import type { RecordedRefusal } from "../../payments/refusals.ts";
import type { Code, CodeTable } from "./codes.ts";
import type { Identifiers } from "./identifiers.ts";
import type { MsisdnTokens } from "./msisdn-tokens.ts";
import type { Parameter } from "./parameters.ts";
import type { Scenario } from "./scenarios.ts";

export type Parameters = Readonly<Record<string, Parameter>>;

/** The values of an operation's parameters: those that may be absent may be null. */
export type Values<P extends Parameters> = {
  readonly [K in keyof P]: P[K] extends Parameter<infer T, true>
    ? T
    : P[K] extends Parameter<infer T, false>
      ? T | null
      : never;
};

/** A request that passed every check of its form. */
export interface ValidatedRequest<P extends Parameters> {
  readonly id: Id;
  readonly rail: Rail;
  readonly values: Values<P>;
  /** The values as they were sent, by wire name. */
  readonly getRawValue: (field: string) => string | undefined;
  /** What every payment function wants to know; `organisation` comes from the operation's own field. */
  readonly request: PaymentRequest;
  readonly caller: Caller;
  readonly scenario: Scenario | null;
  readonly payments: Payments;
  readonly identifiers: Identifiers;
  readonly tokens: MsisdnTokens;
}

/** What a call that records a payment has come to: it may have ended, or wait for a customer. */
export interface PaymentResult {
  readonly outcome: Outcome;
  /** The customer whom the answer names, and the reference that it repeats, where it does. */
  readonly customer?: string;
  readonly reference?: string;
  readonly reason: string;
}

/** A payment that went through, as far as answers and callbacks speak of it. */
export interface PaymentDetails {
  readonly id: Id;
  readonly applicationId: bigint;
  readonly customer: string;
  readonly reference: string;
  readonly mandateId: bigint | null;
  readonly voucher: string | null;
}

/** How ids and numbers are written for callers. */
export interface IdCodecs {
  readonly identifiers: Identifiers;
  readonly tokens: MsisdnTokens;
}

/** What an operation answers: a payment, its own fields, a code, or a refusal in our words. */
export type OperationResult =
  | PaymentResult
  | { readonly fields: Readonly<Record<string, string>>; readonly reason: string }
  | { readonly refusal: RecordedRefusal }
  | { readonly code: Code; readonly reason: string };

/** A field of an answer, documented. */
export interface ResponseField {
  readonly description: string;
  readonly example: string;
}

export interface Operation<P extends Parameters = Parameters> {
  readonly product: Product;
  /** What people call it. */
  readonly title: string;
  readonly description: string;
  readonly method: "GET" | "POST" | "PUT";
  /** Below `/{environment}/ipg/v2/{market}/`, as documented; matched without regard to case. */
  readonly path: string;
  /** Null is every market. */
  readonly markets: readonly Market[] | null;
  readonly success: { readonly code: Code; readonly status: number };
  readonly codes: CodeTable;
  /** In the order in which they are checked, which is part of the contract. */
  readonly parameters: P;
  /** The parameter that names the organisation that asks. */
  readonly organisation: keyof P & string;
  /** The answer's own fields, between the description and the conversation ids. */
  readonly response: Readonly<Record<string, ResponseField>>;
  /** What the callback of an asynchronous answer carries beyond the ids, and how it is named. */
  readonly callback: CallbackFormat;
  /** What is missing although no single parameter is mandatory; runs with the check for missing parameters. */
  checkMissing?(getRawValue: (field: string) => string | undefined): ParameterError | null;
  /** Checks that need several values; runs after each parameter passed its own. */
  validate?(
    values: Values<P>,
    validated: Pick<ValidatedRequest<P>, "rail" | "scenario">,
  ): ParameterError | null;
  handle(validated: ValidatedRequest<P>): Promise<OperationResult>;
  /** The answer's own fields, for a call that records a payment: the same at once, after waiting, and in a callback. */
  responseFields?(payment: PaymentDetails, codecs: IdCodecs): Readonly<Record<string, string>>;
}

export interface ParameterError {
  readonly code: Code;
  readonly reason: string;
}

export interface CallbackFormat {
  /** `Result` names input_ResultCode and input_ResultDesc; queryDirectDebit alone says `Response`. */
  readonly resultPrefix: "Result" | "Response";
  readonly fields: readonly string[];
  /** The code by which a listener acknowledges. */
  readonly acknowledgementCode: "0" | "INS-0" | "INS-GAR-0";
}

/** Carries the types of an operation's parameters to its functions. */
export function defineOperation<const P extends Parameters>(definition: Operation<P>): Operation<P> {
  return definition;
}

// prettier-ignore
const commonResponseFields = {
  output_TransactionID:         { description: "The payment's id on the platform.", example: "hv9ahxcg4ccv" },
  output_VoucherCode:           { description: "The code that commits the held payment.", example: "TGS81345" },
  output_MsisdnToken:           { description: "Stands for the customer's number in later calls of this application.", example: "0g3qxk5t7cz9v1n4m8r2b6w5h" },
  output_TransactionReference:  { description: "The mandate's reference on the platform.", example: "fd1e9143d22544459f7c66e1860ef276" },
  output_MandateID:             { description: "The mandate's number.", example: "15045" },
} as const satisfies Record<string, ResponseField>;

/** What most calls that move money answer. */
export const transactionIdField = ({ id }: PaymentDetails, { identifiers }: IdCodecs) => ({
  output_TransactionID: identifiers.transactionId(id),
});

/** Some of the fields that several calls answer with. */
export function pickResponseFields<K extends keyof typeof commonResponseFields>(
  ...names: K[]
): Record<K, ResponseField> {
  return Object.fromEntries(
    names.map((name) => [name, commonResponseFields[name] as ResponseField]),
  ) as Record<K, ResponseField>;
}

/** The callback of a call that moves money: its TransactionID, and the usual names. */
export const moneyCallback: CallbackFormat = {
  resultPrefix: "Result",
  fields: ["input_TransactionID"],
  acknowledgementCode: "0",
};
