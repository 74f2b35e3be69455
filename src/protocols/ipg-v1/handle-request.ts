/**
 * Turns a request into its response, in the documented order of checks (docs/protocols/ipg-v1.md):
 *
 * authentication; a fault that a test asked for; product enabled; usage hours; body; missing parameters; each parameter in the order of the call's table;
 * then what the use-case checks (initiator, duplicate, limits, trigger, parties, balance).
 */
import { localTime } from "../../core/clock.ts";
import type { Id } from "../../core/ids.ts";
import { markets, type Environment } from "../../core/markets.ts";
import { railFor, type Rail } from "../../core/rails.ts";
import { resolveResultUrl, type Application } from "../../developers/applications.ts";
import { DatabaseUnavailable } from "../../payments/engine/database-unavailable.ts";
import type { Caller, PaymentRequest } from "../../payments/instruction.ts";
import { isWithinUsageHours, type PaymentLimits } from "../../payments/limits.ts";
import { refusals } from "../../payments/refusals.ts";
import { createSimulation } from "../../sandbox/scenarios.ts";
import { BearerQueueFull } from "../ipg/decryption-queue.ts";
import type { RequestFields } from "../ipg/request-fields.ts";
import { describeUnknownNames } from "../ipg/unknown-names.ts";
import type { RawFields } from "../json-fields.ts";
import {
  authenticationFailures,
  type IpgV1Authenticated,
  type IpgV1Credential,
} from "./authentication/authenticate.ts";
import type { IpgV1Code } from "./codes.ts";
import type { IpgV1Deps } from "./gateway-deps.ts";
import { ipgV1Market, protocolName, resultKind, toUsageSession } from "./names.ts";
import type { IpgV1Call, IpgV1Operation, IpgV1Parameters, IpgV1Values } from "./operation.ts";
import { takeRequestFault, type IpgV1FaultyResponse } from "./request-faults.ts";
import { failureReply, respondAsync, respondSync, type IpgV1Reply } from "./response.ts";
import { findScenario, type IpgV1Scenario } from "./scenarios.ts";
import { createRawValueGetter, findMisspeltLimit, validateParameters } from "./validate-parameters.ts";

/** An incoming request whose path has already been matched to an operation. */
export interface IpgV1Request {
  readonly environment: Environment;
  readonly authorization: string | undefined;
  readonly origin: string | undefined;
  readonly source: string;
  readonly connection: object | null;
  readonly fields: RequestFields;
  /** Whether the request is a query with its parameters in a body. */
  readonly hasQueryBody: boolean;
}

/** A response, with what the request log records about it. */
export interface IpgV1Response {
  readonly id: Id;
  readonly status: number;
  readonly code: string;
  readonly body: Readonly<Record<string, string>>;
  readonly reason: string;
  readonly application: Application | null;
  readonly credential: IpgV1Credential | null;
  /** The amount of a valid request. */
  readonly amountMinor: bigint | null;
  /** Whether the request made the payment that has its id. */
  readonly madePayment: boolean;
  /** What is sent instead, because a test asked for it. */
  readonly replacement?: IpgV1FaultyResponse;
  /** The internal error, for the server's own log; never sent to the caller. */
  readonly fault?: unknown;
}

export const queryBodyWarning =
  "Warning: the parameters of this query are in a body. M-Pesa's own gateway answers that with 403 and a page: send them in the query string (IPG_V1_STRICT_QUERIES).";

/** Handles one call. Never rejects: an internal error becomes a response, and is returned as `fault` for the log. */
export async function handleIpgV1Request(
  deps: IpgV1Deps,
  operation: IpgV1Operation,
  request: IpgV1Request,
): Promise<IpgV1Response> {
  const id = deps.newId();
  const { environment } = request;
  const notes = request.hasQueryBody ? [queryBodyWarning] : [];
  const state: RequestState = { ...unknownState };
  const respond = ({ responseCode: { code, status, text }, fields, reason }: IpgV1Reply): IpgV1Response => ({
    id,
    status,
    code,
    body: renderBody(deps, operation, request, id, { code, text, fields }),
    reason: [reason, ...notes].join(" "),
    ...state,
  });
  const fail = (code: IpgV1Code, reason: string): IpgV1Response =>
    respond(failureReply(operation, code, reason));

  try {
    const pending = deps.authenticator.authenticate(environment, request);
    const authenticated = pending instanceof Promise ? await pending : pending;
    state.application = authenticated.application;
    state.credential = authenticated.credential;
    if ("failure" in authenticated) {
      const reason = authenticationFailures[authenticated.failure];
      const response = fail("INS-2", reason);
      return { ...response, body: { output_error: reason, ...response.body } };
    }
    // Only its own requests take what a test asked for, not those of strangers.
    const taken = takeRequestFault(deps, environment);
    const replacement = taken === null ? null : await taken;
    if (replacement !== null) return toFaultyResponse(id, replacement, state);
    const context = authorise(deps, operation, environment, authenticated);
    if ("code" in context) return fail(context.code, context.reason);
    const { fields } = request.fields;
    notes.push(...describeUnknownNames(operation.parameters, [], fields));
    const getRawValue = createRawValueGetter(operation, fields);
    const validated =
      findMisspeltLimit(operation, fields) ?? validateParameters(operation, request.fields, getRawValue);
    if ("code" in validated) return fail(validated.code, validated.reason);

    const { values } = validated;
    state.amountMinor = findAmount(values);
    const scenario = environment === "sandbox" ? findScenario(operation.trigger, getRawValue) : null;
    if (scenario !== null) notes.push("The request has a trigger.");
    const call = buildCall(deps, operation, id, context, values, scenario, notes);
    const result = await operation.handle(call);
    state.madePayment = "outcome" in result && result.outcome.refusal !== "duplicate";
    const endpoint = call.caller.endpoints?.[resultKind];
    return respond(
      await (endpoint === undefined
        ? respondSync(deps, operation, call, result)
        : respondAsync(deps, operation, call, endpoint, result)),
    );
  } catch (fault) {
    if (fault instanceof BearerQueueFull)
      return fail("INS-16", "Too many bearers are waiting to be decrypted. Try again later.");
    const outcomeUnknown = fault instanceof DatabaseUnavailable && fault.mayHaveCommitted;
    const response = outcomeUnknown
      ? fail(
          "INS-9",
          "The database connection was lost after the payment may have been committed. Query its status.",
        )
      : fail("INS-1", "The platform failed to handle the request. See the server log.");
    return { ...response, fault };
  }
}

