/**
 * The content of the samples, independent of a language: their calls, in order, with parameters.
 *
 * Generated from the operations, so a new call or parameter appears in every language. A sample for a call with a
 * prerequisite (a payment to reverse, a mandate to debit) first creates it, and uses fields of that response.
 */
import { markets, type Market } from "../../../core/markets.ts";
import { c2bMultiStage } from "../operations/c2b-multi-stage.ts";
import { c2bSingleStage } from "../operations/c2b-single-stage.ts";
import { directDebitCreate } from "../operations/direct-debit-create.ts";
import { getSession } from "../operations/get-session.ts";
import type { Operation } from "../operation.ts";
import { operations } from "../operations.ts";
import { organisations, seedCustomers } from "../../../sandbox/seed-data.ts";
import type { ValueName } from "./values.ts";

/** Where a parameter's value comes from. */
export type Source =
  | { readonly text: string }
  /** One of the values at the top of the file. */
  | { readonly value: ValueName }
  /** A new reference in every run: 32 letters and digits. */
  | { readonly newReference: true }
  /** The mandate's reference: new in every run, and the same in all steps of it. */
  | { readonly mandateReference: true }
  /** A field of an earlier step's response. */
  | { readonly step: string; readonly field: string };

export interface SampleStep {
  /** The name of the variable with the response. */
  readonly name: string;
  readonly operation: Operation;
  /** The comment before this step, in sentences. */
  readonly comment: string | null;
  /** By wire name, in the order of the operation's table. */
  readonly parameters: Readonly<Record<string, Source>>;
}

export interface SampleCall {
  /** The file's name without extension: `c2b-single-stage`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Null is every market. */
  readonly markets: readonly Market[] | null;
  /** The default values at the top of the file. */
  readonly defaults: Readonly<Record<Exclude<ValueName, "gateway" | "apiKey" | "publicKey">, string>>;
  /** Empty for getSession, which every sample calls first. */
  readonly steps: readonly SampleStep[];
}

/** The file names. */
const names: Readonly<Record<Operation["product"], string>> = {
  c2bSingle: "c2b-single-stage",
  c2bMultiStage: "c2b-multi-stage",
  updateTransactionStatus: "update-transaction-status",
  b2c: "b2c",
  b2b: "b2b",
  queryTransactionStatus: "query-transaction-status",
  directDebitCreate: "direct-debit-create",
  directDebitPayment: "direct-debit-payment",
  queryDirectDebit: "query-direct-debit",
  directDebitCancel: "direct-debit-cancel",
  queryBeneficiaryName: "query-beneficiary-name",
  reversal: "reversal",
};

/** Parameters that use one of the values at the top. All others use their example. */
const valuesByField: Readonly<Record<string, ValueName>> = {
  input_CustomerMSISDN: "customer",
  input_Country: "country",
  input_Currency: "currency",
  input_ServiceProviderCode: "organisation",
  input_PrimaryPartyCode: "organisation",
  input_ReceiverPartyCode: "receiver",
};

interface Prerequisite {
  readonly operation: unknown;
  readonly name: string;
  readonly comment: string;
  /** The parameters of the call that come from fields of this step's response. */
  readonly provides: Readonly<Record<string, string>>;
}

const mandatePrerequisite: Prerequisite = {
  operation: directDebitCreate,
  name: "mandate",
  comment: "First, create a mandate that is valid at once, for debits on demand.",
  provides: { input_MsisdnToken: "output_MsisdnToken", input_MandateID: "output_MandateID" },
};

/** The prerequisite of a call, where it has one. */
const prerequisites: Readonly<Partial<Record<Operation["product"], Prerequisite>>> = {
  updateTransactionStatus: {
    operation: c2bMultiStage,
    name: "hold",
    comment: "First, hold the customer's money.",
    provides: { input_VoucherCode: "output_VoucherCode", input_TransactionID: "output_TransactionID" },
  },
  queryTransactionStatus: {
    operation: c2bSingleStage,
    name: "payment",
    comment: "First, make a payment to query.",
    // The caller's own id, because that is known even when no response was received.
    provides: { input_QueryReference: "output_ThirdPartyConversationID" },
  },
  reversal: {
    operation: c2bSingleStage,
    name: "payment",
    comment: "First, make a payment to reverse.",
    provides: { input_TransactionID: "output_TransactionID" },
  },
  directDebitPayment: mandatePrerequisite,
  queryDirectDebit: mandatePrerequisite,
  directDebitCancel: mandatePrerequisite,
};

