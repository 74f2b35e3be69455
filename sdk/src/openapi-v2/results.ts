/**
 * Results of the calls. A refusal and an unknown outcome are results, not exceptions.
 *
 * `accepted` of a call that moves money means that the money has moved (or is held, for `reserve`). Every doubtful
 * case is `unknown`, never `refused`: an asynchronous acknowledgement, a timeout, a duplicate.
 */

/** The response's fields, by wire name. */
export type WireFields = Readonly<Record<string, string>>;

/** The call succeeded. `T` holds its result. */
export type Accepted<T> = {
  readonly outcome: "accepted";
  /** `INS-0`, or `INS-GAR-0` of commit and release. */
  readonly code: string;
  readonly reason: string;
  /** The request's reference, input_ThirdPartyConversationID. */
  readonly reference: string;
  /** The platform's ID of this request, output_ConversationID; getSession has none. */
  readonly conversationId: string | null;
  readonly httpStatus: number;
  readonly fields: WireFields;
} & T;

/**
 * The platform refused the request: it moved no money, and will not. Another request may have: a second `commit` with
 * a different reference is refused because the first one already completed the reservation.
 */
export interface Refused {
  readonly outcome: "refused";
  /** The INS code. `INS-989` also stands for a failed authentication without a code. */
  readonly code: string;
  /** The reason in one sentence. */
  readonly reason: string;
  /** What to do next. */
  readonly advice: string;
  readonly reference: string;
  readonly conversationId: string | null;
  readonly transactionId: string | null;
  readonly httpStatus: number;
  readonly fields: WireFields;
}

/**
 * Why the outcome is unknown:
 *
 * - `acknowledged`: the platform will send the result to your listener; nothing is paid yet.
 * - `timed_out`: the platform or the customer did not respond in time.
 * - `duplicate`: the reference was used before; the first request has the outcome.
 * - `platform_error`: the platform failed, or sent an undocumented response.
 * - `still_open`, `not_found`, `not_answered`: only from `waitForOutcome`: at the timeout the payment was still open;
 *   the request never arrived; the platform did not return a status.
 */
export type UnknownReason =
  "acknowledged" | "timed_out" | "duplicate" | "platform_error" | "still_open" | "not_found" | "not_answered";

/** The outcome is not known yet. Call `waitForOutcome(reference)`. */
export interface Unknown {
  readonly outcome: "unknown";
  readonly unknownReason: UnknownReason;
  /** The INS code, or null when there was none. */
  readonly code: string | null;
  readonly reason: string;
  readonly advice: string;
  readonly reference: string;
  readonly conversationId: string | null;
  readonly transactionId: string | null;
  /** Null if there was no response. */
  readonly httpStatus: number | null;
  readonly fields: WireFields | null;
}

export type Result<T> = Accepted<T> | Refused | Unknown;

/** A completed payment. */
export interface Paid {
  /** The payment's ID on the platform, output_TransactionID. Keep it: `reverse` needs it. */
  readonly transactionId: string;
}

/** Money that is held for you until you commit or release it. */
export interface Reserved extends Paid {
  /** `commit` and `release` need it together with the transactionId, output_VoucherCode. */
  readonly voucherCode: string;
}

/** The result of the status query. */
export interface PaymentStatus {
  /**
   * `Completed`, `Cancelled`, `Expired`, `Failed`, or `N/A` while the payment is open;
   * output_ResponseTransactionStatus.
   */
  readonly status: string;
  /** The payment's ID, output_OriginalTransactionID. */
  readonly transactionId: string;
  /** Whether some or all of it was reversed, output_Reversed. */
  readonly reversed: boolean;
}

/** The name that a customer is registered under. */
export interface Beneficiary {
  /** output_CustomerFirstName */
  readonly firstName: string;
  /** output_CustomerLastName */
  readonly lastName: string;
}

export interface MandateCreated {
  /** The mandate's reference on the platform, output_TransactionReference. */
  readonly transactionReference: string;
  /** Stands for the customer's number in later calls, output_MsisdnToken. */
  readonly msisdnToken: string;
  /** The mandate's number, output_MandateID. */
  readonly mandateId: string;
}

export interface MandateDebited extends Paid {
  /** Stands for the customer's number in later calls, output_MsisdnToken. */
  readonly msisdnToken: string;
}

export interface MandateCancelled {
  /** output_TransactionReference */
  readonly transactionReference: string;
  /** output_MsisdnToken */
  readonly msisdnToken: string;
}

export interface Mandate {
  /** output_TransactionReference */
  readonly transactionReference: string;
  /** Whether the balance covers the queried amount; null if the query had none. output_SufficientBalance */
  readonly sufficientBalance: boolean | null;
  /** output_MsisdnToken */
  readonly msisdnToken: string;
  /** output_MandateID */
  readonly mandateId: string;
  /** `Active`, `Pending Approval`, `Cancelled` or `Expired`; output_MandateStatus. */
  readonly mandateStatus: string;
  /** `Active`, `Pending Approval`, `Locked` or `Inactive`; output_AccountStatus. */
  readonly accountStatus: string;
  /** The first day, YYYYMMDD, or empty; output_FirstPaymentDate. */
  readonly firstPaymentDate: string;
  /** The wire code of the frequency, such as `04` for monthly, or empty; output_Frequency. */
  readonly frequency: string;
  /** The first day of the month on which you may debit, or empty; output_PaymentDayFrom. */
  readonly firstDayOfMonth: string;
  /** The last such day, or empty; output_PaymentDayTo. */
  readonly lastDayOfMonth: string;
  /** The last day, YYYYMMDD, or empty; output_ExpiryDate. */
  readonly expiryDate: string;
}

/** The key that authenticates other calls. The client uses it by itself. */
export interface SessionKey {
  /** output_SessionID. Keep it secret: it can pay in your organisation's name. */
  readonly sessionKey: string;
}

/** A payment that ended unpaid, found by `waitForOutcome`. */
export interface NotPaid extends Omit<Refused, "code"> {
  /** Always null: the status query returns no code for the payment. */
  readonly code: null;
  /** The platform's status: `Failed`, `Cancelled` or `Expired`. */
  readonly status: string;
}

/**
 * The result of `waitForOutcome`. `reference` is its argument; conversationId, httpStatus and fields are those of
 * the last query.
 */
export type PaymentOutcome = Accepted<PaymentStatus> | NotPaid | Unknown;
