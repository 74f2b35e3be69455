/**
 * The content of the samples, independent of a language: their calls, in order, with the fields of each.
 *
 * Generated from the operations, so a new call or field appears in every language. A sample for a call with a prerequisite
 * first makes it, and uses fields of that response.
 */
import { toKebabCase } from "../../samples/text.ts";
import { buildExampleRequest } from "../examples.ts";
import type { DarajaField } from "../fields.ts";
import { oauth } from "../oauth.ts";
import type { DarajaOperation } from "../operation.ts";
import { findDarajaOperation, operations } from "../operations.ts";

/** The values at the top of a sample. Those of `sandboxValues` come from `sandbox.json`. */
export const sandboxValues = {
  baseUrl: "url",
  consumerKey: "consumerKey",
  consumerSecret: "consumerSecret",
  shortCode: "shortCode",
  passkey: "passkey",
  initiatorName: "initiatorName",
  securityCredential: "securityCredential",
} as const;

export const literalValues = {
  /** A seeded customer, who approves at once. */
  customer: "254708374149",
  // `registerurl` refuses URLs with words such as mpesa.
  callbackUrl: "https://example.com/payments",
  /** The receipt of a payment that a customer made. */
  receipt: "UA1SG632NM",
} as const;

export type DarajaValueName = keyof typeof sandboxValues | keyof typeof literalValues;

/** Where a value of the request comes from. */
export type BodySource =
  | { readonly json: unknown }
  /** One of the values at the top of the file. */
  | { readonly value: DarajaValueName }
  /** A new id in every run. */
  | { readonly newReference: true }
  /** The time in Nairobi, and the password that is made with it. */
  | { readonly stk: "timestamp" | "password" }
  /** A field of an earlier step's response. */
  | { readonly step: string; readonly field: string };

/** The body of a request. */
export type Tree =
  BodySource | { readonly object: Readonly<Record<string, Tree>> } | { readonly list: readonly Tree[] };

export interface DarajaSampleStep {
  /** The name of the variable with the response. */
  readonly name: string;
  readonly operation: DarajaOperation;
  /** The comment before this step, in sentences. */
  readonly comment: string | null;
  /** The fields of the request, in the order of the operation's table; for a list of requests, those of the first. */
  readonly body: Tree;
}

export interface DarajaSampleCall {
  /** The file's name without extension: `stk-push`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Empty for OAuth, which every sample calls first. */
  readonly steps: readonly DarajaSampleStep[];
}

interface Prerequisite {
  readonly operation: string;
  readonly name: string;
  readonly comment: string;
  /** The comment before the call itself. */
  readonly nextComment: string;
  /** The fields of the call that come from fields of this step's response. */
  readonly provides: Readonly<Record<string, string>>;
  /** The fields of the call that are left out. */
  readonly omits: readonly string[];
}

const prerequisites: Readonly<Record<string, Prerequisite>> = {
  stkQuery: {
    operation: "stkPush",
    name: "push",
    comment: "First, prompt a customer.",
    nextComment: "Then, query the push. Its ResultCode is 4999 until the customer has answered.",
    provides: { CheckoutRequestID: "CheckoutRequestID" },
    omits: [],
  },
  transactionStatus: {
    operation: "b2cV3",
    name: "payout",
    comment: "First, pay a customer.",
    nextComment: "Then, query the payment by the id that it was sent with. The result goes to the ResultURL.",
    provides: { OriginalConversationID: "OriginatorConversationID" },
    omits: ["TransactionID"],
  },
};

/** Fields that are new in every run. */
const referenceFields: ReadonlySet<string> = new Set([
  "OriginatorConversationID",
  "RequestRefID",
  "header.requestID",
  "StandingOrderName",
]);

const valuesByField: Readonly<Record<string, DarajaValueName>> = {
  Initiator: "initiatorName",
  InitiatorName: "initiatorName",
  SecurityCredential: "securityCredential",
};

const oauthSample: DarajaSampleCall = {
  name: "oauth",
  title: oauth.title,
  description: oauth.description,
  steps: [],
};

/** Every call of Daraja, OAuth first. */
export const sampleCalls: readonly DarajaSampleCall[] = [oauthSample, ...operations.map(toSample)];

