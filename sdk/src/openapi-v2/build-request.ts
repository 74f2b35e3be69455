/** Builds the wire parameters of a request, and makes every check that is possible before sending. */
import type { Call } from "./operations.ts";
import { InvalidArgumentError } from "../errors.ts";
import { codes, markets, operations, type ParameterRow } from "./generated.ts";
import { checkUnknownFields } from "../check-unknown-fields.ts";
import { createReference } from "../references.ts";
import type { Environment, Market } from "./requests.ts";

/** The client's settings that apply to each request. */
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

/** Throws `InvalidArgumentError`. */
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
    // A scenario number need not match the expression. The encoder accepts it only in the sandbox.
    if (rule !== undefined && !(wire === msisdnField && /^0+\d$/.test(text)))
      checkExpression(field, text, rule, market);
    parameters[wire] = text;
  }
  checkCombinations(call, request, parameters);
  return { reference: values["reference"] as string, parameters };
}

/** The result of a query belongs into the response, so the client's callback URL does not apply to queries. */
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
  throw new InvalidArgumentError(
    field,
    `${field} is invalid; M-Pesa would refuse it with ${rules.code}. ${advice}`,
  );
}

/** Checks rules that involve more than one field. */
function checkCombinations(
  { operation, fields }: Call,
  request: object,
  parameters: Record<string, string>,
): void {
  if (Object.hasOwn(fields, "msisdnToken")) {
    const identifier = parameters[msisdnField] ?? parameters["input_MsisdnToken"];
    if (identifier === undefined)
      throw new InvalidArgumentError("msisdn", "msisdn or msisdnToken is required.");
  }
  if (operation === "reversal" && Object.hasOwn(request, "amount") && !parameters["input_ReversalAmount"]) {
    // An empty form field would otherwise reverse the whole payment.
    throw new InvalidArgumentError("amount", "amount is empty. Omit it to reverse all that is left.");
  }
  if (
    operation === "queryTransactionStatus" &&
    parameters["input_QueryReference"] === parameters[referenceField]
  ) {
    // In a callback, the query's result would look like the payment's, and a query of a failed payment is "accepted".
    throw new InvalidArgumentError(
      "reference",
      "reference identifies the query and query identifies the payment: they must differ.",
    );
  }
  if (operation === "queryDirectDebit") {
    parameters["input_QueryBalanceAmount"] =
      parameters["input_BalanceAmount"] === undefined ? "False" : "True";
  }
}
