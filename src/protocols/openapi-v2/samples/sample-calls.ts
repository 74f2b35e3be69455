/**
 * What a sample does, in no language yet: which calls it makes, in which order, with which parameters.
 *
 * Made from the operations, so a new call or parameter appears in every language. A call that needs something
 * to exist first (a payment to reverse, a mandate to debit) makes that itself, with the answer's fields.
 */
import { markets, type Market } from "../../../core/money.ts";
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
  /** A new one with every run, 32 letters and digits. */
  | { readonly newReference: true }
  /** A field of an earlier step's answer. */
  | { readonly step: string; readonly field: string };

export interface Step {
  /** How the sample calls the answer. */
  readonly name: string;
  readonly operation: Operation;
  /** What a reader wants to know before this step; plain sentences. */
  readonly comment: string | null;
  /** By wire name, in the order of the operation's table. */
  readonly parameters: Readonly<Record<string, Source>>;
}

export interface SampleCall {
  /** The file's name in words: `c2b-single-stage`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Null is every market. */
  readonly markets: readonly Market[] | null;
  /** What the values at the top are as long as nobody fills others in. */
  readonly defaults: Readonly<Record<Exclude<ValueName, "gateway" | "apiKey" | "publicKey">, string>>;
  /** None for getSession, which every sample begins with. */
  readonly steps: readonly Step[];
}

/** What the files are called. */
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

/** Parameters that carry one of the values at the top. All others carry their example. */
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
  /** The parameters of the call that the earlier step answers. */
  readonly provides: Readonly<Record<string, string>>;
  /** A parameter that both steps have, and that must say the same. */
  readonly sharedParameter?: string;
}

const mandatePrerequisite: Prerequisite = {
  operation: directDebitCreate,
  name: "mandate",
  comment: "First a mandate that can be used at once: the customer consents to be debited whenever asked.",
  provides: { input_MsisdnToken: "output_MsisdnToken", input_MandateID: "output_MandateID" },
  sharedParameter: "input_ThirdPartyReference",
};

/** What has to be there before a call makes sense. */
const prerequisites: Readonly<Partial<Record<Operation["product"], Prerequisite>>> = {
  updateTransactionStatus: {
    operation: c2bMultiStage,
    name: "hold",
    comment: "First the customer's money is held.",
    provides: { input_VoucherCode: "output_VoucherCode", input_TransactionID: "output_TransactionID" },
  },
  queryTransactionStatus: {
    operation: c2bSingleStage,
    name: "payment",
    comment: "First a payment, so that there is one to ask about.",
    // Our own id of the payment, since that is what is known when no answer came.
    provides: { input_QueryReference: "output_ThirdPartyConversationID" },
  },
  reversal: {
    operation: c2bSingleStage,
    name: "payment",
    comment: "First a payment, so that there is one to reverse.",
    provides: { input_TransactionID: "output_TransactionID" },
  },
  directDebitPayment: mandatePrerequisite,
  queryDirectDebit: mandatePrerequisite,
  directDebitCancel: mandatePrerequisite,
};

const stepComments: Readonly<Partial<Record<Operation["product"], string>>> = {
  updateTransactionStatus:
    "Then it is committed. The wire's input_CustomerMSISDN carries the outcome here: 1 commits, 0 releases the money.",
  queryTransactionStatus: "Then the question, by the reference that the payment was sent with.",
  reversal: "Then the reversal. Without input_ReversalAmount it takes back all that is left.",
  directDebitPayment: "Then the debit. The customer is not asked again.",
  queryDirectDebit: "Then the question: what the mandate allows, and whether the customer has this much.",
  directDebitCancel: "Then it is cancelled.",
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

/** The earlier step leaves out what is optional: a mandate without dates can be used today. */
function toPrerequisiteStep({ operation, name, comment }: Prerequisite): Step {
  const typedOperation = operation as Operation;
  const mandatory = Object.entries(typedOperation.parameters).filter(([, { mandatory }]) => mandatory);
  return {
    name,
    operation: typedOperation,
    comment,
    parameters: Object.fromEntries(mandatory.map(toSource)),
  };
}

function toStep(operation: Operation, prerequisite: Prerequisite | undefined): Step {
  const parameters = Object.entries(operation.parameters).map(([field, parameter]): [string, Source] => {
    const providedField = prerequisite?.provides[field];
    if (prerequisite !== undefined && providedField !== undefined)
      return [field, { step: prerequisite.name, field: providedField }];
    const shared =
      prerequisite?.sharedParameter === field
        ? (prerequisite.operation as Operation).parameters[field]
        : undefined;
    // In the second step of a two-step payment this field is no customer's number.
    if (operation.product === "updateTransactionStatus" && field === "input_CustomerMSISDN")
      return [field, { text: parameter.example }];
    return toSource([field, shared ?? parameter]);
  });
  const comment = stepComments[operation.product] ?? null;
  return { name: "answer", operation, comment, parameters: Object.fromEntries(parameters) };
}

function toSource([field, { example }]: [string, { readonly example: string }]): [string, Source] {
  if (field === "input_ThirdPartyConversationID") return [field, { newReference: true }];
  const value = valuesByField[field];
  return [field, value === undefined ? { text: example } : { value }];
}

/** A sandbox's own people in the first market that has the call; Tanzania, if all have. */
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

/** The values that a sample's steps use, besides those that every sample begins with. */
export function listUsedValues({ steps }: SampleCall): ValueName[] {
  const used = steps.flatMap(({ parameters }) =>
    Object.values(parameters).flatMap((source) => ("value" in source ? [source.value] : [])),
  );
  return [...new Set(used)];
}
