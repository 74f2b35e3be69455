/** From a request of ours to the wire's parameters: every check that can be made before anything is sent. */
import type { Call } from "./calls.ts";
import { MisuseError } from "./errors.ts";
import { codes, markets, operations, type ParameterRow } from "./generated/openapi-v2.ts";
import { newReference } from "./references.ts";
import type { Environment, Market } from "./requests.ts";

/** What a client knows that a request need not repeat. */
export interface Defaults {
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
export function wireRequest(call: Call, request: object, defaults: Defaults): WireRequest {
  const { environment, market, serviceProviderCode, responseUrl } = defaults;
  const given: Record<string, unknown> = {
    ...request,
    reference: presentIn(request, "reference") ?? newReference(),
    serviceProviderCode: presentIn(request, "serviceProviderCode") ?? serviceProviderCode,
    responseUrl: presentIn(request, "responseUrl") ?? (isQuestion(call) ? undefined : responseUrl),
  };
  refuseUnknown(call, given);

  const rules = operations[call.operation].parameters;
  const parameters: Record<string, string> = { ...placeOf(rules, market), ...call.always };
  for (const [field, { wire, read }] of Object.entries(call.fields)) {
    const value = given[field];
    const rule = rules[wire];
    if (value === undefined || value === null || value === "") {
      if (rule?.mandatory === true) throw new MisuseError(field, `${field} is missing.`);
      continue;
    }
    const text = read(value, { field, environment, market });
    // A scenario's number is exempt from its own expression, and came through its reader only in the sandbox.
    if (rule !== undefined && !(wire === msisdnField && /^0+\d$/.test(text)))
      check(field, text, rule, market);
    parameters[wire] = text;
  }
  alsoNeeded(call, parameters);
  return { reference: given["reference"] as string, parameters };
}

/** Whoever asks wants to know now: only a request's own address sends an answer elsewhere. */
const isQuestion = ({ operation }: Call): boolean => operations[operation].method === "GET";

const msisdnField = "input_CustomerMSISDN";

const presentIn = (request: object, name: string): unknown => (request as Record<string, unknown>)[name];

/** A misspelt field would be forgotten in silence; of a reference that would be a second payment. */
function refuseUnknown(call: Call, given: object): void {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(call.fields, name));
  if (unknown === undefined) return;
  const known = Object.keys(call.fields).join(", ");
  throw new MisuseError(
    unknown,
    `There is no field ${JSON.stringify(unknown.slice(0, 40))}; there are ${known}.`,
  );
}

function placeOf(rules: Readonly<Record<string, ParameterRow>>, market: Market): Record<string, string> {
  const { country, currency } = markets[market];
  return {
    input_Country: country,
    ...("input_Currency" in rules ? { input_Currency: currency } : {}),
  };
}

function check(field: string, text: string, rules: ParameterRow, market: Market): void {
  const expression = rules.expressionIn?.[market] ?? rules.expression;
  if (expression === undefined || expression.test(text)) return;
  const { advice } = codes[rules.code];
  throw new MisuseError(field, `${field} would be refused with ${rules.code}. ${advice}`);
}

/** What goes together, which no single field can say. */
function alsoNeeded({ operation, fields }: Call, parameters: Record<string, string>): void {
  if (Object.hasOwn(fields, "msisdnToken")) {
    const named = parameters[msisdnField] ?? parameters["input_MsisdnToken"];
    if (named === undefined) throw new MisuseError("msisdn", "msisdn is missing, and so is msisdnToken.");
  }
  if (operation === "queryDirectDebit") {
    parameters["input_QueryBalanceAmount"] =
      parameters["input_BalanceAmount"] === undefined ? "False" : "True";
  }
}
