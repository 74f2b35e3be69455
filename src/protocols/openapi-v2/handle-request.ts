/**
 * Turns a request into its response, in the documented order of checks (docs/order-of-checks.md):
 *
 * authentication; market; product enabled; usage hours; missing parameters; each parameter in the
 * order of the call's table; then what the use-case checks (duplicate, limits, scenario, parties, balance).
 */
import { localTime } from "../../core/clock.ts";
import type { Id } from "../../core/ids.ts";
import { markets, type Environment, type Market } from "../../core/markets.ts";
import { railFor, type Rail } from "../../core/rails.ts";
import { DatabaseUnavailable } from "../../payments/engine/database-unavailable.ts";
import type { Caller, PaymentRequest } from "../../payments/instruction.ts";
import type { Payments } from "../../payments/payments.ts";
import { isWithinUsageHours, type PaymentLimits } from "../../payments/limits.ts";
import { refusals } from "../../payments/refusals.ts";
import { BearerQueueFull } from "../ipg/decryption-queue.ts";
import type { RequestFields } from "../ipg/request-fields.ts";
import { describeUnknownNames } from "../ipg/unknown-names.ts";
import type { RawFields } from "../json-fields.ts";
import { resolveResultUrl, type Application } from "../../developers/applications.ts";
import { createSimulation } from "../../sandbox/scenarios.ts";
import { authenticationFailures, type Authenticated } from "./authentication/authenticate.ts";
import type { GatewayDeps } from "./gateway-deps.ts";
import { openapiV2Markets, type OpenapiV2Market } from "./markets.ts";
import { protocolName, resultKind } from "./names.ts";
import { findResponseCode, type Code, type ResponseCode } from "./codes.ts";
import type {
  OperationResult,
  ParameterError,
  ValidatedRequest,
  Operation,
  Parameters,
} from "./operation.ts";
import { queryReference, responseUrl, type Parameter } from "./parameters.ts";
import { respondAsync, respondSync } from "./response.ts";
import { findScenario } from "./scenarios.ts";

/** An incoming request whose path has already been matched to an operation. */
export interface GatewayRequest {
  readonly environment: Environment;
  /** The market as spelled in the path. */
  readonly market: string;
  readonly authorization: string | undefined;
  readonly origin: string | undefined;
  readonly source: string;
  readonly connection: object | null;
  readonly readFields: () => RequestFields;
}

/** A response, with what the request log records about it. */
export interface GatewayResponse {
  readonly id: Id;
  readonly status: number;
  readonly code: Code;
  readonly body: Readonly<Record<string, string>>;
  readonly reason: string;
  readonly market: Market | null;
  readonly application: Application | null;
  /** The credential behind the session, for the request log. */
  readonly credential: { readonly id: bigint; readonly hint: string } | null;
  readonly rawFields: RawFields;
  /** The amount of a valid request. */
  readonly amountMinor?: bigint | null;
  /** Whether the request made the payment that has its id. */
  readonly madePayment?: boolean;
  /** The internal error, for the server's own log; never sent to the caller. */
  readonly fault?: unknown;
}

/** Some documented expressions take quadratic time on text that does not match, so longer text is refused first. */
const maxTextLength = 300;

const maxResponseUrlLength = 2000;

/** Why a request is refused while too many bearers wait. It is no internal error, so the server's log does not have it. */
export const bearerQueueFull = "Too many bearers are waiting to be decrypted. Try again later.";