/** A request that is not handled. */
export const toFaultyResponse = (
  id: Id,
  replacement: IpgV1FaultyResponse,
  state: RequestState = unknownState,
): IpgV1Response => ({
  id,
  status: replacement.status,
  code: String(replacement.status),
  body: {},
  reason: replacement.reason,
  replacement,
  ...state,
});

const unknownState: Readonly<RequestState> = {
  application: null,
  credential: null,
  amountMinor: null,
  madePayment: false,
};

/** What is known of a request so far. */
interface RequestState {
  application: Application | null;
  credential: IpgV1Credential | null;
  amountMinor: bigint | null;
  madePayment: boolean;
}

const maxEchoLength = 100;

/** The body of a response. The ids and the reference are in every one; the caller's reference is repeated even if it is invalid. */
function renderBody(
  { identifiers }: IpgV1Deps,
  { repeatsCode }: IpgV1Operation,
  { environment, fields: { fields } }: IpgV1Request,
  id: Id,
  reply: { readonly code: IpgV1Code; readonly text: string; readonly fields: IpgV1Reply["fields"] },
): Readonly<Record<string, string>> {
  return {
    output_ConversationID: identifiers[environment].conversationId(id),
    ...reply.fields,
    output_ResponseDesc: reply.text,
    output_ResponseCode: reply.code,
    ...(repeatsCode === true ? { output_ResultDesc: reply.text, output_ResultCode: reply.code } : {}),
    output_ThirdPartyReference: getReference(fields).slice(0, maxEchoLength).toWellFormed(),
  };
}

export const getReference = (fields: RawFields): string => fields.get("input_ThirdPartyReference") ?? "";

const findAmount = (values: Readonly<Record<string, unknown>>): bigint | null => {
  const amount = values["input_Amount"] ?? values["input_ReversalAmount"];
  return typeof amount === "bigint" ? amount : null;
};

interface AuthorisedCall {
  readonly rail: Rail;
  readonly limits: PaymentLimits;
  readonly caller: Caller;
}

/** The application's limits for the call, or the code of the first check that fails. */
function authorise(
  { clocks }: IpgV1Deps,
  { product, method }: IpgV1Operation,
  environment: Environment,
  { application }: IpgV1Authenticated,
): AuthorisedCall | { readonly code: IpgV1Code; readonly reason: string } {
  const limits = application.limitsFor(product, ipgV1Market);
  if (limits === null) return { code: "INS-26", reason: refusals.product_not_enabled.description };
  const { minute } = localTime(clocks[environment].now(), markets[ipgV1Market].timeZone);
  if (!isWithinUsageHours(limits, minute))
    return { code: "INS-26", reason: refusals.outside_usage_hours.description };
  const ownUrl = application.callbackUrl(protocolName, resultKind);
  const url = resolveResultUrl(null, ownUrl, application, method === "GET" ? "query" : "payment");
  const caller: Caller = {
    applicationId: application.id,
    session: toUsageSession(application.id),
    shortcodes: application.shortcodes,
    protocol: protocolName,
    endpoints: url === null ? null : { [resultKind]: url },
  };
  return { rail: railFor(environment, ipgV1Market), limits, caller };
}

function buildCall(
  deps: IpgV1Deps,
  operation: IpgV1Operation,
  id: Id,
  { rail, limits, caller }: AuthorisedCall,
  values: IpgV1Values<IpgV1Parameters>,
  scenario: IpgV1Scenario | null,
  notes: string[],
): IpgV1Call<IpgV1Parameters> {
  const getText = (name: string): string => (values as Readonly<Record<string, unknown>>)[name] as string;
  const request: PaymentRequest = {
    id,
    operation: operation.product,
    caller,
    limits,
    organisation: getText(operation.organisation),
    organisationAccount: "working",
    reference: getText("input_ThirdPartyReference"),
    simulation:
      scenario === null
        ? null
        : createSimulation(scenario.outcome === "accepted" ? "accepted" : scenario.refusal),
  };
  return {
    id,
    rail,
    values,
    request,
    caller,
    scenario,
    payments: deps.payments(rail),
    organisations: deps.organisations(rail),
    identifiers: deps.identifiers[rail.environment],
    note: (sentence) => void notes.push(sentence),
  };
}
