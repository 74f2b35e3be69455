/** The payment that one of Daraja's identifiers names. */
import type { Id } from "../../core/ids.ts";
import type { RailContext } from "../../payments/payments.ts";
import { findPaymentsByTime } from "../../payments/queries.ts";
import { createG2Identifiers, parseCheckoutRequestId } from "../g2/identifiers.ts";
import { protocolName } from "./names.ts";
import { stkPush } from "./operations/stk-push.ts";

/** By MerchantRequestID, OriginatorConversationID, ConversationID, requestId or CheckoutRequestID. */
export async function findDarajaPayment(context: RailContext, name: string): Promise<Id | null> {
  const id = createG2Identifiers(context.publicIds).parse(name);
  if (id !== null) return id;
  const clue = parseCheckoutRequestId(name);
  if (clue === null) return null;
  const { fromId, untilId, msisdnEnd: counterpartyEnd } = clue;
  const range = { protocol: protocolName, operation: stkPush.name, fromId, untilId, counterpartyEnd };
  return (await findPaymentsByTime(context, range)).at(-1)?.id ?? null;
}
