/** Parses the untrusted fields of a request without rounding numbers, and masks MSISDNs. */

/** A request's parameters by wire name. Numbers are kept as the text that was sent. */
export type RawFields = ReadonlyMap<string, string>;

/** The body is not a JSON object. */
export class NotJsonObjectError extends Error {}

/**
 * Parses a JSON object's top level into strings.
 *
 * A number becomes its source text, because `JSON.parse` alone would round `9007199254740993`. `true` becomes
 * `"true"`; null counts as absent. Nested values become `{…}`, which matches no parameter's expression;
 * serialising them could recurse to any depth. Throws `NotJsonObjectError`.
 */
export function readJsonFields(json: string): Map<string, string> {
  const fields = new Map<string, string>();
  let value = parseJson(json);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new NotJsonObjectError();
  // A reviver that reads the source text is slow, and few clients send numbers.
  if (Object.values(value).some((field) => typeof field === "number")) {
    value = parseJson(json, (_key, field, context) =>
      typeof field === "number" ? (context?.source ?? "") : field,
    );
  }
  for (const [name, field] of Object.entries(value as object)) {
    if (typeof field === "string") fields.set(name, field);
    else if (field !== null && field !== undefined) {
      fields.set(name, typeof field === "object" ? nestedPlaceholder : String(field));
    }
  }
  return fields;
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
