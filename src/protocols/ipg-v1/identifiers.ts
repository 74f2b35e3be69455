/** The two identifiers that IPG v1 gives a request: its TransactionID and its ConversationID. */
import type { Id, PublicIds } from "../../core/ids.ts";

export interface IpgV1Identifiers {
  /** Twelve lower-case letters and digits: the payment's receipt. */
  transactionId(id: Id): string;
  /** Thirty-two hexadecimal digits: the request's id. */
  conversationId(id: Id): string;
  /** The id of either form, or null if the text is neither. Case is ignored. */
  parse(text: string): Id | null;
}

export const createIpgV1Identifiers = ({ receipt, requestId, decode }: PublicIds): IpgV1Identifiers => ({
  transactionId: receipt,
  conversationId: requestId,
  parse: decode,
});
