/** Results that no payment owes: rendered when the command is handled, because they say how things were then. */
import { protocolScope } from "../../payments/idempotency-keys.ts";
import { claimRequestReference } from "../../payments/queries.ts";
import { formatReceiptDate } from "../g2/formats.ts";
import { formatNairobiTime } from "../g2/identifiers.ts";
import { renderResult, renderTimeoutNotice, type SoapEntries } from "./messages.ts";
import { protocolName, type SoapNotificationKind } from "./names.ts";
import type { CommandResult } from "./operation.ts";
import { getOperationName, type CommandRequest } from "./command-request.ts";
import { renderOriginRequest } from "./origin-request.ts";
import { resultTexts } from "./result-codes.ts";
import type { SoapDeps } from "./soap-deps.ts";

/** The result of a command, as `queueQueryResult` stores it: its command, and the finished body. */
export interface StoredSoapResult {
  readonly operation: string;
  readonly body: string;
}

type QueueDeps = Pick<SoapDeps, "queueQueryResult" | "clocks" | "identifiers" | "payments">;

/** The caller's id, and whether the request claims it: once for all commands. */
export interface ClaimedId {
  readonly originatorConversationId: string;
  readonly isClaimed: boolean;
}

/** Queues a result for the ResultURL. Durable once it resolves. False if the id to claim is taken: nothing is queued. */
export async function queueResult(
  deps: QueueDeps,
  request: CommandRequest,
  ids: ClaimedId,
  { code, parameters = [], references }: CommandResult,
): Promise<boolean> {
  const { id, rail, endpoints, document } = request;
  const { dialect } = endpoints;
  const time = formatNairobiTime(deps.clocks[rail.environment].now());
  const body = renderResult(
    {
      code,
      description: resultTexts[code],
      originatorConversationId: ids.originatorConversationId,
      conversationId: deps.identifiers[rail.environment].conversationId(id),
      transactionId: `${formatReceiptDate(time)}0000000`,
      parameters,
      references: references ?? listReferences(document.references),
    },
    dialect,
  );
  const kind = dialect === "g1" ? "result_g1" : "result";
  return store(deps, request, { kind, endpoint: endpoints.resultUrl, body }, ids);
}

/**
 * Claims the caller's id, so that the command cannot be executed later, and queues the notice that it was not executed in
 * time, if there is a URL for it. False if the id is taken: nothing is queued.
 */
export async function queueTimeoutNotice(
  deps: QueueDeps,
  request: CommandRequest,
  originatorConversationId: string,
): Promise<boolean> {
  const { id, rail, caller, operation, endpoints } = request;
  const { timeoutUrl } = endpoints;
  if (timeoutUrl === null)
    return claimRequestReference(deps.payments(rail).context, {
      id,
      operation: getOperationName(operation),
      referenceScope: protocolScope,
      reference: originatorConversationId,
      caller: { applicationId: caller.application.id, protocol: protocolName },
    });
  const body = renderTimeoutNotice(originatorConversationId, renderOriginRequest(request.document));
  const ids = { originatorConversationId, isClaimed: true };
  return store(deps, request, { kind: "timeout", endpoint: timeoutUrl, body }, ids);
}

/** The request repeats its reference data in its result. */
const listReferences = (references: ReadonlyMap<string, string>): SoapEntries => [...references];

async function store(
  { queueQueryResult }: Pick<SoapDeps, "queueQueryResult">,
  { id, rail, caller, operation }: CommandRequest,
  {
    kind,
    endpoint,
    body,
  }: { readonly kind: SoapNotificationKind; readonly endpoint: string; readonly body: string },
  { originatorConversationId, isClaimed }: ClaimedId,
): Promise<boolean> {
  const queryResult: StoredSoapResult = { operation: getOperationName(operation), body };
  return queueQueryResult(rail, {
    id,
    applicationId: caller.application.id,
    protocol: protocolName,
    kind,
    endpoint,
    queryResult,
    ...(isClaimed ? { claim: { reference: originatorConversationId, scope: protocolScope } } : {}),
  });
}