/** Handles one call. Never rejects: an internal error becomes a response, and is returned as `fault` for the log. */
export async function handleRequest(
  deps: GatewayDeps,
  operation: Operation,
  request: GatewayRequest,
): Promise<GatewayResponse> {
  const id = deps.newId();
  const requestFields = request.readFields();
  const { fields: rawFields } = requestFields;
  let application: Application | null = null;
  let credential: GatewayResponse["credential"] = null;
  let amountMinor: bigint | null = null;
  let madePayment = false;
  const market = findMarket(request.market);

  const buildResponse = (result: ResponseCode, reason: string, fields: object = {}): GatewayResponse => ({
    id,
    status: result.status,
    code: result.code,
    body: {
      output_ResponseCode: result.code,
      output_ResponseDesc: result.text,
      ...fields,
      ...conversationIds(deps, request.environment, id, rawFields),
    },
    reason,
    market,
    application,
    credential,
    rawFields,
    amountMinor,
    madePayment,
  });

  try {
    const pending = deps.authenticator.authenticate(request.environment, request);
    const authentication = pending instanceof Promise ? await pending : pending;
    application = authentication.application ?? null;
    if ("failure" in authentication) {
      const reason = authenticationFailures[authentication.failure];
      const known = { id, rawFields, application, credential: authentication.credential ?? null, market };
      return buildUnauthorisedResponse(deps, request, known, reason);
    }
    credential = authentication.credential;

    const context = authorise(operation, authentication, request.environment, market, (rail) =>
      deps.payments(rail),
    );
    if ("code" in context)
      return buildResponse(findResponseCode(operation.codes, context.code), context.reason);
    const notes = describeUnknownNames(operation.parameters, [responseUrl.name], rawFields);
    const validated = requestFields.error ?? validateParameters(deps, operation, id, context, requestFields);
    if ("code" in validated) {
      const { code, reason } = validated;
      return buildResponse(findResponseCode(operation.codes, code, "INS-21"), [reason, ...notes].join(" "));
    }

    amountMinor = (validated.values as { readonly input_Amount?: bigint }).input_Amount ?? null;
    const result = await operation.handle(validated);
    notes.push(...describeReference(validated.request.reference, result));
    madePayment = "outcome" in result && result.outcome.refusal !== "duplicate";
    const endpoint = validated.caller.endpoints?.[resultKind];
    const reply = await (endpoint === undefined
      ? respondSync(deps, operation, validated, result)
      : respondAsync(deps, operation, validated, endpoint, result));
    return buildResponse(reply.responseCode, [reply.reason, ...notes].join(" "), reply.fields);
  } catch (fault) {
    if (fault instanceof BearerQueueFull)
      return buildResponse(findResponseCode(operation.codes, "INS-1"), bearerQueueFull);
    const outcomeUnknown = fault instanceof DatabaseUnavailable && fault.mayHaveCommitted;
    const response = outcomeUnknown
      ? buildResponse(
          findResponseCode(operation.codes, "INS-9"),
          "The database connection was lost after the payment may have been committed. Query its status.",
        )
      : buildResponse(
          findResponseCode(operation.codes, "INS-1"),
          "The platform failed to handle the request. See the server log.",
        );
    return { ...response, fault };
  }
}

/** Warns of a payment that cannot be queried by its reference, while its sender still looks at the response. */
function describeReference(reference: string, result: OperationResult): string[] {
  if (!("outcome" in result) || result.outcome.refusal !== null) return [];
  if (queryReference.expression?.test(reference) !== false) return [];
  return [
    "queryTransactionStatus does not accept this input_ThirdPartyConversationID: only 1 to 32 letters and digits. Keep the TransactionID, and query the payment by that.",
  ];
}

const exactNames: ReadonlySet<string> = new Set(openapiV2Markets);

/** Markets match without regard to case, as paths do. */
export function findMarket(text: string): OpenapiV2Market | null {
  if (exactNames.has(text)) return text as OpenapiV2Market;
  const lower = text.toLowerCase();
  return openapiV2Markets.find((market) => market.toLowerCase() === lower) ?? null;
}

/** The two ids of every response. The caller's own id is echoed even if it is invalid. */
function conversationIds(deps: GatewayDeps, environment: Environment, id: Id, rawFields: RawFields) {
  return {
    output_ConversationID: deps.identifiers[environment].conversationId(id),
    output_ThirdPartyConversationID: (rawFields.get("input_ThirdPartyConversationID") ?? "")
      .slice(0, 100)
      .toWellFormed(),
  };
}

/**
 * The response when authentication fails. It has both forms that clients know, `output_error` and a code. The
 * code is never `INS-6`, so that a client can distinguish a bad key from a failed payment.
 */
