/** What the calls take. Every field names the wire's field that it becomes. */
import type { Frequency } from "./generated/openapi-v2.ts";

export type { Frequency, Market } from "./generated/openapi-v2.ts";

/** The real M-Pesa calls live `openapi` in its paths. */
export type Environment = "sandbox" | "live";

/**
 * An exact amount of the market's currency: decimal digits (`"10"`, `"10.50"`), or a bigint of minor units
 * (`1050n`). A JavaScript number is refused, since 0.1 + 0.2 is not 0.3.
 */
export type Amount = string | bigint;

/** What every request may say. */
export interface CommonRequest {
  /**
   * Your own name of this request: 1 to 32 letters and digits. input_ThirdPartyConversationID
   *
   * A reference pays once per call, so store it with the order before you send it, and use it again when
   * you send the same request again, but for nothing else: asked about a reference of several calls, the platform
   * tells the latest. Without one, `newReference()` makes it.
   */
  readonly reference?: string | undefined;
  /** The shortcode of your organisation; the client's own if absent. input_ServiceProviderCode */
  readonly serviceProviderCode?: string | undefined;
  /**
   * Where the result is told; the client's own if absent, but for questions. With one, the call is acknowledged at
   * once and its result is `unknown` until your listener hears of it. input_ResponseURL
   */
  readonly responseUrl?: string | undefined;
}

/** A customer pays you. */
export interface CollectRequest extends CommonRequest {
  /** What the customer pays. input_Amount */
  readonly amount: Amount;
  /** The customer's number, international or national, with or without spaces. input_CustomerMSISDN */
  readonly msisdn: string;
  /** What the customer sees: 1 to 20 letters, digits, spaces. input_TransactionReference */
  readonly transactionReference: string;
  /** What is paid for: 1 to 256 letters, digits, spaces; no commas. input_PurchasedItemsDesc */
  readonly description: string;
}

/** A customer's money is held for you, until you commit or release it. */
export interface ReserveRequest extends CollectRequest {}

/** The second step of `reserve`. */
export interface HoldRequest extends CommonRequest {
  /** As `reserve` answered it. input_TransactionID */
  readonly transactionId: string;
  /** As `reserve` answered it. input_VoucherCode */
  readonly voucherCode: string;
}

/** You pay a customer. */
export interface PayOutRequest extends CommonRequest {
  /** What the customer gets. input_Amount */
  readonly amount: Amount;
  /** The customer's number, international or national, with or without spaces. input_CustomerMSISDN */
  readonly msisdn: string;
  /** What the customer sees: 1 to 20 letters, digits, spaces. input_TransactionReference */
  readonly transactionReference: string;
  /** What it is for: 1 to 256 letters, digits, spaces; no commas. input_PaymentItemsDesc */
  readonly description: string;
}

/** You pay another organisation. Here `serviceProviderCode` is input_PrimaryPartyCode. */
export interface TransferRequest extends CommonRequest {
  /** What the receiver gets. input_Amount */
  readonly amount: Amount;
  /** The receiver's shortcode. input_ReceiverPartyCode */
  readonly receiver: string;
  /** What the receiver sees: 1 to 20 letters, digits, spaces. input_TransactionReference */
  readonly transactionReference: string;
  /** What is paid for: 1 to 256 letters, digits, spaces; no commas. input_PurchasedItemsDesc */
  readonly description: string;
}

/** A completed payment is taken back. */
export interface ReverseRequest extends CommonRequest {
  /** The payment's id, as its answer or callback had it. input_TransactionID */
  readonly transactionId: string;
  /** How much to take back; all that is left if absent. Empty or undefined is refused. input_ReversalAmount */
  readonly amount?: Amount;
}

export interface QueryTransactionRequest extends CommonRequest {
  /** The payment: its reference, its transactionId or its conversationId. input_QueryReference */
  readonly query: string;
}

/** Ghana alone offers it. */
export interface QueryBeneficiaryRequest extends CommonRequest {
  /** The customer's number. input_CustomerMSISDN */
  readonly msisdn: string;
}

export interface CreateMandateRequest extends CommonRequest {
  /** The number of the customer who consents. input_CustomerMSISDN */
  readonly msisdn: string;
  /** Your own name of the mandate: 1 to 32 letters and digits. input_ThirdPartyReference */
  readonly mandateReference: string;
  /** That the customer agreed to your terms; there is no mandate without it. input_AgreedTC */
  readonly agreedToTerms: true;
  /** The first day, `2027-01-01`; today if there is a frequency and no date. input_FirstPaymentDate */
  readonly firstPaymentDate?: string | undefined;
  /** How often it may be paid; absent is on demand, without dates or days. input_Frequency */
  readonly frequency?: Frequency | undefined;
  /** The first day of the month on which it may be paid, 1 to 31; monthly or longer. input_StartRangeOfDays */
  readonly firstDayOfMonth?: number | undefined;
  /** The last day of the month on which it may be paid, 1 to 31; monthly or longer. input_EndRangeOfDays */
  readonly lastDayOfMonth?: number | undefined;
  /** The mandate's last day, `2027-12-31`. input_ExpiryDate */
  readonly expiryDate?: string | undefined;
}

/** Whose mandate is meant: by number, by token, or by both if they agree. */
export interface MandateCustomer {
  /** The customer's number. input_CustomerMSISDN */
  readonly msisdn?: string | undefined;
  /** What an earlier answer said the number is called. input_MsisdnToken */
  readonly msisdnToken?: string | undefined;
  /** Your own name of the mandate. input_ThirdPartyReference */
  readonly mandateReference: string;
  /** The mandate's number, as its creation answered it. input_MandateID */
  readonly mandateId?: string | undefined;
}

export interface DebitMandateRequest extends CommonRequest, MandateCustomer {
  /** What the customer pays. input_Amount */
  readonly amount: Amount;
}

export interface QueryMandateRequest extends CommonRequest, MandateCustomer {
  /** Asks whether the customer has this much. input_BalanceAmount, with input_QueryBalanceAmount */
  readonly balanceAmount?: Amount | undefined;
}

export interface CancelMandateRequest extends CommonRequest, MandateCustomer {}

export interface WaitForOutcomeOptions {
  /** How long to go on asking, in milliseconds; two minutes if absent, which outlives a prompt on a phone. */
  readonly timeoutMs?: number | undefined;
  /** Ends the asking: `settle` then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** The shortcode of your organisation; the client's own if absent. input_ServiceProviderCode */
  readonly serviceProviderCode?: string | undefined;
}
