/** Readers for untrusted fields: JSON whose numbers stay exact, and texts that are safe to keep. */

/** A request's parameters by wire name: texts as sent, numbers as the text they were written as. */
export type RawFields = ReadonlyMap<string, string>;

/** The body is no JSON object. */
export class NotJsonObjectError extends Error {}

/**
 * Reads a JSON object's top level into texts.
 *
 * A number becomes its source text: `0.1` and `9007199254740993` reach us as they were typed, where
 * `JSON.parse` alone would round the second. `true` becomes `"true"`; null is as good as absent. Nested
 * values become `{…}`, which no expression lets through; writing them out could take any depth. Throws
 * `NotAnObject`.
 */
export function readJsonFields(json: string): Map<string, string> {
  const fields = new Map<string, string>();
  let value = parseJson(json);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new NotJsonObjectError();
  // Reading with the sources of numbers is slow, and hardly anybody sends numbers.
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

/** Hides the middle of an MSISDN: `255700000001` is shown as `2557****0001`. */
export function maskMsisdn(msisdn: string): string {
  if (msisdn.length < 9) return "*".repeat(msisdn.length);
  return `${msisdn.slice(0, 4)}${"*".repeat(msisdn.length - 8)}${msisdn.slice(-4)}`;
}