function buildUnauthorisedResponse(
  deps: GatewayDeps,
  request: GatewayRequest,
  {
    id,
    rawFields,
    application,
    credential,
    market,
  }: Pick<GatewayResponse, "id" | "rawFields" | "application" | "credential" | "market">,
  reason: string,
): GatewayResponse {
  return {
    id,
    status: 401,
    code: "INS-989",
    body: {
      output_error: reason,
      output_ResponseCode: "INS-989",
      output_ResponseDesc: reason,
      ...conversationIds(deps, request.environment, id, rawFields),
    },
    reason,
    market,
    application,
    credential,
    rawFields,
  };
}

interface AuthorisedContext {
  readonly rail: Rail;
  readonly limits: PaymentLimits;
  readonly caller: Caller;
  readonly payments: Payments;
  /** The URLs for the call's notifications if the request names this URL, or no URL. */
  readonly resolveEndpoints: (requestedUrl: string | null) => Caller["endpoints"];
}

/** The rail of the path and the application's limits there, or the code of the first check that fails. */
function authorise(
  operation: Operation,
  authentication: Authenticated,
  environment: Environment,
  market: OpenapiV2Market | null,
  paymentsFor: (rail: Rail) => Payments,
): AuthorisedContext | { code: Code; reason: string } {
  if (market === null) return { code: "INS-998", reason: "The path names no known market." };
  if (operation.markets !== null && !operation.markets.includes(market)) {
    return { code: "INS-998", reason: "This call is not available in this market." };
  }
  const { application, session } = authentication;
  const limits = application.limitsFor(operation.product, market);
  if (limits === null) return { code: "INS-997", reason: refusals.product_not_enabled.description };

  const rail = railFor(environment, market);
  const payments = paymentsFor(rail);
  const { minute } = localTime(payments.context.clock.now(), markets[market].timeZone);
  if (!isWithinUsageHours(limits, minute)) {
    return { code: "INS-996", reason: refusals.outside_usage_hours.description };
  }
  const callType = operation.method === "GET" ? "query" : "payment";
  const ownUrl = application.callbackUrl(protocolName, resultKind);
  const resolveEndpoints = (requestedUrl: string | null): Caller["endpoints"] => {
    const url = resolveResultUrl(requestedUrl, ownUrl, application, callType);
    return url === null ? null : { [resultKind]: url };
  };
  const caller: Caller = {
    applicationId: application.id,
    session,
    shortcodes: application.shortcodes,
    protocol: protocolName,
    endpoints: resolveEndpoints(null),
  };
  return { rail, limits, caller, payments, resolveEndpoints };
}

/** Parses and checks the parameters. Returns the code of the first invalid one. */
function validateParameters(
  deps: GatewayDeps,
  operation: Operation,
  id: Id,
  context: AuthorisedContext,
  requestFields: RequestFields,
): ValidatedRequest<Parameters> | ParameterError {
  const { rail, limits, payments } = context;
  const { fields } = requestFields;
  const getRawValue = (name: string): string | undefined => {
    const value = fields.get(name) ?? findAliasValue(operation, name, fields);
    return value === "" ? undefined : value;
  };
  const incomplete = findTwoSpellings(operation, fields) ?? findMissingParameter(operation, getRawValue);
  if (incomplete !== null) return incomplete;

  const sandbox = rail.environment === "sandbox";
  const trigger = sandbox ? findScenario(operation.product, getRawValue) : null;
  const values: Record<string, unknown> = {};
  for (const [name, parameter] of Object.entries(operation.parameters)) {
    const misplaced = findOtherName(operation, name, requestFields);
    if (misplaced !== null) return { code: parameter.code, reason: misplaced };
    const text = getRawValue(name);
    if (text === undefined) {
      if (isRefusedIfEmpty(parameter, name, requestFields))
        return {
          code: parameter.code,
          reason: `${name} is present, but empty. Leave it out, or give it a value.`,
        };
      values[name] = null;
      continue;
    }
    if (text.length > maxTextLength) return { code: parameter.code, reason: `${name} is too long.` };
    const expression = parameter.marketExpressions?.[rail.market] ?? parameter.expression;
    if (trigger?.field !== name && expression !== null && !expression.test(text)) {
      return { code: parameter.code, reason: `${name} does not match ${expression.source}.` };
    }
    const value = parameter.parse(text, rail.market);
    if (value === null) return { code: parameter.code, reason: `${name} has an invalid value.` };
    values[name] = value;
  }
  const requestCaller = resolveCaller(deps, context, getRawValue(responseUrl.name));
  if ("code" in requestCaller) return requestCaller;
  const scenario = trigger?.scenario ?? null;
  const combinedError = operation.validate?.(values as never, { rail, scenario }) ?? null;
  if (combinedError !== null) return combinedError;

  const request: PaymentRequest = {
    id,
    operation: operation.product,
    caller: requestCaller,
    limits,
    organisation: values[operation.organisation] as string,
    organisationAccount: "working",
    reference: values["input_ThirdPartyConversationID"] as string,
    simulation:
      scenario === null
        ? null
        : createSimulation(scenario.outcome === "accepted" ? "accepted" : scenario.refusal),
  };
  const { environment } = rail;
  return {
    id,
    rail,
    values: values as never,
    getRawValue,
    request,
    caller: requestCaller,
    scenario,
    payments,
    identifiers: deps.identifiers[environment],
    tokens: deps.tokens[environment],
  };
}

