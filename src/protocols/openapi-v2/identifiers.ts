/** The two identifiers that OpenAPI v2 gives a request: its TransactionID and its ConversationID. */
import type { Id, PublicIds } from "../../core/ids.ts";

export interface Identifiers {
  /** Twelve lower-case letters and digits: the payment's receipt. */
  transactionId(id: Id): string;
  /** Thirty-two hexadecimal digits: the request's id. */
  conversationId(id: Id): string;
  /**
   * A TransactionID as it was given out: a customer's SMS shows it in capitals. A text that is no id of either form,
   * such as a scenario's, is returned as it is.
   */
  toTransactionId(text: string): string;
  /** The id of either form, or null if the text is neither. Case is ignored. */
  parse(text: string): Id | null;
}

export const createIdentifiers = ({ receipt, requestId, decode }: PublicIds): Identifiers => ({
  transactionId: receipt,
  conversationId: requestId,
  toTransactionId(text) {
    const id = decode(text);
    return id === null ? text : receipt(id);
  },
  parse: decode,
});
