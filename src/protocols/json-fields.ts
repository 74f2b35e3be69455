/** Parses the untrusted fields of a request without rounding numbers, and masks MSISDNs. */

/** A request's parameters by wire name. Numbers are kept as the text that was sent. */
export type RawFields = ReadonlyMap<string, string>;

/** The body is not a JSON object. */
export class NotJsonObjectError extends Error {}

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
  let value = parseJson(json);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new NotJsonObjectError();
  const duplicate = findDuplicateName(json, value);
  // A reviver that reads the source text is slow, and few clients send numbers.
  if (Object.values(value).some((field) => typeof field === "number")) {
    value = parseJson(json, (_key, field, context) =>
      typeof field === "number" ? (context?.source ?? "") : field,
    );
  }
  const fields = new Map<string, string>();
  const nullNames: string[] = [];
  for (const [name, field] of Object.entries(value as object)) {
    if (typeof field === "string") fields.set(name, field);
    else if (field === null || field === undefined) nullNames.push(name);
    else fields.set(name, typeof field === "object" ? nestedPlaceholder : String(field));
  }
  return { fields, nullNames, duplicate };
}

/**
 * The first name that occurs twice at the top level of an object's JSON, or null. `value` is the parsed object.
 *
 * Each name and each text has two quotes, and nothing reduces their number. So if the JSON has just the quotes of the
 * names and texts of `value`, no member is missing from it. This costs a third of a microsecond. Only other JSON is
 * scanned: that with escaped quotes, with texts in nested values, or with a duplicate.
 */
function findDuplicateName(json: string, value: object): string | null {
  let expectedQuotes = 0;
  for (const field of Object.values(value)) expectedQuotes += typeof field === "string" ? 4 : 2;
  let quotes = 0;
  for (let at = json.indexOf('"'); at >= 0; at = json.indexOf('"', at + 1)) quotes += 1;
  return quotes === expectedQuotes ? null : scanForDuplicateName(json);
}

/** Scans valid JSON. Names inside nested values do not count: no parameter is read from there. */
function scanForDuplicateName(json: string): string | null {
  const names = new Set<string>();
  let depth = 0;
  let isName = false;
  for (let at = 0; at < json.length; at += 1) {
    switch (json[at]) {
      case "{":
      case "[":
        depth += 1;
        isName = depth === 1;
        break;
      case "}":
      case "]":
        depth -= 1;
        break;
      case ",":
        isName = depth === 1;
        break;
      case '"': {
        const end = findStringEnd(json, at);
        if (isName) {
          isName = false;
          const text = json.slice(at + 1, end);
          // A name may be written with escapes: "\u0069nput_Amount" is input_Amount.
          const name = text.includes("\\") ? (JSON.parse(`"${text}"`) as string) : text;
          if (names.has(name)) return name;
          names.add(name);
        }
        at = end;
        break;
      }
      default:
    }
  }
  return null;
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

function parseJson(json: string, reviver?: Reviver): unknown {
  try {
    return JSON.parse(json, reviver) as unknown;
  } catch {
    throw new NotJsonObjectError();
  }
}

/** Hides the middle of an MSISDN: `255700000001` becomes `2557****0001`. */
export function maskMsisdn(msisdn: string): string {
  if (msisdn.length < 9) return "*".repeat(msisdn.length);
  return `${msisdn.slice(0, 4)}${"*".repeat(msisdn.length - 8)}${msisdn.slice(-4)}`;
}
