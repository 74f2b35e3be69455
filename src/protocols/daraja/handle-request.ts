/**
 * Turns a request into its response, in the documented order of checks:
 *
 * token; product; usage hours; body; each field in the order of the call's table; checks of several values; then what the
 * call itself checks. The initiator and triggers are no errors: their refusals are results.
 */
import { localTime } from "../../core/clock.ts";
import type { Id } from "../../core/ids.ts";
import { markets, type Environment } from "../../core/markets.ts";
import { railFor, type Rail } from "../../core/rails.ts";
import type { Application } from "../../developers/applications.ts";
import { DatabaseUnavailable } from "../../payments/engine/database-unavailable.ts";
import type { PaymentRequest } from "../../payments/instruction.ts";
import { isWithinUsageHours, type PaymentLimits } from "../../payments/limits.ts";
import type { RecordedRefusal } from "../../payments/refusals.ts";
import { authenticateToken, tokenFailures, type DarajaCaller } from "./authentication.ts";
import { families, type DarajaError } from "./families.ts";
import type { FieldContext, FieldTable, FieldValues } from "./fields.ts";
import type { DarajaDeps } from "./daraja-deps.ts";
import { findQueriedPayment } from "../g2/find-queried-payment.ts";
import { checkInitiator, type InitiatorClaim } from "../g2/initiator.ts";
import { darajaMarket, protocolName, type NotificationKind } from "./names.ts";
import type { CallReply, DarajaCall, DarajaOperation } from "./operation.ts";
import { findFirstMandatory, readFields, type InvalidField } from "./read-fields.ts";
import type { RequestBody } from "./request-body.ts";
import { referencedOperations } from "./operations.ts";
import { queueDarajaResult } from "./query-results.ts";
import { takeCallFault } from "./request-faults.ts";
import { findTrigger, type TriggerEffect } from "./triggers.ts";
import type { WireObject } from "./wire-json.ts";

/** An incoming request whose path has already been matched to an operation. */
export interface DarajaRequest {
  readonly environment: Environment;
  readonly authorization: string | undefined;
  readonly source: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: RequestBody;
}

/** A response, with what the request log records about it. */
export interface DarajaResponse {
  readonly id: Id;
  readonly status: number;
  readonly body: WireObject;
  readonly code: string;
  readonly reason: string;
  readonly application: Application | null;
  readonly credential: { readonly id: bigint; readonly hint: string } | null;
  readonly amountMinor: bigint | null;
  readonly madePayment: boolean;
  /** The internal error, for the server's own log; never sent to the caller. */
  readonly fault?: unknown;
}

/** Handles one call. Never rejects: an internal error becomes a response, and is returned as `fault` for the log. */
export async function handleDarajaRequest(
  deps: DarajaDeps,
  operation: DarajaOperation,
  request: DarajaRequest,
): Promise<DarajaResponse> {
  let id = deps.newId();
  const family = families[operation.family];
  const notes: string[] = [];
  let caller: DarajaCaller | null = null;
  let application: Application | null = null;

  const respond = (reply: CallReply): DarajaResponse => {
    const log = {
      id,
      reason: [reply.reason, ...notes].join(" "),
      application,
      credential: caller?.credential ?? null,
    };
    if ("error" in reply) {
      const { status, code } = reply.error;
      const body = renderError(deps, request.environment, id, reply.error);
      return { ...log, status, body, code, amountMinor: reply.amountMinor ?? null, madePayment: false };
    }
    const { status = 200, body, code, amountMinor = null, madePayment = false } = reply;
    return { ...log, status, body, code, amountMinor, madePayment };
  };

  try {
    const { product } = operation;
    const pending = authenticateToken(deps, request.environment, { ...request, product });
    const authenticated = pending instanceof Promise ? await pending : pending;
    application = authenticated.application;
    if ("failure" in authenticated) {
      const { failure, reason, tokenHint } = authenticated;
      return respond({ error: family.invalidToken(failure, tokenHint), reason });
    }
    caller = authenticated;
    const context = authorise(deps, operation, request.environment, caller);
    if ("error" in context) return respond(context);
    const validated = validateRequest(deps, operation, request, id, notes);
    if ("reason" in validated) return respond(validated);
    const takenFault = takeCallFault(deps, request.environment, operation);
    const faultReply = takenFault === null ? null : await takenFault;
    if (faultReply !== null) return respond(faultReply);
    const { distinctIdsBy } = operation;
    if (distinctIdsBy !== undefined)
      id = await deps.distinctIds.claim(id, getText(validated.values, distinctIdsBy) ?? "");
    const trigger = findRequestTrigger(operation, request.environment, validated.values);
    if (trigger?.outcome === "fault")
      return respond({ error: family.internalError, reason: "The request has a trigger: fault." });
    const call = await buildCall(deps, operation, request, {
      id,
      caller,
      notes,
      trigger,
      ...context,
      ...validated,
    });
    return respond(await operation.handle(call));
  } catch (fault) {
    const isUnknown = fault instanceof DatabaseUnavailable && fault.mayHaveCommitted;
    const reason = isUnknown
      ? "The database connection was lost after the payment may have been committed. Query its status."
      : "The platform failed to handle the request. See the server log.";
    return { ...respond({ error: family.internalError, reason }), fault };
  }
}