const stepComments: Readonly<Partial<Record<Operation["product"], string>>> = {
  updateTransactionStatus:
    "Then, commit it. Here the field input_CustomerMSISDN has no MSISDN: 1 commits, 0 releases the money.",
  queryTransactionStatus: "Then, query it by the reference that the payment was sent with.",
  reversal: "Then, reverse it. Without input_ReversalAmount, the whole remaining amount is reversed.",
  directDebitPayment: "Then, debit the customer. The customer gets no new prompt.",
  queryDirectDebit: "Then, query the mandate's terms, and whether the customer's balance covers this amount.",
  directDebitCancel: "Then, cancel it.",
};

const sessionSample: SampleCall = {
  name: "get-session",
  title: getSession.title,
  description: getSession.description,
  markets: null,
  defaults: getDefaults(null),
  steps: [],
};

/** Every call of OpenAPI v2, getSession first. */
export const sampleCalls: readonly SampleCall[] = [sessionSample, ...operations.map(toSample)];

function toSample(operation: Operation): SampleCall {
  const { product, title, description, markets } = operation;
  const prerequisite = prerequisites[product];
  return {
    name: names[product],
    title,
    description,
    markets,
    defaults: getDefaults(markets),
    steps: [
      ...(prerequisite === undefined ? [] : [toPrerequisiteStep(prerequisite)]),
      toStep(operation, prerequisite),
    ],
  };
}

/** The prerequisite step omits optional parameters: a mandate without dates is valid today. */
function toPrerequisiteStep({ operation, name, comment }: Prerequisite): SampleStep {
  const typedOperation = operation as Operation;
  const mandatory = Object.entries(typedOperation.parameters).filter(([, { mandatory }]) => mandatory);
  return {
    name,
    operation: typedOperation,
    comment,
    parameters: Object.fromEntries(mandatory.map(toSource)),
  };
}

function toStep(operation: Operation, prerequisite: Prerequisite | undefined): SampleStep {
  const parameters = Object.entries(operation.parameters).map(([field, parameter]): [string, Source] => {
    const providedField = prerequisite?.provides[field];
    if (prerequisite !== undefined && providedField !== undefined)
      return [field, { step: prerequisite.name, field: providedField }];
    // In the second step of a two-step payment this field is not an MSISDN.
    if (operation.product === "updateTransactionStatus" && field === "input_CustomerMSISDN")
      return [field, { text: parameter.example }];
    return toSource([field, parameter]);
  });
  const comment = stepComments[operation.product] ?? null;
  return { name: "answer", operation, comment, parameters: Object.fromEntries(parameters) };
}

function toSource([field, { example }]: [string, { readonly example: string }]): [string, Source] {
  if (field === "input_ThirdPartyConversationID") return [field, { newReference: true }];
  if (field === "input_ThirdPartyReference") return [field, { mandateReference: true }];
  const value = valuesByField[field];
  return [field, value === undefined ? { text: example } : { value }];
}

/** The sandbox's seed data of the first market that has the call, or of Tanzania if all markets have it. */
function getDefaults(offeredMarkets: readonly Market[] | null): SampleCall["defaults"] {
  const market = offeredMarkets?.[0] ?? "vodacomTZN";
  const { country, currency } = markets[market];
  return {
    environment: "sandbox",
    market,
    country,
    currency,
    organisation: organisations[0].shortcode,
    receiver: organisations[1].shortcode,
    customer: seedCustomers(market)[0]?.msisdn ?? "",
  };
}

/** The values that a sample's steps use, besides those in every sample. */
export function listUsedValues({ steps }: SampleCall): ValueName[] {
  const used = steps.flatMap(({ parameters }) =>
    Object.values(parameters).flatMap((source) => ("value" in source ? [source.value] : [])),
  );
  return [...new Set(used)];
}
