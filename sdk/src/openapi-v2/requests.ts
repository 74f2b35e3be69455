/** Requests of the calls. Each field's comment names its wire field. */
import type { Frequency } from "./generated.ts";

export type { Frequency, Market } from "./generated.ts";

/** In its paths, M-Pesa calls the live environment `openapi`. */
export type Environment = "sandbox" | "live";

/**
 * An exact amount of the market's currency: decimal digits (`"10"`, `"10.50"`), or a bigint of minor units
 * (`1050n`). JavaScript numbers are refused, since 0.1 + 0.2 is not 0.3.
 */
export type Amount = string | bigint;

/** Optional fields of every request. */
export interface CommonRequest {
  /**
   * Your own ID of this request: 1 to 32 letters and digits. input_ThirdPartyConversationID
   *
   * A reference pays once per call, so store it with the order before you send it, and reuse it when you send the
   * same request again. Do not use it for anything else: if several calls share a reference, a status query returns
   * the latest. The default is a new one from `createReference()`.
   */
  readonly reference?: string | undefined;
  /** Your organisation's shortcode; default: the client's. input_ServiceProviderCode */
  readonly serviceProviderCode?: string | undefined;
  /**
   * The callback URL; default: the client's, except for queries. With a URL, the platform acknowledges the call at
   * once, and the outcome is `unknown` until your listener receives the callback. input_ResponseURL
   */
  readonly responseUrl?: string | undefined;
}

/** A customer pays you. */
export interface CollectRequest extends CommonRequest {
  /** The amount that the customer pays. input_Amount */
  readonly amount: Amount;
  /** The customer's number, international or national, with or without spaces. input_CustomerMSISDN */
  readonly msisdn: string;
  /** The text that the customer sees: 1 to 20 letters, digits, spaces. input_TransactionReference */
  readonly transactionReference: string;
  /** The purchased items: 1 to 256 letters, digits, spaces; no commas. input_PurchasedItemsDesc */
  readonly description: string;
}

/** Holds a customer's money until you commit or release it. */
export interface ReserveRequest extends CollectRequest {}

/** The second step of `reserve`. */
export interface HoldRequest extends CommonRequest {
  /** From the result of `reserve`. input_TransactionID */
  readonly transactionId: string;
  /** From the result of `reserve`. input_VoucherCode */
  readonly voucherCode: string;
}

/** You pay a customer. */
export interface PayOutRequest extends CommonRequest {
  /** The amount that the customer receives. input_Amount */
  readonly amount: Amount;
  /** The customer's number, international or national, with or without spaces. input_CustomerMSISDN */
  readonly msisdn: string;
  /** The text that the customer sees: 1 to 20 letters, digits, spaces. input_TransactionReference */
  readonly transactionReference: string;
  /** The purpose of the payment: 1 to 256 letters, digits, spaces; no commas. input_PaymentItemsDesc */
  readonly description: string;
}

/** You pay another organisation. Here `serviceProviderCode` is input_PrimaryPartyCode. */
export interface TransferRequest extends CommonRequest {
  /** The amount that the receiver gets. input_Amount */
  readonly amount: Amount;
  /** The receiver's shortcode. input_ReceiverPartyCode */
  readonly receiver: string;
  /** The text that the receiver sees: 1 to 20 letters, digits, spaces. input_TransactionReference */
  readonly transactionReference: string;
  /** The purchased items: 1 to 256 letters, digits, spaces; no commas. input_PurchasedItemsDesc */
  readonly description: string;
}

/** Reverses a completed payment. */
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

/** Only Ghana supports it. */
export interface QueryBeneficiaryRequest extends CommonRequest {
  /** The customer's number. input_CustomerMSISDN */
  readonly msisdn: string;
}

export interface CreateMandateRequest extends CommonRequest {
  /** The customer's number. input_CustomerMSISDN */
  readonly msisdn: string;
  /** Your own ID of the mandate: 1 to 32 letters and digits. input_ThirdPartyReference */
  readonly mandateReference: string;
  /** The customer agreed to your terms. Required. input_AgreedTC */
  readonly agreedToTerms: true;
  /** The first day, `2027-01-01`; today if there is a frequency and no date. input_FirstPaymentDate */
  readonly firstPaymentDate?: string | undefined;
  /** How often you may debit; default: on demand, without dates or days. input_Frequency */
  readonly frequency?: Frequency | undefined;
  /** The first day of the month on which you may debit, 1 to 31; monthly or longer. input_StartRangeOfDays */
  readonly firstDayOfMonth?: number | undefined;
  /** The last day of the month on which you may debit, 1 to 31; monthly or longer. input_EndRangeOfDays */
  readonly lastDayOfMonth?: number | undefined;
  /** The mandate's last day, `2027-12-31`. input_ExpiryDate */
  readonly expiryDate?: string | undefined;
}

/** The mandate and its customer: identified by number, by token, or by both if they agree. */
export interface MandateCustomer {
  /** The customer's number. input_CustomerMSISDN */
  readonly msisdn?: string | undefined;
  /** The token for the customer's number, from an earlier result. input_MsisdnToken */
  readonly msisdnToken?: string | undefined;
  /** Your own ID of the mandate. input_ThirdPartyReference */
  readonly mandateReference: string;
  /** The mandate's number, from the result of `createMandate`. input_MandateID */
  readonly mandateId?: string | undefined;
}

export interface DebitMandateRequest extends CommonRequest, MandateCustomer {
  /** The amount that the customer pays. input_Amount */
  readonly amount: Amount;
}

export interface QueryMandateRequest extends CommonRequest, MandateCustomer {
  /** Checks whether the customer's balance covers this amount. input_BalanceAmount, with input_QueryBalanceAmount */
  readonly balanceAmount?: Amount | undefined;
}

export interface CancelMandateRequest extends CommonRequest, MandateCustomer {}

export interface WaitForOutcomeOptions {
  /** How long to poll, in milliseconds; default two minutes, which is longer than a prompt stays on a phone. */
  readonly timeoutMs?: number | undefined;
  /** Stops polling: `waitForOutcome` then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Your organisation's shortcode; default: the client's. input_ServiceProviderCode */
  readonly serviceProviderCode?: string | undefined;
}
