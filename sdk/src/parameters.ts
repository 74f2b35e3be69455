/** From a request of ours to the wire's parameters: every check that can be made before anything is sent. */
import type { Call } from "./calls.ts";
import { InvalidArgumentError } from "./errors.ts";
import { codes, markets, operations, type ParameterRow } from "./generated/openapi-v2.ts";
import { checkUnknownFields } from "./names.ts";
import { createReference } from "./references.ts";
import type { Environment, Market } from "./requests.ts";

/** What a client knows that a request need not repeat. */
export interface RequestDefaults {
  readonly environment: Environment;
  readonly market: Market;
  readonly serviceProviderCode?: string | undefined;
  readonly responseUrl?: string | undefined;
}

export interface WireRequest {
  readonly reference: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The wire's parameters of a request. Throws `MisuseError`. */
export function buildRequest(call: Call, request: object, defaults: RequestDefaults): WireRequest {
  const { environment, market, serviceProviderCode, responseUrl } = defaults;
  checkUnknownFields("request", request, call.fields);
  const values: Record<string, unknown> = {
    ...request,
    reference: getField(request, "reference") ?? createReference(),
    serviceProviderCode: getField(request, "serviceProviderCode") ?? serviceProviderCode,
    responseUrl: getField(request, "responseUrl") ?? (isQuery(call) ? undefined : responseUrl),
  };

  const rules = operations[call.operation].parameters;
  const parameters: Record<string, string> = { ...marketParameters(rules, market), ...call.fixedParameters };
  for (const [field, { wire, encode }] of Object.entries(call.fields)) {
    const value = values[field];
    const rule = rules[wire];
    if (value === undefined || value === null || value === "") {
      if (rule?.mandatory === true) throw new InvalidArgumentError(field, `${field} is missing.`);
      continue;
    }
    const text = encode(value, { field, environment, market });
    // A scenario's number is exempt from its own expression, and came through its reader only in the sandbox.
    if (rule !== undefined && !(wire === msisdnField && /^0+\d$/.test(text)))
      checkExpression(field, text, rule, market);
    parameters[wire] = text;
  }
  checkCombinations(call, request, parameters);
  return { reference: values["reference"] as string, parameters };
}

/** Whoever asks wants to know now: only a request's own address sends an answer elsewhere. */
const isQuery = ({ operation }: Call): boolean => operations[operation].method === "GET";

const msisdnField = "input_CustomerMSISDN";
const referenceField = "input_ThirdPartyConversationID";

const getField = (request: object, name: string): unknown => (request as Record<string, unknown>)[name];

function marketParameters(
  rules: Readonly<Record<string, ParameterRow>>,
  market: Market,
): Record<string, string> {
  const { country, currency } = markets[market];
  return {
    input_Country: country,
    ...("input_Currency" in rules ? { input_Currency: currency } : {}),
  };
}

function checkExpression(field: string, text: string, rules: ParameterRow, market: Market): void {
  const expression = rules.marketExpressions?.[market] ?? rules.expression;
  if (expression === undefined || expression.test(text)) return;
  const { advice } = codes[rules.code];
  throw new InvalidArgumentError(field, `${field} would be refused with ${rules.code}. ${advice}`);
}

/** What goes together, which no single field can say. */
function checkCombinations(
  { operation, fields }: Call,
  request: object,
  parameters: Record<string, string>,
): void {
  if (Object.hasOwn(fields, "msisdnToken")) {
    const identifier = parameters[msisdnField] ?? parameters["input_MsisdnToken"];
    if (identifier === undefined)
      throw new InvalidArgumentError("msisdn", "msisdn is missing, and so is msisdnToken.");
  }
  if (operation === "reversal" && Object.hasOwn(request, "amount") && !parameters["input_ReversalAmount"]) {
    // A field of a form that was left empty would take all of it back.
    throw new InvalidArgumentError("amount", "amount is empty. To take back all that is left, leave it out.");
  }
  if (
    operation === "queryTransactionStatus" &&
    parameters["input_QueryReference"] === parameters[referenceField]
  ) {
    // Told to a listener, the answer would look like the payment's own, and it is "accepted" of a failed one too.
    throw new InvalidArgumentError(
      "reference",
      "reference is the question's own name and query the payment's: they must differ.",
    );
  }
  if (operation === "queryDirectDebit") {
    parameters["input_QueryBalanceAmount"] =
      parameters["input_BalanceAmount"] === undefined ? "False" : "True";
  }
}
