/**
 * Executes a command as the core does, in the documented order of checks: the ids of the conversation; the command; its
 * parties; its parameters; the initiator. The request is accepted in any case, and the result follows at the ResultURL.
 *
 * A payment owes its result in its own transaction. Every other result is stored and queued before the response.
 */
import type { Rail } from "../../core/rails.ts";
import { protocolScope } from "../../payments/idempotency-keys.ts";
import { getRefusalInfo, type RecordedRefusal } from "../../payments/refusals.ts";
import { findQueriedPayment } from "../g2/find-queried-payment.ts";
import { checkInitiator } from "../g2/initiator.ts";
import { checkParties, type CheckedParties } from "./check-parties.ts";
import { acceptedText, type BrokerReply } from "./broker-reply.ts";
import type { CommandRequest } from "./command-request.ts";
import { protocolName, timeoutKind } from "./names.ts";
import type { CommandOutcome, CommandResult, SoapCall, SoapOperation } from "./operation.ts";
import { readParameters, type ReadParameters } from "./parameters.ts";
import { queueResult, queueTimeoutNotice } from "./query-results.ts";
import { brokerError } from "./response-codes.ts";
import { triggerRefusals, type SoapResultCode } from "./result-codes.ts";
import type { SoapDeps } from "./soap-deps.ts";
import { findSoapTrigger, type SoapTrigger } from "./triggers.ts";

export async function runCommand(deps: SoapDeps, request: CommandRequest): Promise<BrokerReply> {
  const { id, rail, document, trace } = request;
  const identifiers = deps.identifiers[rail.environment];
  const originatorConversationId = document.originatorConversationId ?? identifiers.requestId(id);
  const ids = { conversationId: identifiers.conversationId(id), originatorConversationId };
  const accept = (reason: string, amountMinor: bigint | null, madePayment: boolean): BrokerReply => ({
    code: "0",
    description: acceptedText,
    ids,
    reason,
    amountMinor,
    madePayment,
  });
  const finish = async (result: CommandResult, reason: string): Promise<BrokerReply> => {
    const code = await queueOnce(deps, request, originatorConversationId, result);
    return accept(`${describeCode(code)}${reason === "" ? "" : ` ${reason}`}`, null, false);
  };
  const checked = checkCommand(deps, request);
  if ("code" in checked) return finish(checked, checked.reason);
  const trigger = findTrigger(checked, rail);
  if (trigger !== null) trace.notes.push(`The request has a trigger: ${trigger}.`);
  if (trigger === "fault")
    return { error: brokerError("100000004"), reason: "The request has a trigger: fault." };
  if (trigger === "timeout") {
    if (!(await queueTimeoutNotice(deps, request, originatorConversationId)))
      return finish({ code: "15" }, "The first request with this id is unchanged.");
    return accept("The command was not executed in time: a trigger asked for it.", null, false);
  }
  if (trigger !== null && trigger !== "silence" && !(trigger in triggerRefusals))
    return finish({ code: trigger }, "A trigger asked for it.");
  const refusal =
    trigger === null || trigger === "silence"
      ? await findInitiatorRefusal(deps, request, checked.parties)
      : triggerRefusals[trigger as keyof typeof triggerRefusals];
  const silent = trigger === "silence";
  const call = buildCall(deps, request, { ...checked, originatorConversationId, refusal, silent });
  const outcome = await checked.operation.execute(call);
  if ("code" in outcome) {
    if (silent) return accept("No result follows: a trigger asked for it.", null, false);
    return finish(outcome, "");
  }
  if (outcome.payment === "duplicate")
    return finish({ code: "15" }, "The first request with this id is unchanged.");
  return accept(describePayment(outcome), outcome.amountMinor, true);
}

const describePayment = ({ payment }: Extract<CommandOutcome, { payment: unknown }>): string =>
  payment === null ? "The payment was made." : getRefusalInfo(payment).description;

const describeCode = (code: SoapResultCode): string => `The result is ${code}.`;

/** A command with its parties and parameters. */
interface CheckedCommand {
  readonly operation: SoapOperation;
  readonly parties: CheckedParties;
  readonly parameters: ReadParameters;
}

