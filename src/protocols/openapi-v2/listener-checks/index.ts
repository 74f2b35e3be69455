/** What the listener check needs of OpenAPI v2. */
import { createMalformedBodies } from "../../ipg/malformed-bodies.ts";
import type { ListenerChecks } from "../../listener-checks.ts";
import { protocolName } from "../names.ts";
import { findOperation, operations } from "../operations.ts";
import { buildMessage, getCode, getPaymentType, listRefusals } from "./messages.ts";

export const listenerChecks: ListenerChecks = {
  protocol: protocolName,
  calls: operations.map(({ product }) => product),
  moneyCalls: ["c2bSingle", "b2c", "b2b", "reversal", "directDebitPayment"],
  mainCall: "c2bSingle",
  twoStep: { reserve: "c2bMultiStage", commit: "updateTransactionStatus" },
  names: {
    reference: "input_ThirdPartyConversationID",
    conversationId: "input_OriginalConversationID",
    conversationIdTitle: "ConversationID",
    statusQuery: "queryTransactionStatus",
  },
  inconclusiveCodes: ["INS-1", "INS-9"],
  acknowledgement: {
    expects:
      "Acknowledgements have the documented body with output_ResponseCode and output_OriginalConversationID.",
    fix: 'Respond with { "output_OriginalConversationID", "output_ResponseCode": "0", "output_ResponseDesc", "output_ThirdPartyConversationID" } and Content-Type: application/json.',
  },
  malformedBodies: createMalformedBodies("input_ThirdPartyConversationID"),
  isQuery: (call) => getPaymentType(call) === undefined,
  getTitle: (call) => findOperation(call).title,
  getCode: (call, refusal) => getCode(findOperation(call), refusal).code,
  listRefusals: (call) => listRefusals(findOperation(call)),
  createIds: (random, label) => ({
    conversationId: random.bytes(`${label}/conversation`, 16).toString("hex"),
    transactionId: random.letters(`${label}/transaction`, 12),
  }),
  buildMessage,
  reserialise(body) {
    const fields = Object.entries(JSON.parse(body) as Record<string, string>);
    return JSON.stringify(Object.fromEntries(fields.toReversed()), null, 2);
  },
};
