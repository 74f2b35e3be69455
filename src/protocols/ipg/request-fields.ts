/** Reads the fields of a request, and finds what is wrong with them as a whole (check 5 of docs/order-of-checks.md). */
import {
  maxFields,
  NotJsonObjectError,
  readJsonFields,
  TooManyFieldsError,
  type JsonFields,
  type RawFields,
} from "../json-fields.ts";

/** What is wrong with the fields as a whole. */
export interface FieldsError {
  readonly code: "INS-20" | "INS-21";
  readonly reason: string;
}

export interface RequestFields {
  readonly fields: RawFields;
  /** The names whose value is null. */
  readonly nullNames: readonly string[];
  /** Why the request is refused whatever its parameters are, or null. */
  readonly error: FieldsError | null;
}

export interface UnparsedRequest {
  readonly method: string;
  readonly body: string;
  /** A name that stands twice has a list. */
  readonly query: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/**
 * The parameters of a request. A GET may have them in its query string, in its body, or in both, where the body takes
 * precedence. Other methods have them in the body only.
 */
export function readRequestFields({ method, body, query }: UnparsedRequest): RequestFields {
  let parsed: JsonFields = { fields: new Map(), nullNames: [], duplicate: null };
  try {
    // Trimmed, because some clients send a byte-order mark, which is invalid JSON.
    const text = body.trim();
    if (text !== "") parsed = renameFields(readJsonFields(text));
  } catch (error) {
    if (!(error instanceof NotJsonObjectError)) throw error;
    const reason =
      error instanceof TooManyFieldsError
        ? `The body has more than ${maxFields} fields.`
        : "The body is not a JSON object.";
    return { fields: parsed.fields, nullNames: [], error: { code: "INS-21", reason } };
  }
  const { fields, nullNames, duplicate } = parsed;
  const queryError =
    method === "GET" ? mergeQuery(fields, query) : findParameterInQuery(Object.keys(query), method);
  const error = duplicate === null ? queryError : describeDuplicate(duplicate, "body");
  return { fields, nullNames, error };
}

/** Adds the parameters of a query string that the body does not have. */
function mergeQuery(fields: Map<string, string>, query: UnparsedRequest["query"]): FieldsError | null {
  const queryNames = new Set<string>();
  let error: FieldsError | null = null;
  for (const sentName of Object.keys(query)) {
    const name = toParameterName(sentName);
    const value = query[sentName];
    if (typeof value === "object" || queryNames.has(name)) error ??= describeDuplicate(name, "query string");
    queryNames.add(name);
    const last = typeof value === "object" ? value.at(-1) : value;
    if (last !== undefined && !fields.has(name)) fields.set(name, last);
  }
  return error;
}

/** A client that sends the parameters of a payment in the query string has a fault; a payment must not hide it. */
function findParameterInQuery(names: readonly string[], method: string): FieldsError | null {
  const name = names.find((candidate) => /^input_/i.test(candidate));
  if (name === undefined) return null;
  return {
    code: "INS-20",
    reason: `${quoteName(name)} is in the query string. A ${method} has its parameters in its JSON body.`,
  };
}

const describeDuplicate = (name: string, location: string): FieldsError => ({
  code: "INS-21",
  reason: `${quoteName(name)} is in the ${location} twice.`,
});

/** A name that a caller chose, for the log: short, on one line, in quotation marks. */
export const quoteName = (name: string): string => JSON.stringify(name.slice(0, 60).toWellFormed());

/** Some Go programs put the option of a struct tag into the name. */
const tagOption = ",omitempty";

const toParameterName = (name: string): string =>
  name.endsWith(tagOption) ? name.slice(0, -tagOption.length) : name;

/** The same fields by the names of parameters. */
function renameFields(parsed: JsonFields): JsonFields {
  const names = [...parsed.fields.keys(), ...parsed.nullNames];
  if (!names.some((name) => name.endsWith(tagOption))) return parsed;
  const fields = new Map<string, string>();
  const nullNames = parsed.nullNames.map(toParameterName);
  for (const [name, value] of parsed.fields) fields.set(toParameterName(name), value);
  const seen = new Set<string>();
  const twice = names.map(toParameterName).find((name) => seen.size === seen.add(name).size);
  return { fields, nullNames, duplicate: parsed.duplicate ?? twice ?? null };
}
