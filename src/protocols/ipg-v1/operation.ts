/** The definition of an operation: one call of IPG v1, as a table that validates, responds and documents. */
import type { Id } from "../../core/ids.ts";
import type { Rail } from "../../core/rails.ts";
import type { OrganisationDirectory } from "../../organisations/organisation-directory.ts";
import type { Caller, Outcome, PaymentRequest } from "../../payments/instruction.ts";
import type { Payments } from "../../payments/payments.ts";
import type { RecordedRefusal } from "../../payments/refusals.ts";
import type { IpgV1Code, IpgV1CodeList } from "./codes.ts";
import type { IpgV1Identifiers } from "./identifiers.ts";
import type { IpgV1Parameter } from "./parameters.ts";
import type { IpgV1Product } from "./products.ts";
import type { IpgV1Scenario, IpgV1Trigger } from "./scenarios.ts";
import type { IpgV1ListenerName } from "./settings.ts";

export type IpgV1Parameters = Readonly<Record<string, IpgV1Parameter>>;

/** The parsed parameters of an operation. Optional ones may be null. */
export type IpgV1Values<P extends IpgV1Parameters> = {
  readonly [K in keyof P]: P[K] extends IpgV1Parameter<infer T, true>
    ? T
    : P[K] extends IpgV1Parameter<infer T, false>
      ? T | null
      : never;
};

/** A request whose parameters are all valid. */
export interface IpgV1Call<P extends IpgV1Parameters> {
  readonly id: Id;
  readonly rail: Rail;
  readonly values: IpgV1Values<P>;
  /** The arguments of every payment function. */
  readonly request: PaymentRequest;
  readonly caller: Caller;
  readonly scenario: IpgV1Scenario | null;
  readonly payments: Payments;
  readonly organisations: OrganisationDirectory;
  readonly identifiers: IpgV1Identifiers;
  /** Adds a sentence to the request log. */
  note(sentence: string): void;
}

/** The result of a call that records a payment: final, or waiting for a customer. */
export interface IpgV1PaymentResult {
  readonly outcome: Outcome;
  readonly reason: string;
}

/** What an operation returns: a payment, response fields, or a refusal. */
export type IpgV1Result =
  | IpgV1PaymentResult
  | { readonly fields: Readonly<Record<string, string>>; readonly reason: string }
  | { readonly refusal: RecordedRefusal };

/** The documentation of a response field. */
export interface IpgV1ResponseField {
  readonly description: string;
  readonly example: string;
  /** The value in every response but a success and an acknowledgement. */
  readonly failureValue?: string;
}

export interface IpgV1Operation<P extends IpgV1Parameters = IpgV1Parameters> {
  readonly product: IpgV1Product;
  /** A short name, in the names of scenarios. */
  readonly shortName: string;
  /** The name for people. */
  readonly title: string;
  readonly description: string;
  readonly method: "GET" | "POST" | "PUT";
  /** Below `/ipg/v1x/`, as documented; matched without regard to case. */
  readonly path: string;
  /** The listener that serves only this call. */
  readonly listener: IpgV1ListenerName;
  readonly success: { readonly code: IpgV1Code; readonly status: number };
  readonly codes: IpgV1CodeList;
  /** In the order in which they are checked, which is part of the contract. */
  readonly parameters: P;
  /** The parameter with the shortcode of the requesting organisation. */
  readonly organisation: keyof P & string;
  /** The operation's own response fields, besides the code, the ids and the reference. */
  readonly response: Readonly<Record<string, IpgV1ResponseField>>;
  /** Whether responses also have the code as `output_ResultCode`, and its text as `output_ResultDesc`. */
  readonly repeatsCode?: true;
  readonly trigger: IpgV1Trigger;
  handle(call: IpgV1Call<P>): Promise<IpgV1Result>;
}

export interface IpgV1ParameterError {
  readonly code: IpgV1Code;
  readonly reason: string;
}

/** Infers the types of an operation's parameters for its functions. */
export function defineIpgV1Operation<const P extends IpgV1Parameters>(
  definition: IpgV1Operation<P>,
): IpgV1Operation<P> {
  return definition;
}

/** The response field of calls that make or name a payment. */
export const transactionIdField = {
  output_TransactionID: {
    description: "The payment's id on the platform. `N/A` if there is none, or if the payment failed.",
    example: "7m2swkzme9y9",
    failureValue: "N/A",
  },
} as const satisfies Record<string, IpgV1ResponseField>;