function checkCommand(
  { settings }: SoapDeps,
  { document, operation }: CommandRequest,
): CheckedCommand | (CommandResult & { readonly reason: string }) {
  const { commandId } = document;
  if (document.originatorConversationId === null)
    return { code: "38", reason: "The request has no OriginatorConversationID." };
  if (commandId === null) return { code: "37", reason: "The request has no CommandID." };
  if (operation === undefined) return { code: "29", reason: "No command has this CommandID." };
  const parties = checkParties(operation, document);
  if ("code" in parties) return parties;
  const { initiator } = document;
  if (initiator?.shortCode != null && initiator.shortCode !== parties.payer)
    return {
      code: "21",
      reason: `The initiator belongs to ${initiator.shortCode}, and the primary party is ${parties.payer}.`,
    };
  const parameters = readParameters(
    operation.parameters,
    [document.parameters, document.references],
    settings,
  );
  const { missing, invalid } = parameters;
  if (missing.length > 0)
    return {
      code: "24",
      parameters: missing.map((key) => ["MissingParameter", key]),
      reason: `Missing: ${missing.join(", ")}.`,
    };
  if (invalid.length > 0)
    return {
      code: "25",
      parameters: invalid.map((key) => ["InvalidParameter", key]),
      reason: `Invalid: ${invalid.join(", ")}.`,
    };
  return { operation, parties, parameters };
}

/** Only the sandbox has triggers. */
function findTrigger({ operation, parties, parameters }: CheckedCommand, rail: Rail): SoapTrigger | null {
  const { field, scheme } = operation.trigger;
  if (rail.environment === "live") return null;
  const values = { ReceiverParty: parties.receiver, PrimaryParty: parties.payer };
  const value = field in values ? values[field as keyof typeof values] : parameters.values.get(field);
  return value === undefined ? null : findSoapTrigger(scheme, value);
}

/** An id of the caller counts once for all commands, and is claimed together with the result. Returns the code of the result that was queued. */
async function queueOnce(
  deps: SoapDeps,
  request: CommandRequest,
  originatorConversationId: string,
  result: CommandResult,
): Promise<SoapResultCode> {
  const isClaimed = result.code !== "15" && request.document.originatorConversationId !== null;
  const isQueued = await queueResult(deps, request, { originatorConversationId, isClaimed }, result);
  if (isQueued) return result.code;
  await queueResult(deps, request, { originatorConversationId, isClaimed: false }, { code: "15" });
  return "15";
}

async function findInitiatorRefusal(
  deps: SoapDeps,
  { rail, caller, operation, trace }: CommandRequest,
  { initiator, payer }: CheckedParties,
): Promise<RecordedRefusal | null> {
  const { application } = caller;
  const { refusal, reason } = await checkInitiator(
    {
      ...deps,
      acceptForeignCredentials: deps.settings.acceptForeignCredentials,
      unknownInitiator: "initiator_unknown",
    },
    rail,
    {
      shortcode: payer,
      username: initiator.username,
      credential: initiator.credential,
      role: operation?.role ?? "b2c",
    },
    (shortcode) => application.shortcodes?.has(shortcode) ?? true,
  );
  if (reason !== null) trace.notes.push(reason);
  return refusal;
}

interface CallParts extends CheckedCommand {
  readonly originatorConversationId: string;
  readonly refusal: RecordedRefusal | null;
  /** Whether no result follows. */
  readonly silent: boolean;
}

function buildCall(
  deps: SoapDeps,
  { id, rail, caller, document, limits, endpoints, trace }: CommandRequest,
  { operation, parties, parameters, originatorConversationId, refusal, silent }: CallParts,
): SoapCall {
  const { application } = caller;
  const { shortcodes } = application;
  const payments = deps.payments(rail);
  const identifiers = deps.identifiers[rail.environment];
  const { dialect, resultUrl, requestedTimeoutUrl } = endpoints;
  const resultKind = dialect === "g1" ? "result_g1" : "result";
  return {
    id,
    rail,
    document,
    originatorConversationId,
    payer: parties.payer,
    receiver: parties.receiver,
    amountMinor: parameters.amountMinor,
    getValue: (key) => parameters.values.get(key) ?? document.references.get(key) ?? null,
    refusal,
    application,
    payments,
    organisations: deps.organisations(rail),
    identifiers,
    clock: deps.clocks[rail.environment],
    dialect,
    mayActFor: (shortcode) => shortcodes?.has(shortcode) ?? true,
    findPayment: (name) =>
      findQueriedPayment(
        {
          payments,
          identifiers,
          applicationId: application.id,
          protocol: protocolName,
          operations: [protocolScope],
        },
        name,
      ),
    buildPayment: ({ organisation, organisationAccount, refusal: ownRefusal = null }) => ({
      id,
      operation: operation.name,
      caller: {
        applicationId: application.id,
        session: null,
        shortcodes,
        protocol: protocolName,
        endpoints: silent
          ? null
          : {
              [resultKind]: resultUrl,
              ...(requestedTimeoutUrl === null ? {} : { [timeoutKind]: requestedTimeoutUrl }),
            },
      },
      limits,
      organisation,
      organisationAccount,
      reference: originatorConversationId,
      referenceScope: protocolScope,
      refusal: refusal ?? ownRefusal,
      simulation: null,
    }),
    note: (sentence) => void trace.notes.push(sentence),
  };
}
