/**
 * The types whose arrays a statement may use as parameters or results.
 *
 * The driver (3.4.9) queries all array types of the database on each new connection. PostgreSQL has one for each
 * table and each partition: a thousand rows, for each of the thirty connections of a server. The driver has no option
 * for fewer, and without the query its `reserve` never returns. So this file replaces the text of the query.
 */
import postgres from "postgres";

/** The element types, with the numbers that PostgreSQL has for them in every database. */
const elementTypes = {
  boolean: 16,
  bytea: 17,
  bigint: 20,
  smallint: 21,
  integer: 23,
  text: 25,
  json: 114,
  date: 1082,
  timestamptz: 1184,
  numeric: 1700,
  uuid: 2950,
  jsonb: 3802,
} as const;

const query = `select oid, typarray from pg_catalog.pg_type where oid in (${Object.values(elementTypes).join(", ")})`;

/** The fields of the driver's query that this file uses. */
interface DriverQuery {
  executed: boolean;
  strings: readonly string[];
  handle(): Promise<void>;
}

function replaceQuery(): void {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the driver's type hides these fields
  const prototype = Object.getPrototypeOf(postgres()`select`) as DriverQuery;
  // oxlint-disable-next-line typescript/unbound-method -- it is called with `this` below
  const { handle } = prototype;
  prototype.handle = function handleWithFewTypes(this: DriverQuery): Promise<void> {
    if (!this.executed && isDriversOwn(this)) this.strings = [query];
    return handle.call(this);
  };
}

/** Statements of this program are template strings, or have this condition only by accident of their text. */
const isDriversOwn = ({ strings }: DriverQuery): boolean =>
  !("raw" in strings) && (strings[0]?.includes("where a.typcategory = 'A'") ?? false);

replaceQuery();
