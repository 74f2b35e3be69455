/**
 * The content of the samples, independent of a language: their calls, in order, with parameters.
 *
 * Generated from the operations, so a new call or parameter appears in every language. A sample for a call that needs a
 * payment (to reverse it, or to query it) first makes one, and uses fields of that response.
 */
import {
  mozambicanInitiator,
  mozambicanOrganisations,
  mozambicanSampleCustomer,
} from "../../../sandbox/mozambique-seed-data.ts";
import { toKebabCase } from "../../samples/text.ts";
import type { IpgV1Operation } from "../operation.ts";
import { findOperation, operations } from "../operations.ts";
import type { IpgV1Product } from "../products.ts";

/** The values at the top of every sample. */
export type IpgV1ValueName =
  "gateway" | "apiKey" | "publicKey" | "organisation" | "receiver" | "customer" | "initiator" | "password";

/** Where a parameter's value comes from. */
export type IpgV1Source =
  | { readonly text: string }
  | { readonly value: IpgV1ValueName }
  /** A new reference in every run: 32 letters and digits. */
  | { readonly newReference: true }
  /** A field of the first step's response. */
  | { readonly field: string };

export interface IpgV1SampleStep {
  /** The name of the variable with the response. */
  readonly name: string;
  readonly operation: IpgV1Operation;
  /** The comment before this step, in sentences. */
  readonly comment: string | null;
  /** By wire name, in the order of the operation's table. */
  readonly parameters: Readonly<Record<string, IpgV1Source>>;
}

export interface IpgV1SampleCall {
  /** The file's name without extension: `query-transaction-status`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly steps: readonly IpgV1SampleStep[];
}

/** The default values at the top of the file. The others come from `sandbox.json`. */
export const defaultValues: Readonly<Partial<Record<IpgV1ValueName, string>>> = {
  organisation: mozambicanOrganisations[0].shortcode,
  receiver: mozambicanOrganisations[1].shortcode,
  customer: mozambicanSampleCustomer.msisdn,
  initiator: mozambicanInitiator.username,
  password: mozambicanInitiator.password,
};

const valuesByField: Readonly<Record<string, IpgV1ValueName>> = {
  input_CustomerMSISDN: "customer",
  input_ServiceProviderCode: "organisation",
  input_PrimaryPartyCode: "organisation",
  input_ReceiverPartyCode: "receiver",
  input_InitiatorIdentifier: "initiator",
  input_SecurityCredential: "password",
};

/** The parameters that come from the response to a payment that is made first. */
const providedByPayment: Readonly<Partial<Record<IpgV1Product, Readonly<Record<string, string>>>>> = {
  ipgV1Reversal: { input_TransactionID: "output_TransactionID" },
  // The caller's own id, because that is known even when no response was received.
  ipgV1QueryTransactionStatus: { input_QueryReference: "output_ThirdPartyReference" },
};

const stepComments: Readonly<Partial<Record<IpgV1Product, readonly [first: string, then: string]>>> = {
  ipgV1Reversal: [
    "First, make a payment to reverse.",
    "Then, reverse it. Without input_ReversalAmount, the whole remaining amount is reversed.",
  ],
  ipgV1QueryTransactionStatus: [
    "First, make a payment to query.",
    "Then, query it by the reference that the payment was sent with.",
  ],
};

export const sampleCalls: readonly IpgV1SampleCall[] = operations.map(toSample);

function toSample(operation: IpgV1Operation): IpgV1SampleCall {
  const { product, shortName, title, description } = operation;
  const provided = providedByPayment[product];
  const [firstComment, thenComment] = stepComments[product] ?? [null, null];
  const payment = findOperation("ipgV1C2b");
  return {
    name: toKebabCase(shortName),
    title,
    description,
    steps: [
      ...(provided === undefined ? [] : [toStep("payment", payment, firstComment, {})]),
      toStep("answer", operation, thenComment, provided ?? {}),
    ],
  };
}

function toStep(
  name: string,
  operation: IpgV1Operation,
  comment: string | null,
  provided: Readonly<Record<string, string>>,
): IpgV1SampleStep {
  const mandatory = Object.entries(operation.parameters).filter(([, parameter]) => parameter.mandatory);
  const parameters = mandatory.map(([field, { example }]): [string, IpgV1Source] => {
    const providedField = provided[field];
    return [field, providedField === undefined ? toSource(field, example) : { field: providedField }];
  });
  return { name, operation, comment, parameters: Object.fromEntries(parameters) };
}

function toSource(field: string, example: string): IpgV1Source {
  if (field === "input_ThirdPartyReference") return { newReference: true };
  const value = valuesByField[field];
  return value === undefined ? { text: example } : { value };
}

/** The values that a sample's steps use, besides those in every sample. */
export function listUsedValues({ steps }: IpgV1SampleCall): IpgV1ValueName[] {
  const used = steps.flatMap(({ parameters }) =>
    Object.values(parameters).flatMap((source) => ("value" in source ? [source.value] : [])),
  );
  return [...new Set(used)];
}
