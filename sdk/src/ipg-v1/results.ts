/**
 * Results of the calls. A refusal and an unknown outcome are results, not exceptions.
 *
 * `accepted` of a call that moves money means that the money has moved. Every doubtful case is `unknown`, never
 * `refused`: an asynchronous acknowledgement, a timeout, a duplicate, an answer without a code.
 */

/** The response's fields, by wire name. */
export type WireFields = Readonly<Record<string, string>>;

/** The call succeeded. `T` holds its result. */
export type Accepted<T> = {
  readonly outcome: "accepted";
  /** `INS-0`. */
  readonly code: string;
  readonly reason: string;
  /** The request's reference, input_ThirdPartyReference. */
  readonly reference: string;
  /** The platform's ID of this request, output_ConversationID. */
  readonly conversationId: string | null;
  readonly httpStatus: number;
  readonly fields: WireFields;
} & T;

/**
 * The platform refused the request: it moved no money, and will not. Another request may have: a second `reverse` with a
 * different reference is refused because the first one succeeded.
 */
export interface Refused {
  readonly outcome: "refused";
  /** The INS code. `INS-2` also stands for a failed authentication without a code. */
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
 * - `acknowledged`: the account has a response URL, so the platform will send the result to it; nothing is paid yet.
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

/** The result of the status query. */
export interface PaymentStatus {
  /** `Completed`, `Cancelled`, `Expired`, or `N/A` while the payment is open; output_ResponseTransactionStatus. */
  readonly status: string;
  /** The payment's ID, output_TransactionID; empty if the response has none. */
  readonly transactionId: string;
}

/** The name that a customer is registered under. */
export interface CustomerName {
  /** Masked, such as `Jo*n Sm**h`; output_CustomerName. */
  readonly customerName: string;
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
