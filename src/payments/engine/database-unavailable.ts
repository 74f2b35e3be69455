/**
 * The database is unavailable. If `mayHaveCommitted` is true, a commit was sent without a response: the
 * outcome is unknown until the payment's status is queried.
 */
export class DatabaseUnavailable extends Error {
  readonly mayHaveCommitted: boolean;

  constructor(mayHaveCommitted: boolean, cause: unknown) {
    super("The database is unavailable.", { cause });
    this.mayHaveCommitted = mayHaveCommitted;
  }
}
