/** What the listener check needs of Daraja. */
import type { ListenerChecks, SeededRandom } from "../../listener-checks.ts";
import { formatNairobiTime } from "../../g2/identifiers.ts";
import { protocolName } from "../names.ts";
import { findDarajaOperation } from "../operations.ts";
import { stkPush } from "../operations/stk-push.ts";
import { stkQuery } from "../operations/stk-query.ts";
import { formatReceiptDate } from "../../g2/formats.ts";
import { malformedBodies } from "./malformed-bodies.ts";
import { buildMessage, calls, getCode, listRefusals } from "./messages.ts";
import { validation } from "./validation.ts";
import { variants } from "./variants.ts";

export const listenerChecks: ListenerChecks = {
  protocol: protocolName,
  calls,
  moneyCalls: calls,
  mainCall: stkPush.name,
  twoStep: null,
  names: {
    reference: "OriginatorConversationID",
    conversationId: "CheckoutRequestID",
    conversationIdTitle: "CheckoutRequestID",
    statusQuery: stkQuery.title,
  },
  // 15: an earlier request has the outcome. 1037: the customer was not reached, and may have paid all the same.
  inconclusiveCodes: ["15", "1037"],
  acknowledgement: {
    expects: "Acknowledgements have the documented body with ResultCode.",
    fix: 'Respond with { "ResultCode": 0, "ResultDesc": "Success" } and Content-Type: application/json.',
  },
  malformedBodies,
  variants,
  validation,
  amountUnitMinor: 100n,
  hasAmount: (call) => call === stkPush.name,
  hasReference: (call) => call !== stkPush.name,
  isQuery: () => false,
  getTitle: (call) => findDarajaOperation(call).title,
  getCode,
  listRefusals,
  createIds,
  buildMessage,
  reserialise: (body) => JSON.stringify(reverseFields(JSON.parse(body)), null, 2),
};

function createIds(
  random: SeededRandom,
  label: string,
  call: string,
): { readonly conversationId: string; readonly transactionId: string } {
  const now = formatNairobiTime(Date.now());
  const isStk = call === stkPush.name;
  return {
    conversationId: isStk
      ? `ws_CO_${random.digits(`${label}/checkout`, 26)}`
      : `AG_${now.slice(0, 8)}_${random.letters(`${label}/conversation`, 20)}`,
    transactionId: formatReceiptDate(now) + random.letters(`${label}/transaction`, 7).toUpperCase(),
  };
}

/** The same object with its fields in the reverse order, at every depth. Lists keep their order. */
function reverseFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reverseFields);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, inner]) => [name, reverseFields(inner)]),
  );
}
