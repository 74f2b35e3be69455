/**
 * Results of the calls. A refusal and an unknown outcome are results, not exceptions.
 *
 * Calls that move money are only acknowledged: the result goes to your listener. Every doubtful case is `unknown`, never
 * `refused`: a timeout, a duplicate, a failure of the platform.
 */

/** The response's fields, by wire name. */
export type WireFields = Readonly<Record<string, unknown>>;

/** What every result has. */
export interface ResultDetails {
  /** What the code means, in one sentence. */
  readonly reason: string;
  /** Your own ID of the request; null if the call has none. */
  readonly reference: string | null;
  readonly httpStatus: number;
  readonly fields: WireFields;
}

/** The platform has the request. Nothing is paid yet: the result goes to your listener. */
export type Acknowledged<T> = ResultDetails & { readonly outcome: "acknowledged"; readonly code: string } & T;

/** The call succeeded. `T` holds its result. */
export type Accepted<T> = ResultDetails & { readonly outcome: "accepted"; readonly code: string } & T;

/** The platform refused the request: it moved no money, and will not. */
export interface Refused extends ResultDetails {
  readonly outcome: "refused";
  /** The errorCode, such as `400.002.02`, or the call's own code. */
  readonly code: string;
  /** What to do next. */
  readonly advice: string;
}

/**
 * Why the outcome is unknown:
 *
 * - `timed_out`: no response in time. The platform may have the request.
 * - `duplicate`: the reference was used before; the first request has the outcome.
 * - `platform_error`: the platform failed, or sent an undocumented response.
 * - `still_open`, `not_found`, `not_answered`: only from `waitForOutcome`: at the timeout the customer had not answered;
 *   the platform does not know the request; the platform did not return a status.
 */
export type UnknownReason =
  "timed_out" | "duplicate" | "platform_error" | "still_open" | "not_found" | "not_answered";

/** The outcome is not known. It is not a failure: wait for the callback, or query it. */
export interface Unknown {
  readonly outcome: "unknown";
  readonly unknownReason: UnknownReason;
  /** The code, or null when there was none. */
  readonly code: string | null;
  readonly reason: string;
  readonly advice: string;
  readonly reference: string | null;
  /** Null if there was no response. */
  readonly httpStatus: number | null;
  readonly fields: WireFields | null;
}

/** The result of a call whose result follows by callback. */
export type AcknowledgedResult<T> = Acknowledged<T> | Refused | Unknown;

/** The result of a call whose response has the result. */
export type Result<T> = Accepted<T> | Refused | Unknown;

/** An STK push that was sent. */
export interface CollectionRequested {
  /** Identifies the push: the callback has it, and `queryCollection` needs it. CheckoutRequestID */
  readonly checkoutRequestId: string;
  /** MerchantRequestID */
  readonly merchantRequestId: string;
}

/** A call that will have a result at its ResultURL. */
export interface CallRequested {
  /** The platform's ID of the request: the result has it. ConversationID */
  readonly conversationId: string;
  /** Your own ID of the request, or the platform's. OriginatorConversationID */
  readonly originatorConversationId: string;
}

/** The state of an STK push. */
export interface CollectionStatus {
  /** `pending`: the customer has not answered. */
  readonly status: "paid" | "not_paid" | "pending";
  /** The push's result, such as `1032`. ResultCode */
  readonly resultCode: string;
  readonly checkoutRequestId: string;
}

/** Nothing but the success. */
export type Done = object;

export interface SimulatedPayment {
  /** OriginatorCoversationID */
  readonly originatorConversationId: string;
}

export interface CheckoutRequested {
  /** The `reference` that the callback has. RequestRefID */
  readonly requestId: string;
}

export interface QrCode {
  /** A PNG image, in base64. QRCode */
  readonly image: string;
}

export interface RatibaOrderRequested {
  /** Identifies the request: the callback has it. responseRefID */
  readonly requestId: string;
}

export interface PulledTransactions {
  readonly transactions: readonly PulledTransaction[];
}

export interface PulledTransaction {
  /** The payment's receipt. transactionId */
  readonly receipt: string;
  /** trxDate, as the platform wrote it. */
  readonly time: string;
  /** As the platform wrote it; it may be masked. */
  readonly msisdn: string;
  readonly sender: string;
  /** Such as `c2b-pay-bill-debit`. transactiontype */
  readonly type: string;
  /** billreference */
  readonly accountReference: string;
  /** With two decimals. */
  readonly amount: string;
  readonly organisationName: string;
}

export interface CustomerName {
  readonly firstName: string;
  readonly middleName: string;
  readonly lastName: string;
}

export interface OrganisationName {
  readonly name: string;
}

export interface Biller {
  /** The app_key of the opt-in, if the platform sent one. */
  readonly appKey: string;
}

/** The token that authenticates other calls. The client uses it by itself. */
export interface AccessToken {
  /** Keep it secret: it can pay in your organisation's name. access_token */
  readonly accessToken: string;
}

/** The result of `waitForOutcome`. */
export type PaymentOutcome = Accepted<CollectionStatus> | NotPaid | Unknown;

/** A push that ended unpaid, found by `waitForOutcome`. */
export interface NotPaid extends Refused, CollectionStatus {}