/** The body of an error in Daraja's shape. */
export function renderError(
  { identifiers }: Pick<DarajaDeps, "identifiers">,
  environment: Environment,
  id: Id,
  { code, message, requestId = identifiers[environment].requestId(id) }: DarajaError,
): WireObject {
  return { requestId: requestId ?? undefined, errorCode: code, errorMessage: message };
}

interface CallContext {
  readonly rail: Rail;
  readonly limits: PaymentLimits;
}

/** The rail and the application's limits there, or the first check that fails. */
function authorise(
  { clocks }: DarajaDeps,
  { product, family, sandboxOnly }: DarajaOperation,
  environment: Environment,
  { application }: DarajaCaller,
): CallContext | Extract<CallReply, { error: DarajaError }> {
  if (sandboxOnly === true && environment === "live")
    return { error: families[family].notFound, reason: "The call exists in the sandbox only." };
  const limits = application.limitsFor(product, darajaMarket);
  if (limits === null)
    return {
      error: families[family].invalidToken("product_missing", ""),
      reason: tokenFailures.product_missing,
    };
  const { minute } = localTime(clocks[environment].now(), markets[darajaMarket].timeZone);
  if (!isWithinUsageHours(limits, minute))
    return {
      error: families[family].quotaExceeded,
      reason: "The application may not use this call at this time of day.",
    };
  return { rail: railFor(environment, darajaMarket), limits };
}

/** The values of the fields, or the error of the first check that fails. */
function validateRequest(
  deps: DarajaDeps,
  operation: DarajaOperation,
  { environment, body }: DarajaRequest,
  id: Id,
  notes: string[],
): { readonly values: FieldValues<FieldTable>; readonly context: FieldContext } | CallReply {
  const { fields } = operation;
  const context: FieldContext = {
    environment,
    validateUrl: (url) => deps.validateCallbackUrl(environment, url),
    note: (sentence) => void notes.push(sentence),
  };
  const refuse = ({ field, reason, detail }: InvalidField): CallReply =>
    operation.renderInvalidField?.(field, reason, { id, identifiers: deps.identifiers[environment] }) ?? {
      error: families[operation.family].invalidField(field, detail),
      reason,
    };
  if (body.problem !== null) {
    const field = body.duplicate ?? findFirstMandatory(fields);
    if (operation.renderInvalidField !== undefined && operation.invalidBody !== "family")
      return refuse({ field, reason: body.problem });
    return { error: families[operation.family].invalidBody(field), reason: body.problem };
  }
  // The operation validates the objects of a list itself.
  if (Array.isArray(body.json)) return { values: {}, context };
  const read = readFields(fields, body, context);
  if ("invalid" in read) return refuse(read.invalid);
  const combined = operation.validate?.(read.values) ?? null;
  return combined === null ? { values: read.values, context } : refuse(combined);
}

const getText = (values: Readonly<Record<string, unknown>>, field: string | undefined): string | null => {
  const value = field === undefined ? null : values[field];
  return typeof value === "string" ? value : null;
};

