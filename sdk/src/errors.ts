/**
 * What is thrown. A refusal is an answer and never comes this way; neither does a timeout, whose outcome is unknown.
 *
 * No error holds a key, a bearer or a customer's number: errors end in logs.
 */

/** Everything that this package throws. */
export class PesarailError extends Error {
  override readonly name: string = "PesarailError";
}

/** The call was made wrongly. Nothing was sent; the program has to be mended. */
export class InvalidArgumentError extends PesarailError {
  override readonly name = "InvalidArgumentError";
  /** The option or request field that is wrong. */
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
 * The connection could not be made, broke, or brought something that is no answer of M-Pesa's.
 *
 * How the request ended is unknown: ask with `settle(error.reference)`. To send it again, use the same
 * reference, which pays once.
 */
export class TransportError extends PesarailError {
  override readonly name = "TransportError";
  readonly outcome = "unknown";
  /** The request's reference, by which its ending can be asked for. */
  readonly reference: string;
  /** False when the request certainly never reached the platform, so that nothing can have been paid. */
  readonly mayHaveArrived: boolean;
  /** The status of what answered, or null if nothing did. */
  readonly httpStatus: number | null;
  /** The first characters of what answered, or null. */
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
