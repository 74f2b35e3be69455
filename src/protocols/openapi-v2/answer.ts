/**
 * From a request to its answer, in the documented order of checks (docs/order-of-checks.md):
 *
 * authentication; market; product enabled; usage hours; missing parameters; each parameter in the
 * order of the call's table; then what the use-case checks (duplicate, limits, scenario, parties, balance).
 */
import { localTime } from "../../clock.ts";
import type { Id } from "../../ids.ts";
import {
  marketNames,
  markets,
  rail as railOf,
  type Environment,
  type Market,
  type Rail,
} from "../../money.ts";
import { StoreUnreachable } from "../../payments/lanes.ts";
import type { Caller, Request } from "../../payments/order.ts";
import type { Payments } from "../../payments/payments.ts";
import { withinUsageHours, type Scope } from "../../payments/products.ts";
import { refusals } from "../../payments/refusals.ts";
import { NotAnObject, type RawFields } from "../fields.ts";
import type { Admission, CallingApplication, ProtocolDeps } from "../route.ts";
import { codeAnswer, type Code, type CodeAnswer } from "./codes.ts";
import type { Asked, Operation, Parameters } from "./operation.ts";
import { responseUrl } from "./parameters.ts";
import { answerLater, answerNow } from "./reply.ts";
import { scenarioOf } from "./scenarios.ts";

/** A request as it arrived, with its path already matched to an operation. */
export interface Arrived {
  readonly environment: Environment;
  /** The market as the path spells it. */
  readonly market: string;
  readonly authorization: string | undefined;
  readonly origin: string | undefined;
  readonly source: string;
  /** The parameters of query string and body; throws `NotAnObject`. */
  readonly fields: () => RawFields;
}

/** An answer, and what the request log wants to know about it. */
export interface Answered {
  readonly id: Id;
  readonly status: number;
  readonly code: Code;
  readonly body: Readonly<Record<string, string>>;
  readonly because: string;
  readonly market: Market | null;
  readonly application: CallingApplication | null;
  readonly sent: RawFields;
  /** What went wrong inside, for our own log; never for the caller. */
  readonly fault?: unknown;
}

/** Longer than any parameter may be. Some documented expressions take quadratic time on what does not match. */
const textLengthMax = 300;

const responseUrlLengthMax = 2000;

export const protocolName = "openapi-v2";

const nothing: RawFields = new Map();

/** Answers one call. Never rejects: a fault becomes the call's answer for it, and is handed over. */
export async function answer(deps: ProtocolDeps, operation: Operation, arrived: Arrived): Promise<Answered> {
  const id = deps.newId();
  const fields = readFields(arrived);
  const sent = fields ?? nothing;
  let application: CallingApplication | null = null;
  const market = findMarket(arrived.market);

  const say = (result: CodeAnswer, because: string, fields: object = {}): Answered => ({
    id,
    status: result.status,
    code: result.code,
    body: {
      output_ResponseCode: result.code,
      output_ResponseDesc: result.text,
      ...fields,
      ...conversation(deps, arrived.environment, id, sent),
    },
    because,
    market,
    application,
    sent,
  });

  try {
    const admitted = deps.admit(arrived.environment, arrived);
    const admission = admitted instanceof Promise ? await admitted : admitted;
    application = admission.application ?? null;
    if ("refusedBecause" in admission) return unauthorised(deps, arrived, id, sent, admission, market);

    const place = checkPlace(operation, admission, arrived.environment, market, (rail) =>
      deps.payments(rail),
    );
    if ("code" in place) return say(codeAnswer(operation.codes, place.code), place.because);
    if (fields === null) return say(codeAnswer(operation.codes, "INS-21"), "The body is no JSON object.");

    const asked = readAsked(deps, operation, id, place, fields);
    if ("code" in asked) return say(codeAnswer(operation.codes, asked.code, "INS-21"), asked.because);

    const result = await operation.handle(asked);
    const reply = await (asked.caller.responseUrl === null
      ? answerNow(deps, operation, asked, result)
      : answerLater(deps, operation, asked, asked.caller.responseUrl, result));
    return say(reply.answer, reply.because, reply.fields);
  } catch (fault) {
    const unknown = fault instanceof StoreUnreachable && fault.mayHaveCommitted;
    const answered = unknown
      ? say(
          codeAnswer(operation.codes, "INS-9"),
          "The database went away at the wrong moment: query the payment.",
        )
      : say(codeAnswer(operation.codes, "INS-1"), "The platform cannot do this at the moment.");
    return { ...answered, fault };
  }
}

function readFields(arrived: Arrived): RawFields | null {
  try {
    return arrived.fields();
  } catch (error) {
    if (error instanceof NotAnObject) return null;
    throw error;
  }
}

/** Markets are matched like paths, without regard to case. */
export function findMarket(text: string): Market | null {
  if (Object.hasOwn(markets, text)) return text as Market;
  const lower = text.toLowerCase();
  return marketNames.find((market) => market.toLowerCase() === lower) ?? null;
}

/** Both ids that every answer carries; the caller's own is echoed even if it is not acceptable. */
function conversation(deps: ProtocolDeps, environment: Environment, id: Id, sent: RawFields) {
  return {
    output_ConversationID: deps.wire[environment].conversationId(id),
    output_ThirdPartyConversationID: (sent.get("input_ThirdPartyConversationID") ?? "")
      .slice(0, 100)
      .toWellFormed(),
  };
}

/**
 * Not let in. Both shapes that clients know: `output_error`, and a code of its own, never `INS-6`: a
 * client must be able to tell a bad key from a payment that failed.
 */
