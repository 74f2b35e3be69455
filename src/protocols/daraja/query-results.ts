/** Results of queries: rendered when the query is handled, because they say how things were then. */
import type { Id } from "../../core/ids.ts";
import type { Rail } from "../../core/rails.ts";
import type { Application } from "../../developers/applications.ts";
import { toResultCode, toResultText } from "./call-results.ts";
import type { DarajaDeps } from "./daraja-deps.ts";
import { formatNairobiTime, type G2Identifiers } from "../g2/identifiers.ts";
import { protocolName } from "./names.ts";
import type { DarajaOperation, QueriedResult, ResultUrls } from "./operation.ts";
import { numericStyle } from "./result-style.ts";
import { formatReceiptDate } from "../g2/formats.ts";
import { buildResult, buildTimeoutNotice, type ResultIds } from "./results.ts";
import { toJson, type WireObject } from "./wire-json.ts";

/** The result of a query, as `queueResult` stores it: its operation, and the finished body. */
export interface StoredDarajaResult {
  readonly operation: string;
  readonly body: string;
}

export interface Query {
  readonly id: Id;
  readonly rail: Rail;
  readonly application: Pick<Application, "id">;
  readonly identifiers: G2Identifiers;
}

/**
 * Queues the result of a query for its ResultURL, or the notice that it was not executed in time for its QueueTimeOutURL.
 * Durable once it resolves.
 */
export async function queueDarajaResult(
  deps: Pick<DarajaDeps, "queueQueryResult" | "clocks" | "settings">,
  operation: DarajaOperation,
  query: Query,
  urls: ResultUrls,
  result: QueriedResult,
): Promise<void> {
  const { id, rail, application, identifiers } = query;
  const timedOut = result.refusal === "timed_out";
  const endpoint = timedOut ? urls.timeout : urls.result;
  if (endpoint === null) return;
  const ids = {
    originatorConversationId: result.originatorConversationId ?? identifiers.requestId(id),
    conversationId: identifiers.conversationId(id),
  };
  const body = timedOut
    ? buildTimeoutNotice(ids)
    : buildQueryResult(deps, operation, query, { ...result, ...ids });
  const queryResult: StoredDarajaResult = { operation: operation.name, body: toJson(body) };
  await deps.queueQueryResult(rail, {
    id,
    applicationId: application.id,
    protocol: protocolName,
    kind: timedOut ? "timeout" : "result",
    endpoint,
    queryResult,
  });
}

function buildQueryResult(
  { clocks, settings }: Pick<DarajaDeps, "clocks" | "settings">,
  operation: DarajaOperation,
  { rail }: Query,
  { refusal, style = numericStyle, ...facts }: QueriedResult & ResultIds,
): WireObject {
  const code = toResultCode(operation, refusal);
  const date = formatReceiptDate(formatNairobiTime(clocks[rail.environment].now()));
  const description = toResultText(operation, code);
  const result = { ...facts, code, description, transactionId: `${date}0000000` };
  return buildResult(style, result, settings.numericResultCodes);
}
