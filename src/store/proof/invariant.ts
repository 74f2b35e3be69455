/** An invariant: a statement about a schema that always holds, as an SQL query for the rows that break it. */
export interface Invariant {
  /** Its name in reports, in tests and in `--json`. */
  readonly name: string;
  readonly description: string;
  /** The set of rows that it covers: a key of the populations of its schema. */
  readonly over: string;
  /** Selects the rows that break it. */
  readonly offenders: string;
}
