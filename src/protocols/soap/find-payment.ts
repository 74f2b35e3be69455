/** The payment that one of the core's identifiers names: its ConversationID, or an OriginatorConversationID of the platform. */
import type { Id } from "../../core/ids.ts";
import type { RailContext } from "../../payments/payments.ts";
import { createG2Identifiers } from "../g2/identifiers.ts";

export const findSoapPayment = async (context: RailContext, name: string): Promise<Id | null> =>
  createG2Identifiers(context.publicIds).parse(name);
