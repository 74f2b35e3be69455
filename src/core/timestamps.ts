/** Parses times that people and programs send. */

const isoTime = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(?::\d{2}(?:[.]\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * The time of an ISO 8601 text with a time zone, in milliseconds since 1970. Null if it is not one, if its day is not in
 * the calendar (`Date.parse` reads 30 February as 2 March), or before 1970, where PostgreSQL's years could differ.
 */
export function parseTimestamp(text: string): number | null {
  const match = isoTime.exec(text);
  if (match === null) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const at = Date.parse(text);
  const daysOfMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return Number.isNaN(at) || day > daysOfMonth || at < 0 || at >= maxTime ? null : at;
}

/** Later times have five digits in their year, which PostgreSQL does not parse. */
const maxTime = Date.UTC(9999, 11, 31);
