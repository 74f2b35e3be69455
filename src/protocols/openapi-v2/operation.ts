/** The definition of an operation: one call of OpenAPI v2, as a table that validates, responds and documents. */
import type { Id } from "../../core/ids.ts";

import type { Rail } from "../../core/rails.ts";
import type { Caller, Outcome, PaymentRequest } from "../../payments/instruction.ts";
import type { Payments } from "../../payments/payments.ts";
import type { Product } from "./products.ts";
import type { RecordedRefusal } from "../../payments/refusals.ts";
import type { Code, CodeTable } from "./codes.ts";
import type { Identifiers } from "./identifiers.ts";
import type { OpenapiV2Market } from "./markets.ts";
import type { MsisdnTokens } from "./msisdn-tokens.ts";
import type { Parameter } from "./parameters.ts";
import type { RequestScenario } from "./scenarios.ts";

export type Parameters = Readonly<Record<string, Parameter>>;

/** The parsed parameters of an operation. Optional ones may be null. */
export type Values<P extends Parameters> = {
  readonly [K in keyof P]: P[K] extends Parameter<infer T, true>
    ? T
    : P[K] extends Parameter<infer T, false>
      ? T | null
      : never;
};

/** A request whose parameters are all valid. */
export interface ValidatedRequest<P extends Parameters> {
  readonly id: Id;
  readonly rail: Rail;
  readonly values: Values<P>;
  /** The value of a field as it was sent, by wire name. */
  readonly getRawValue: (field: string) => string | undefined;
  /** The arguments of every payment function; `organisation` comes from the field that the operation names. */
  readonly request: PaymentRequest;
  readonly caller: Caller;
  readonly scenario: RequestScenario | null;
  readonly payments: Payments;
  readonly identifiers: Identifiers;
  readonly tokens: MsisdnTokens;
}

/** The result of a call that records a payment: final, or waiting for a customer. */
export interface PaymentResult {
  readonly outcome: Outcome;
  /** The customer and the reference in the response, for calls that return them. */
  readonly customer?: string;
  readonly reference?: string;
  readonly reason: string;
}

/** The details of a successful payment that responses and callbacks carry. */
export interface PaymentDetails {
  readonly id: Id;
  readonly applicationId: bigint;
  readonly customer: string;
  readonly reference: string;
  readonly mandateId: bigint | null;
  readonly voucher: string | null;
}

/** Converts ids and MSISDNs to and from their public form. */
export interface IdCodecs {
  readonly identifiers: Identifiers;
  readonly tokens: MsisdnTokens;
}

/** What an operation returns: a payment, response fields, a code, or a refusal. */
export type OperationResult =
  | PaymentResult
  | { readonly fields: Readonly<Record<string, string>>; readonly reason: string }
  | { readonly refusal: RecordedRefusal }
  | { readonly code: Code; readonly reason: string };

/** The documentation of a response field. */
export interface ResponseField {
  readonly description: string;
  readonly example: string;
}

export interface Operation<P extends Parameters = Parameters> {
  readonly product: Product;
  /** The name for people. */
  readonly title: string;
  readonly description: string;
  readonly method: "GET" | "POST" | "PUT";
  /** Below `/{environment}/ipg/v2/{market}/`, as documented; matched without regard to case. */
  readonly path: string;
  /** Null is every market. */
  readonly markets: readonly OpenapiV2Market[] | null;
  readonly success: { readonly code: Code; readonly status: number };
  readonly codes: CodeTable;
  /** In the order in which they are checked, which is part of the contract. */
  readonly parameters: P;
  /**
   * Names that other versions and calls have for a parameter of this call, where to ignore the name would lose money.
   * They are refused with the parameter's code.
   */
  readonly otherNames?: Readonly<Record<string, keyof P & string>>;
  /** The parameter with the shortcode of the requesting organisation. */
  readonly organisation: keyof P & string;
  /** The operation's own response fields, which stand between the description and the conversation ids. */
  readonly response: Readonly<Record<string, ResponseField>>;
  /** The fields of the operation's callback. */
  readonly callback: CallbackFormat;
  /** Checks for missing values that the `mandatory` flags cannot express; runs after the mandatory parameters. */
  checkMissing?(getRawValue: (field: string) => string | undefined): ParameterError | null;
  /** Checks that need several values; runs after every parameter is valid by itself. */
  validate?(
    values: Values<P>,
    validated: Pick<ValidatedRequest<P>, "rail" | "scenario">,
  ): ParameterError | null;
  handle(validated: ValidatedRequest<P>): Promise<OperationResult>;
  /** The response fields of a payment: the same in a synchronous response and in a callback. */
  responseFields?(payment: PaymentDetails, codecs: IdCodecs): Readonly<Record<string, string>>;
}

export interface ParameterError {
  readonly code: Code;
  readonly reason: string;
}

export interface CallbackFormat {
  /** `Result` for input_ResultCode and input_ResultDesc; only queryDirectDebit has `Response`. */
  readonly resultPrefix: "Result" | "Response";
  readonly fields: readonly string[];
  /** The code with which a listener acknowledges. */
  readonly acknowledgementCode: "0" | "INS-0" | "INS-GAR-0";
}

/** Infers the types of an operation's parameters for its functions. */
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

/** The response field of most calls that move money. */
export const transactionIdField = ({ id }: PaymentDetails, { identifiers }: IdCodecs) => ({
  output_TransactionID: identifiers.transactionId(id),
});

/** Picks documented fields that several calls return. */
export function pickResponseFields<K extends keyof typeof commonResponseFields>(
  ...names: K[]
): Record<K, ResponseField> {
  return Object.fromEntries(
    names.map((name) => [name, commonResponseFields[name] as ResponseField]),
  ) as Record<K, ResponseField>;
}

/** The callback of most calls that move money: its own field is the TransactionID. */
export const moneyCallback: CallbackFormat = {
  resultPrefix: "Result",
  fields: ["input_TransactionID"],
  acknowledgementCode: "0",
};
