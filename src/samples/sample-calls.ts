/**
 * What a sample does, in no language yet: which calls it makes, in which order, with which parameters.
 *
 * Made from the operations, so a new call or parameter appears in every language. A call that needs something
 * to exist first (a payment to reverse, a mandate to debit) makes that itself, with the answer's fields.
 */
import { markets, type Market } from "../money.ts";
import { c2bMultiStage } from "../protocols/openapi-v2/c2b-multi-stage.ts";
import { c2bSingleStage } from "../protocols/openapi-v2/c2b-single-stage.ts";
import { directDebitCreate } from "../protocols/openapi-v2/direct-debit-create.ts";
import { getSession } from "../protocols/openapi-v2/get-session.ts";
import type { Operation } from "../protocols/openapi-v2/operation.ts";
import { operations } from "../protocols/openapi-v2/operations.ts";
import { organisations, residents } from "../sandbox/town.ts";
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
  readonly says: string | null;
  /** By wire name, in the order of the operation's table. */
  readonly parameters: Readonly<Record<string, Source>>;
}

export interface SampleCall {
  /** The file's name in words: `c2b-single-stage`. */
  readonly name: string;
  readonly title: string;
  readonly describes: string;
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
const valueOf: Readonly<Record<string, ValueName>> = {
  input_CustomerMSISDN: "customer",
  input_Country: "country",
  input_Currency: "currency",
  input_ServiceProviderCode: "organisation",
  input_PrimaryPartyCode: "organisation",
  input_ReceiverPartyCode: "receiver",
};

interface Earlier {
  readonly operation: unknown;
  readonly name: string;
  readonly says: string;
  /** The parameters of the call that the earlier step answers. */
  readonly gives: Readonly<Record<string, string>>;
  /** A parameter that both steps have, and that must say the same. */
  readonly repeats?: string;
}

const mandate: Earlier = {
  operation: directDebitCreate,
  name: "mandate",
  says: "First a mandate that can be used at once: the customer consents to be debited whenever asked.",
  gives: { input_MsisdnToken: "output_MsisdnToken", input_MandateID: "output_MandateID" },
  repeats: "input_ThirdPartyReference",
};

/** What has to be there before a call makes sense. */
const earlier: Readonly<Partial<Record<Operation["product"], Earlier>>> = {
  updateTransactionStatus: {
    operation: c2bMultiStage,
    name: "hold",
    says: "First the customer's money is held.",
    gives: { input_VoucherCode: "output_VoucherCode", input_TransactionID: "output_TransactionID" },
  },
  queryTransactionStatus: {
    operation: c2bSingleStage,
    name: "payment",
    says: "First a payment, so that there is one to ask about.",
    // Our own id of the payment, since that is what is known when no answer came.
    gives: { input_QueryReference: "output_ThirdPartyConversationID" },
  },
  reversal: {
    operation: c2bSingleStage,
    name: "payment",
    says: "First a payment, so that there is one to reverse.",
    gives: { input_TransactionID: "output_TransactionID" },
  },
  directDebitPayment: mandate,
  queryDirectDebit: mandate,
  directDebitCancel: mandate,
};

const says: Readonly<Partial<Record<Operation["product"], string>>> = {
  updateTransactionStatus:
    "Then it is committed. The wire's input_CustomerMSISDN carries the outcome here: 1 commits, 0 releases the money.",
  queryTransactionStatus: "Then the question, by the reference that the payment was sent with.",
  reversal: "Then the reversal. Without input_ReversalAmount it takes back all that is left.",
  directDebitPayment: "Then the debit. The customer is not asked again.",
  queryDirectDebit: "Then the question: what the mandate allows, and whether the customer has this much.",
  directDebitCancel: "Then it is cancelled.",
};

const session: SampleCall = {
  name: "get-session",
  title: getSession.title,
  describes: getSession.describes,
  markets: null,
  defaults: defaultsOf(null),
  steps: [],
};

/** Every call of OpenAPI v2, getSession first. */
export const sampleCalls: readonly SampleCall[] = [session, ...operations.map(sampleOf)];

function sampleOf(operation: Operation): SampleCall {
  const { product, title, describes, markets } = operation;
  const before = earlier[product];
  return {
    name: names[product],
    title,
    describes,
    markets,
    defaults: defaultsOf(markets),
    steps: [...(before === undefined ? [] : [earlierStep(before)]), stepOf(operation, before)],
  };
}

/** The earlier step leaves out what is optional: a mandate without dates can be used today. */
function earlierStep({ operation, name, says }: Earlier): Step {
  const made = operation as Operation;
  const mandatory = Object.entries(made.parameters).filter(([, { mandatory }]) => mandatory);
  return { name, operation: made, says, parameters: Object.fromEntries(mandatory.map(sourceOf)) };
}

function stepOf(operation: Operation, before: Earlier | undefined): Step {
  const parameters = Object.entries(operation.parameters).map(([field, parameter]): [string, Source] => {
    const given = before?.gives[field];
    if (before !== undefined && given !== undefined) return [field, { step: before.name, field: given }];
    const repeated =
      before?.repeats === field ? (before.operation as Operation).parameters[field] : undefined;
    // In the second step of a two-step payment this field is no customer's number.
    if (operation.product === "updateTransactionStatus" && field === "input_CustomerMSISDN")
      return [field, { text: parameter.example }];
    return sourceOf([field, repeated ?? parameter]);
  });
  const own = says[operation.product] ?? null;
  return { name: "answer", operation, says: own, parameters: Object.fromEntries(parameters) };
}

function sourceOf([field, { example }]: [string, { readonly example: string }]): [string, Source] {
  if (field === "input_ThirdPartyConversationID") return [field, { newReference: true }];
  const value = valueOf[field];
  return [field, value === undefined ? { text: example } : { value }];
}

/** A sandbox's own people in the first market that has the call; Tanzania, if all have. */
function defaultsOf(offered: readonly Market[] | null): SampleCall["defaults"] {
  const market = offered?.[0] ?? "vodacomTZN";
  const { country, currency } = markets[market];
  return {
    environment: "sandbox",
    market,
    country,
    currency,
    organisation: organisations[0].shortcode,
    receiver: organisations[1].shortcode,
    customer: residents(market)[0]?.msisdn ?? "",
  };
}

/** The values that a sample's steps use, besides those that every sample begins with. */
export function valuesUsed({ steps }: SampleCall): ValueName[] {
  const used = steps.flatMap(({ parameters }) =>
    Object.values(parameters).flatMap((source) => ("value" in source ? [source.value] : [])),
  );
  return [...new Set(used)];
}
