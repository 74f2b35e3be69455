/**
 * What a call comes to. A "no" is data, and so is not knowing.
 *
 * `accepted` of a call that moves money means that the money has moved (or is held, for `reserve`). Whatever
 * leaves a doubt is `unknown`, never `refused`: an asynchronous acknowledgement, a timeout, a duplicate.
 */

/** The answer as it came, by wire name. */
export type WireFields = Readonly<Record<string, string>>;

/** What the call should do was done. `T` is what the call answers. */
export type Accepted<T> = {
  readonly outcome: "accepted";
  /** `INS-0`, or `INS-GAR-0` of commit and release. */
  readonly code: string;
  readonly reason: string;
  /** The request's own reference, input_ThirdPartyConversationID. */
  readonly reference: string;
  /** The platform's id of this request, output_ConversationID; getSession has none. */
  readonly conversationId: string | null;
  readonly httpStatus: number;
  readonly fields: WireFields;
} & T;

/**
 * The platform said no: this request moved no money, and will not. Another one may have: a second `commit` under a
 * reference of its own is refused because the first has ended the reservation.
 */
export interface Refused {
  readonly outcome: "refused";
  /** The INS code. `INS-989` also stands for a client that was not let in without a code. */
  readonly code: string;
  /** What happened, in plain words. */
  readonly reason: string;
  /** What to do about it. */
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
 * - `acknowledged`: the platform will tell your listener; nothing is paid yet.
 * - `timed_out`: no answer came in time, from the platform or from the customer.
 * - `duplicate`: the reference was used before; the first request has the outcome.
 * - `platform_error`: the platform failed, or answered what nobody documents.
 * - `still_open`, `not_found`, `not_answered`: of `settle` alone: patience is over and the payment is open; the
 *   request never arrived; the platform did not say.
 */
export type UnknownReason =
  "acknowledged" | "timed_out" | "duplicate" | "platform_error" | "still_open" | "not_found" | "not_answered";

/** Nobody can say yet: `settle(reference)` finds out. */
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
  /** Null when no answer came. */
  readonly httpStatus: number | null;
  readonly fields: WireFields | null;
}

export type Result<T> = Accepted<T> | Refused | Unknown;

/** A payment that went through. */
export interface Paid {
  /** The payment's id on the platform, output_TransactionID. Keep it: `reverse` wants it. */
  readonly transactionId: string;
}

/** Money that is held for you until you commit or release it. */
export interface Reserved extends Paid {
  /** What `commit` and `release` want beside the transactionId, output_VoucherCode. */
  readonly voucherCode: string;
}

/** What the status query knows of a payment. */
export interface PaymentStatus {
  /**
   * `Completed`, `Cancelled`, `Expired`, `Failed`, or `N/A` while the payment is open;
   * output_ResponseTransactionStatus.
   */
  readonly status: string;
  /** The payment's own id, output_OriginalTransactionID. */
  readonly transactionId: string;
  /** Whether any of it was reversed since, output_Reversed. */
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
  /** Whether the customer has the amount that was asked about; null if none was. output_SufficientBalance */
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
  /** The wire's number of the frequency, such as `04` for monthly, or empty; output_Frequency. */
  readonly frequency: string;
  /** The first day of the month on which it may be paid, or empty; output_PaymentDayFrom. */
  readonly firstDayOfMonth: string;
  /** The last one, or empty; output_PaymentDayTo. */
  readonly lastDayOfMonth: string;
  /** The last day, YYYYMMDD, or empty; output_ExpiryDate. */
  readonly expiryDate: string;
}

/** The key that other calls are made with. The client does this by itself. */
export interface SessionKey {
  /** output_SessionID. A secret: whoever has it pays in your name. */
  readonly sessionKey: string;
}

/** A payment that `settle` found to have ended without being paid. */
export interface NotPaid extends Omit<Refused, "code"> {
  /** Null: the status query does not say why. */
  readonly code: null;
  /** `Failed`, `Cancelled` or `Expired`, as the platform said it. */
  readonly status: string;
}

/**
 * How a payment ended, as far as `settle` found out. `reference` is what was asked about; conversationId,
 * httpStatus and fields are the last question's.
 */
export type PaymentOutcome = Accepted<PaymentStatus> | NotPaid | Unknown;
