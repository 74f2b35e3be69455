/** Parses the untrusted fields of a request without rounding numbers, and masks MSISDNs. */

/** A request's parameters by wire name. Numbers are kept as the text that was sent. */
export type RawFields = ReadonlyMap<string, string>;

/** The body is not a JSON object. */
export class NotJsonObjectError extends Error {}

/** The body has more members than any call has parameters. */
export class TooManyFieldsError extends NotJsonObjectError {}

/**
 * The members that a body may have, nested ones included. Parsing thousands takes milliseconds, in which no other request
 * is handled.
 */
export const maxFields = 500;

/** The top level of a JSON object. */
export interface JsonFields {
  readonly fields: Map<string, string>;
  /** The names whose value is null; `fields` does not have them. */
  readonly nullNames: readonly string[];
  /** The first name that occurs twice, or null. `fields` has its last value. */
  readonly duplicate: string | null;
}

/**
 * Parses a JSON object's top level into strings.
 *
 * A number becomes its source text, because `JSON.parse` alone would round `9007199254740993`. `true` becomes
 * `"true"`; null counts as absent. Nested values become `{…}`, which matches no parameter's expression;
 * serialising them could recurse to any depth. Throws `NotJsonObjectError`.
 */
export function readJsonFields(json: string): JsonFields {
  assertFewFields(json);
  let value = parseObject(json);
  const names = Object.keys(value);
  const duplicate = findDuplicateName(json, value, names);
  // A reviver that reads the source text is slow, and few clients send numbers.
  if (names.some((name) => typeof value[name] === "number")) {
    value = parseObject(json, (_key, field, context) =>
      typeof field === "number" ? (context?.source ?? "") : field,
    );
  }
  const fields = new Map<string, string>();
  const nullNames: string[] = [];
  for (const name of names) {
    const field = value[name];
    if (typeof field === "string") fields.set(name, field);
    else if (field === null || field === undefined) nullNames.push(name);
    else if (typeof field === "boolean" || typeof field === "number") fields.set(name, String(field));
    else fields.set(name, nestedPlaceholder);
  }
  return { fields, nullNames, duplicate };
}

/** Each name and each text has two quotes, so the quotes tell how many there are at most, before the JSON is parsed. */
function assertFewFields(json: string): void {
  let quotes = 0;
  for (let at = json.indexOf('"'); at >= 0; at = json.indexOf('"', at + 1)) {
    quotes += 1;
    if (quotes > 4 * maxFields) throw new TooManyFieldsError();
  }
}

/**
 * The first name that occurs twice at the top level of an object's JSON, or null. `value` is the parsed object.
 *
 * Each name and each text has two quotes, and nothing reduces their number. So if the JSON has just the quotes of the
 * names and texts of `value`, no member is missing from it. Only other JSON is scanned: that with escaped quotes, with
 * texts in nested values, or with a duplicate. The check must not cost more than a microsecond.
 */
function findDuplicateName(
  json: string,
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
): string | null {
  let missingQuotes = 0;
  for (const name of names) missingQuotes += typeof value[name] === "string" ? 4 : 2;
  for (let at = json.indexOf('"'); at >= 0; at = json.indexOf('"', at + 1)) missingQuotes -= 1;
  if (missingQuotes === 0) return null;
  let members = 0;
  scanNames(json, () => (members += 1));
  return members === names.length ? null : findRepeatedName(json);
}

function findRepeatedName(json: string): string | null {
  const seen = new Set<string>();
  let repeated: string | null = null;
  scanNames(json, (start, end) => {
    const text = json.slice(start, end);
    // A name may be written with escapes: "\u0069nput_Amount" is input_Amount.
    const name = text.includes("\\") ? (JSON.parse(`"${text}"`) as string) : text;
    if (seen.has(name)) repeated ??= name;
    seen.add(name);
  });
  return repeated;
}

const characters = {
  quote: 0x22,
  comma: 0x2c,
  openList: 0x5b,
  closeList: 0x5d,
  open: 0x7b,
  close: 0x7d,
} as const;

/**
 * Visits the names at the top level of valid JSON, by start and end. Names inside nested values do not count: no
 * parameter is read from there.
 */
function scanNames(json: string, visit: (start: number, end: number) => void): void {
  let depth = 0;
  let isName = false;
  for (let at = 0; at < json.length; at += 1) {
    const character = json.charCodeAt(at);
    if (character === characters.quote) {
      const end = findStringEnd(json, at);
      if (isName) visit(at + 1, end);
      isName = false;
      at = end;
    } else if (character === characters.comma) {
      isName = depth === 1;
    } else if (character === characters.open || character === characters.openList) {
      depth += 1;
      isName = depth === 1;
    } else if (character === characters.close || character === characters.closeList) {
      depth -= 1;
    }
  }
}

/** The index of the quote that ends the JSON string which begins at `start`. */
function findStringEnd(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); ; end = json.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (json[end - 1 - backslashes] === "\\") backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
}

const nestedPlaceholder = "{…}";

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown;

/** Throws `NotJsonObjectError`. */
function parseObject(json: string, reviver?: Reviver): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(json, reviver);
  } catch {
    throw new NotJsonObjectError();
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new NotJsonObjectError();
  return value as Readonly<Record<string, unknown>>;
}

/** Hides the middle of an MSISDN: `255700000001` becomes `2557****0001`. */
export function maskMsisdn(msisdn: string): string {
  if (msisdn.length < 9) return "*".repeat(msisdn.length);
  return `${msisdn.slice(0, 4)}${"*".repeat(msisdn.length - 8)}${msisdn.slice(-4)}`;
}
