/** Results that no payment owes: rendered when the command is handled, because they say how things were then. */
import { formatReceiptDate } from "../g2/formats.ts";
import { formatNairobiTime } from "../g2/identifiers.ts";
import { renderResult, renderTimeoutNotice, type SoapEntries } from "./messages.ts";
import { protocolName, type SoapNotificationKind } from "./names.ts";
import type { CommandResult } from "./operation.ts";
import { getOperationName, type CommandRequest } from "./command-request.ts";
import { resultTexts } from "./result-codes.ts";
import type { SoapDeps } from "./soap-deps.ts";

/** The result of a command, as `queueQueryResult` stores it: its command, and the finished body. */
export interface StoredSoapResult {
  readonly operation: string;
  readonly body: string;
}

type QueueDeps = Pick<SoapDeps, "queueQueryResult" | "clocks" | "identifiers">;

/** Queues a result for the ResultURL. Durable once it resolves. */
export async function queueResult(
  deps: QueueDeps,
  request: CommandRequest,
  originatorConversationId: string,
  { code, parameters = [], references }: CommandResult,
): Promise<void> {
  const { id, rail, endpoints, document } = request;
  const { dialect } = endpoints;
  const time = formatNairobiTime(deps.clocks[rail.environment].now());
  const body = renderResult(
    {
      code,
      description: resultTexts[code],
      originatorConversationId,
      conversationId: deps.identifiers[rail.environment].conversationId(id),
      transactionId: `${formatReceiptDate(time)}0000000`,
      parameters,
      references: references ?? listReferences(document.references),
    },
    dialect,
  );
  await store(deps, request, dialect === "g1" ? "result_g1" : "result", endpoints.resultUrl, body);
}

/** Queues the notice that the command was not executed in time, if there is a URL for it. */
export async function queueTimeoutNotice(
  deps: QueueDeps,
  request: CommandRequest,
  originatorConversationId: string,
): Promise<void> {
  const { timeoutUrl } = request.endpoints;
  if (timeoutUrl === null) return;
  const body = renderTimeoutNotice(originatorConversationId, toOriginRequest(request.envelopeText));
  await store(deps, request, "timeout", timeoutUrl, body);
}

/** The request repeats its reference data in its result. */
const listReferences = (references: ReadonlyMap<string, string>): SoapEntries => [...references];

/** The request without its header, and without the initiator's credential, which is not stored. */
const toOriginRequest = (envelope: string): string =>
  envelope
    .replace(/<(\w+:)?Header\b[^>]*>[\s\S]*?<\/\1Header\s*>/i, "")
    .replace(/(SecurityCredential\s*(?:>|&gt;))[\s\S]*?(<|&lt;)/gi, "$1$2");

async function store(
  { queueQueryResult }: Pick<SoapDeps, "queueQueryResult">,
  { id, rail, caller, operation }: CommandRequest,
  kind: SoapNotificationKind,
  endpoint: string,
  body: string,
): Promise<void> {
  const queryResult: StoredSoapResult = { operation: getOperationName(operation), body };
  await queueQueryResult(rail, {
    id,
    applicationId: caller.application.id,
    protocol: protocolName,
    kind,
    endpoint,
    queryResult,
  });
}