function toSample(operation: DarajaOperation): DarajaSampleCall {
  const { name, title, description } = operation;
  const prerequisite = prerequisites[name];
  return {
    name: toKebabCase(name),
    title,
    description,
    steps: [
      ...(prerequisite === undefined ? [] : [toPrerequisiteStep(prerequisite)]),
      {
        name: "answer",
        operation,
        comment: prerequisite?.nextComment ?? null,
        body: buildBody(operation, prerequisite),
      },
    ],
  };
}

function toPrerequisiteStep({ operation: operationName, name, comment }: Prerequisite): DarajaSampleStep {
  const operation = findDarajaOperation(operationName);
  return { name, operation, comment, body: buildBody(operation, undefined) };
}

function buildBody(operation: DarajaOperation, prerequisite: Prerequisite | undefined): Tree {
  const fields = Object.fromEntries(
    Object.entries(operation.fields).filter(([name]) => prerequisite?.omits.includes(name) !== true),
  );
  const build = (example: unknown, path: string): Tree => {
    const field = fields[path];
    if (field !== undefined) return toSource(operation, path, field, prerequisite);
    // An object whose fields have rows of their own.
    const inner = Object.entries(example as Readonly<Record<string, unknown>>);
    return {
      object: Object.fromEntries(inner.map(([name, value]) => [name, build(value, `${path}.${name}`)])),
    };
  };
  const request = Object.entries(buildExampleRequest({ fields }));
  const object: Tree = {
    object: Object.fromEntries(request.map(([name, value]) => [name, build(value, name)])),
  };
  return operation.body === "list" ? { list: [object] } : object;
}

function toSource(
  operation: DarajaOperation,
  name: string,
  { example, personal, schema }: DarajaField,
  prerequisite: Prerequisite | undefined,
): Tree {
  const provided = prerequisite?.provides[name];
  if (prerequisite !== undefined && provided !== undefined)
    return { step: prerequisite.name, field: provided };
  const isStk = "Password" in operation.fields;
  if (isStk && (name === "Timestamp" || name === "Password"))
    return { stk: name === "Timestamp" ? "timestamp" : "password" };
  if (name === "externalReference") return { json: toInvoiceReference(operation) };
  if (referenceFields.has(name)) return { newReference: true };
  const value = valuesByField[name];
  if (value !== undefined) return { value };
  if (personal === true || name === "body.msisdn") return { value: "customer" };
  if (name === operation.organisation || (isStk && name === "PartyB")) return { value: "shortCode" };
  if ("format" in schema && schema.format === "uri") return { value: "callbackUrl" };
  if (operation.name === "reversal" && name === "TransactionID") return { value: "receipt" };
  return toTree(example);
}

/** The samples that change or cancel invoices name those that the samples before them created. */
function toInvoiceReference({ body }: DarajaOperation): string {
  return body === "list" ? "INV-2026-002" : "INV-2026-001";
}

/** A JSON value as a tree, so that each language writes its objects and lists itself. */
function toTree(value: unknown): Tree {
  if (Array.isArray(value)) return { list: value.map(toTree) };
  if (typeof value === "object" && value !== null)
    return {
      object: Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, toTree(inner)])),
    };
  return { json: value };
}

/** The values that a sample uses, in the order of their declarations. */
export function listUsedValues({ steps }: DarajaSampleCall): DarajaValueName[] {
  const sources = steps.flatMap(({ body }) => listSources(body));
  const used = new Set<DarajaValueName>(["baseUrl", "consumerKey", "consumerSecret"]);
  for (const source of sources) {
    if ("value" in source) used.add(source.value);
    if ("stk" in source) used.add("passkey").add("shortCode");
  }
  const order = [...Object.keys(sandboxValues), ...Object.keys(literalValues)] as DarajaValueName[];
  return order.filter((name) => used.has(name));
}

/** Every value of a request. */
export function listSources(tree: Tree): BodySource[] {
  if ("object" in tree) return Object.values(tree.object).flatMap(listSources);
  if ("list" in tree) return tree.list.flatMap(listSources);
  return [tree];
}

/** Whether a sample makes STK passwords, or new references. */
export const usesSource = ({ steps }: DarajaSampleCall, kind: "stk" | "newReference"): boolean =>
  steps.some(({ body }) => listSources(body).some((source) => kind in source));