/** The caller with the callback URL of this request, or the reason why that URL is refused. */
function resolveCaller(
  deps: GatewayDeps,
  { rail: { environment }, caller, resolveEndpoints }: AuthorisedContext,
  requestedUrl: string | undefined,
): Caller | ParameterError {
  if (requestedUrl === undefined) return caller;
  const reason =
    requestedUrl.length > maxResponseUrlLength
      ? `${responseUrl.name} is too long.`
      : deps.validateCallbackUrl(environment, requestedUrl);
  return reason === null
    ? { ...caller, endpoints: resolveEndpoints(requestedUrl) }
    : { code: responseUrl.code, reason };
}

function findAliasValue(operation: Operation, name: string, fields: RawFields): string | undefined {
  const aliases = operation.parameters[name]?.aliases;
  return aliases?.map((alias) => fields.get(alias)).find((value) => value !== undefined);
}

/** Two spellings of one parameter are a duplicate, which no JSON parser would find. */
function findTwoSpellings({ parameters }: Operation, fields: RawFields): ParameterError | null {
  for (const [name, { aliases = [] }] of Object.entries(parameters)) {
    const [first, second] = [name, ...aliases].filter((spelling) => fields.has(spelling));
    if (second !== undefined)
      return { code: "INS-21", reason: `${first} and ${second} are the same parameter: send one of them.` };
  }
  return null;
}

/** A sentence if the request has a parameter under a name that it has elsewhere. */
function findOtherName(
  { otherNames = {} }: Operation,
  name: string,
  { fields, nullNames }: RequestFields,
): string | null {
  const isPresent = (key: string): boolean => fields.has(key) || nullNames.includes(key);
  const other = Object.keys(otherNames).find((key) => otherNames[key] === name && isPresent(key));
  return other === undefined ? null : `This call has no ${other}: the parameter is ${name}.`;
}

function isRefusedIfEmpty(
  { refusedIfEmpty }: Parameter,
  name: string,
  { fields, nullNames }: RequestFields,
): boolean {
  if (refusedIfEmpty === undefined) return false;
  return fields.has(name) || (refusedIfEmpty === "empty or null" && nullNames.includes(name));
}

/** An empty value counts as missing. The operation's own rule runs after the mandatory parameters. */
function findMissingParameter(
  operation: Operation,
  getRawValue: (name: string) => string | undefined,
): ParameterError | null {
  for (const [name, parameter] of Object.entries(operation.parameters)) {
    if (parameter.mandatory && getRawValue(name) === undefined)
      return { code: "INS-20", reason: `${name} is missing.` };
  }
  return operation.checkMissing?.(getRawValue) ?? null;
}