/** Only the sandbox has triggers. */
const findRequestTrigger = (
  operation: DarajaOperation,
  environment: Environment,
  values: FieldValues<FieldTable>,
): TriggerEffect | null =>
  environment === "sandbox" ? findTrigger(operation, getText(values, operation.trigger?.field)) : null;

interface ValidatedDaraja extends CallContext {
  readonly id: Id;
  readonly caller: DarajaCaller;
  readonly notes: string[];
  readonly trigger: TriggerEffect | null;
  readonly values: FieldValues<FieldTable>;
  readonly context: FieldContext;
}

async function buildCall(
  deps: DarajaDeps,
  operation: DarajaOperation,
  request: DarajaRequest,
  { id, caller, notes, trigger, values, rail, limits, context }: ValidatedDaraja,
): Promise<DarajaCall> {
  const { application, session } = caller;
  const identifiers = deps.identifiers[rail.environment];
  const payments = deps.payments(rail);
  const mayActFor = (shortcode: string): boolean => application.shortcodes?.has(shortcode) ?? true;
  if (trigger !== null) notes.push(`The request has a trigger: ${trigger.outcome}.`);
  const refusal = trigger?.refusal ?? (await findInitiatorRefusal());
  const isSilent = trigger?.outcome === "silence" || trigger?.outcome === "4999";
  const call: DarajaCall = {
    id,
    rail,
    values,
    json: request.body.json,
    headers: request.headers,
    application,
    limits,
    payments,
    organisations: deps.organisations(rail),
    passkeys: deps.passkeys,
    clock: deps.clocks[rail.environment],
    identifiers,
    settings: deps.settings,
    refusal,
    mayActFor,
    findPayment: (name) =>
      findQueriedPayment(
        {
          payments,
          identifiers,
          applicationId: application.id,
          protocol: protocolName,
          operations: referencedOperations,
        },
        name,
      ),
    fieldContext: context,
    note: (sentence) => void notes.push(sentence),
    buildPayment({
      organisation,
      organisationAccount,
      actsFor,
      reference,
      urls,
      ...details
    }): PaymentRequest {
      const endpoints = Object.fromEntries(
        (Object.entries(urls) as [NotificationKind, string | null | undefined][]).flatMap(([kind, url]) =>
          url == null ? [] : [[kind, url]],
        ),
      );
      return {
        id,
        operation: operation.name,
        caller: {
          applicationId: application.id,
          session,
          shortcodes: addShortcode(application.shortcodes, actsFor),
          protocol: protocolName,
          endpoints: isSilent || Object.keys(endpoints).length === 0 ? null : endpoints,
        },
        limits,
        organisation,
        organisationAccount,
        reference: reference ?? identifiers.requestId(id),
        refusal: refusal ?? details.refusal ?? null,
        simulation: null,
      };
    },
    queueResult: async (urls, result) => {
      if (isSilent) return;
      await queueDarajaResult(deps, operation, { id, rail, application, identifiers }, urls, result);
    },
  };
  return call;

  async function findInitiatorRefusal(): Promise<RecordedRefusal | null> {
    const claim = toClaim(operation, values);
    if (claim === null) return null;
    const { refusal: initiatorRefusal, reason } = await checkInitiator(
      {
        ...deps,
        acceptForeignCredentials: deps.settings.acceptForeignCredentials,
        unknownInitiator: "initiator_credential_invalid",
      },
      rail,
      claim,
      mayActFor,
    );
    if (reason !== null) notes.push(reason);
    return initiatorRefusal;
  }
}

const addShortcode = (
  shortcodes: ReadonlySet<string> | null,
  shortcode: string | undefined,
): ReadonlySet<string> | null =>
  shortcodes === null || shortcode === undefined ? shortcodes : new Set([...shortcodes, shortcode]);

/** What a request says about its initiator, or null if the call has none. */
function toClaim({ initiator }: DarajaOperation, values: FieldValues<FieldTable>): InitiatorClaim | null {
  if (initiator === undefined) return null;
  const { role } = initiator;
  return {
    shortcode: getText(values, initiator.organisation) ?? "",
    username: getText(values, initiator.name) ?? "",
    credential: getText(values, initiator.credential) ?? "",
    role: typeof role === "function" ? role(values) : role,
  };
}