function unauthorised(
  deps: ProtocolDeps,
  arrived: Arrived,
  id: Id,
  sent: RawFields,
  admission: Extract<Admission, { refusedBecause: string }>,
  market: Market | null,
): Answered {
  const because = admission.refusedBecause;
  return {
    id,
    status: 401,
    code: "INS-989",
    body: {
      output_error: because,
      output_ResponseCode: "INS-989",
      output_ResponseDesc: because,
      ...conversation(deps, arrived.environment, id, sent),
    },
    because,
    market,
    application: admission.application ?? null,
    sent,
  };
}

interface Place {
  readonly rail: Rail;
  readonly scope: Scope;
  readonly caller: Caller;
  readonly payments: Payments;
  /** Where the call's result is told if the request names this URL, or none. */
  readonly toldAt: (asked: string | null) => string | null;
}

/** The rail that the path names and what the application may do there, or the code for why not. */
function checkPlace(
  operation: Operation,
  admission: Extract<Admission, { session: string }>,
  environment: Environment,
  market: Market | null,
  paymentsOn: (rail: Rail) => Payments,
): Place | { code: Code; because: string } {
  if (market === null) return { code: "INS-998", because: "The path names no market." };
  if (operation.markets !== null && !operation.markets.includes(market)) {
    return { code: "INS-998", because: "This call is not offered in this market." };
  }
  const { application, session } = admission;
  const scope = application.scope(operation.product, market);
  if (scope === null) return { code: "INS-997", because: refusals.product_not_enabled.means };

  const rail = railOf(environment, market);
  const payments = paymentsOn(rail);
  const { minute } = localTime(payments.context.clock.now(), markets[market].timeZone);
  if (!withinUsageHours(scope, minute)) {
    return { code: "INS-996", because: refusals.outside_usage_hours.means };
  }
  const kind = operation.method === "GET" ? "question" : "payment";
  const toldAt = (asked: string | null): string | null => application.toldAt(asked, kind);
  const caller: Caller = {
    applicationId: application.id,
    session,
    shortcodes: application.shortcodes,
    protocol: protocolName,
    responseUrl: toldAt(null),
  };
  return { rail, scope, caller, payments, toldAt };
}

/** Reads and checks the parameters, or says which code the first wrong one gets. */
function readAsked(
  deps: ProtocolDeps,
  operation: Operation,
  id: Id,
  place: Place,
  fields: RawFields,
): Asked<Parameters> | { code: Code; because: string } {
  const { rail, scope, payments } = place;
  const sent = (name: string): string | undefined => {
    const value = fields.get(name) ?? aliasValue(operation, name, fields);
    return value === "" ? undefined : value;
  };
  const missing = missingParameters(operation, sent);
  if (missing !== null) return missing;

  const sandbox = rail.environment === "sandbox";
  const triggered = sandbox ? scenarioOf(operation.product, sent) : null;
  const values: Record<string, unknown> = {};
  for (const [name, parameter] of Object.entries(operation.parameters)) {
    const text = sent(name);
    if (text === undefined) {
      values[name] = null;
      continue;
    }
    if (text.length > textLengthMax) return { code: parameter.code, because: `${name} is too long.` };
    const expression = parameter.expressionIn?.[rail.market] ?? parameter.expression;
    if (triggered?.field !== name && expression !== null && !expression.test(text)) {
      return { code: parameter.code, because: `${name} does not match ${expression.source}.` };
    }
    const value = parameter.read(text, rail.market);
    if (value === null) return { code: parameter.code, because: `${name} has a value that is not accepted.` };
    values[name] = value;
  }
  const listened = responseUrlOf(deps, place, sent(responseUrl.name));
  if ("code" in listened) return listened;
  const scenario = triggered?.scenario ?? null;
  const together = operation.validate?.(values as never, { rail, scenario }) ?? null;
  if (together !== null) return together;

  const request: Request = {
    id,
    product: operation.product,
    caller: listened,
    scope,
    organisation: values[operation.organisation] as string,
    reference: values["input_ThirdPartyConversationID"] as string,
    scenario,
  };
  const { environment } = rail;
  return {
    id,
    rail,
    values: values as never,
    sent,
    request,
    caller: listened,
    scenario,
    payments,
    wire: deps.wire[environment],
    tokens: deps.tokens[environment],
  };
}

/** The caller, with where this request's result is told; or why it cannot be told there. */
function responseUrlOf(
  deps: ProtocolDeps,
  { rail: { environment }, caller, toldAt }: Place,
  asked: string | undefined,
): Caller | { code: Code; because: string } {
  if (asked === undefined) return caller;
  const because =
    asked.length > responseUrlLengthMax
      ? `${responseUrl.name} is too long.`
      : deps.responseUrlRefusal(environment, protocolName, asked);
  return because === null ? { ...caller, responseUrl: toldAt(asked) } : { code: responseUrl.code, because };
}

function aliasValue(operation: Operation, name: string, fields: RawFields): string | undefined {
  const aliases = operation.parameters[name]?.aliases;
  return aliases?.map((alias) => fields.get(alias)).find((value) => value !== undefined);
}

/** Empty counts as missing. The call's own rule comes after the plain ones. */
function missingParameters(
  operation: Operation,
  sent: (name: string) => string | undefined,
): { code: Code; because: string } | null {
  for (const [name, parameter] of Object.entries(operation.parameters)) {
    if (parameter.mandatory && sent(name) === undefined)
      return { code: "INS-20", because: `${name} is missing.` };
  }
  return operation.missing?.(sent) ?? null;
}
