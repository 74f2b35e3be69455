/** What the listener check needs of the SOAP Broker. */
import { formatReceiptDate } from "../../g2/formats.ts";
import { formatNairobiTime } from "../../g2/identifiers.ts";
import type { ListenerChecks, SeededRandom } from "../../listener-checks.ts";
import { protocolName } from "../names.ts";
import { transactionStatus } from "../operations/transaction-status.ts";
import { lnmoCaseSets } from "../lnmo/listener-checks/index.ts";
import { malformedBodies } from "./malformed-bodies.ts";
import { buildMessage, calls, getCode, getOperation, listRefusals } from "./messages.ts";

export const listenerChecks: ListenerChecks = {
  protocol: protocolName,
  calls,
  moneyCalls: calls,
  mainCall: calls[0] ?? "",
  twoStep: null,
  names: {
    reference: "OriginatorConversationID",
    conversationId: "ConversationID",
    conversationIdTitle: "ConversationID",
    statusQuery: transactionStatus.title,
  },
  // 15: an earlier request has the outcome. 17: the platform failed, and does not say when.
  inconclusiveCodes: ["15", "17"],
  acknowledgement: {
    expects: "Acknowledgements have the documented document with ResponseCode.",
    fix: "Respond with a ResponseMsg whose document has ResponseCode 00000000 and ResponseDesc success.",
  },
  malformedBodies,
  furtherSets: lnmoCaseSets,
  isQuery: () => false,
  getTitle: (call) => getOperation(call).title,
  getCode,
  listRefusals,
  createIds,
  buildMessage,
  // Blanks between the elements of the document.
  reserialise: (body) =>
    body.replaceAll(/><(Result|OriginatorConversationID|ConversationID|TransactionID)/g, ">\n  <$1"),
};

function createIds(
  random: SeededRandom,
  label: string,
): { readonly conversationId: string; readonly transactionId: string } {
  const now = formatNairobiTime(Date.now());
  return {
    conversationId: `AG_${now.slice(0, 8)}_${random.letters(`${label}/conversation`, 20)}`,
    transactionId: formatReceiptDate(now) + random.letters(`${label}/transaction`, 7).toUpperCase(),
  };
}
