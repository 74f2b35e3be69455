/** Requests of the calls. Each field's comment names its wire field. */

export type Environment = "sandbox" | "live";

/**
 * An exact amount of meticais: decimal digits (`"10"`, `"10.50"`), or a bigint of centavos (`1050n`). JavaScript numbers
 * are refused, since 0.1 + 0.2 is not 0.3.
 */
export type Amount = string | bigint;

/** Optional fields of every request. */
export interface CommonRequest {
  /**
   * Your own ID of this request: 1 to 32 letters and digits. input_ThirdPartyReference
   *
   * A reference pays once per call, so store it with the order before you send it, and reuse it when you send the
   * same request again. Do not use it for anything else. The default is a new one from `createReference()`.
   */
  readonly reference?: string | undefined;
  /** Your organisation's shortcode; default: the client's. input_ServiceProviderCode */
  readonly serviceProviderCode?: string | undefined;
}

/** A customer pays you. */
export interface CollectRequest extends CommonRequest {
  /** The amount that the customer pays. input_Amount */
  readonly amount: Amount;
  /** The customer's number, international or national, with or without spaces. input_CustomerMSISDN */
  readonly msisdn: string;
  /** The text that the customer sees: 1 to 20 letters, digits and underscores. input_TransactionReference */
  readonly transactionReference: string;
}

/** You pay a customer. */
export interface PayOutRequest extends CommonRequest {
  /** The amount that the customer receives. input_Amount */
  readonly amount: Amount;
  /** The customer's number, international or national, with or without spaces. input_CustomerMSISDN */
  readonly msisdn: string;
  /** The text that the customer sees: 1 to 20 letters, digits and underscores. input_TransactionReference */
  readonly transactionReference: string;
}

/** You pay another organisation. Here `serviceProviderCode` is input_PrimaryPartyCode. */
export interface TransferRequest extends CommonRequest {
  /** The amount that the receiver gets. input_Amount */
  readonly amount: Amount;
  /** The receiver's shortcode. input_ReceiverPartyCode */
  readonly receiver: string;
  /** The text that the receiver sees: 1 to 20 letters, digits and underscores. input_TransactionReference */
  readonly transactionReference: string;
}

/** Reverses a completed payment. The client must have an `initiator`. */
export interface ReverseRequest extends CommonRequest {
  /** The payment's ID, from its result or callback. input_TransactionID */
  readonly transactionId: string;
  /** The amount to reverse; default: all that is left. Empty and undefined are refused. input_ReversalAmount */
  readonly amount?: Amount;
}

export interface QueryTransactionRequest extends CommonRequest {
  /** The payment: its reference, its transactionId or its conversationId. input_QueryReference */
  readonly query: string;
}

/** M-Pesa permits it to few applications: with others, the result is refused with `INS-26`. */
export interface QueryCustomerRequest extends CommonRequest {
  /** The customer's number. input_CustomerMSISDN */
  readonly msisdn: string;
}

export interface WaitForOutcomeOptions {
  /** How long to poll, in milliseconds; default two minutes, which is longer than a prompt stays on a phone. */
  readonly timeoutMs?: number | undefined;
  /** Stops polling: `waitForOutcome` then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Your organisation's shortcode; default: the client's. input_ServiceProviderCode */
  readonly serviceProviderCode?: string | undefined;
}
