/**
 * The errors that this package throws. Refusals and timeouts are results, so they are never thrown.
 *
 * No error contains a key, a bearer or a customer's number, because errors are written to logs.
 */

/** The base class of all errors that this package throws. */
export class PesarailError extends Error {
  override readonly name: string = "PesarailError";
}

/** An argument is invalid. Nothing was sent. Fix the program. */
export class InvalidArgumentError extends PesarailError {
  override readonly name = "InvalidArgumentError";
  /** The invalid option or request field. */
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

export interface TransportErrorDetails {
  readonly reference: string;
  readonly mayHaveArrived: boolean;
  readonly httpStatus?: number | null;
  readonly excerpt?: string | null;
  readonly cause?: unknown;
}

/**
 * The connection failed, or the response is not from M-Pesa.
 *
 * The outcome is unknown: call `waitForOutcome(error.reference)`. If you send the request again, use the same
 * reference: it pays once.
 */
export class TransportError extends PesarailError {
  override readonly name = "TransportError";
  readonly outcome = "unknown";
  /** The request's reference. Use it to query the outcome. */
  readonly reference: string;
  /** False if the request certainly never reached the platform, so nothing was paid. */
  readonly mayHaveArrived: boolean;
  /** The HTTP status of the response, or null if there was none. */
  readonly httpStatus: number | null;
  /** The first characters of the response body, or null. */
  readonly excerpt: string | null;

  constructor(
    message: string,
    { reference, mayHaveArrived, httpStatus, excerpt, cause }: TransportErrorDetails,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.reference = reference;
    this.mayHaveArrived = mayHaveArrived;
    this.httpStatus = httpStatus ?? null;
    this.excerpt = excerpt ?? null;
  }
}
