/** Reads the body of a request: JSON, if its Content-Type says so. */
import { NotJsonObjectError, readJsonFields } from "../json-fields.ts";
import type { SentValue } from "./fields.ts";

export interface RequestBody {
  /** The parsed JSON; undefined if there is none. */
  readonly json: unknown;
  /** The value of a field; null and empty ones count as absent. A name with dots is always that of a nested field. */
  get(name: string): SentValue | undefined;
  /** The names at the top level that have a value. */
  readonly names: readonly string[];
  /** Why the body cannot be used, whatever its fields are; null if it can. */
  readonly problem: string | null;
  /** The field that occurs twice, if that is the problem. */
  readonly duplicate: string | null;
}

const createBody = (
  json: unknown,
  get: RequestBody["get"],
  rest: Partial<Pick<RequestBody, "names" | "problem" | "duplicate">> = {},
): RequestBody => ({ json, get, names: [], problem: null, duplicate: null, ...rest });

const emptyBody = (problem: string | null): RequestBody =>
  createBody(undefined, () => undefined, { problem });

/** The body of a request that has none, or one that was not read. */
export const noBody = emptyBody(null);

/** The body is longer than any call's. */
export const tooLongBody = emptyBody("The body is longer than that of any call.");

/**
 * Reads a body. Without a Content-Type of JSON it is not read, as Daraja does, and every field counts as missing.
 * `expects` is what the call has at the top level.
 */
export function readRequestBody(
  contentType: string | undefined,
  bytes: Buffer | undefined,
  expects: "object" | "list",
): RequestBody {
  const charset = findJsonCharset(contentType);
  if (charset === null) return noBody;
  const text = bytes === undefined ? null : decodeText(bytes, charset);
  if (text === null || text === "") return emptyBody("The body is empty, or not in its charset.");
  return expects === "list" ? readList(text) : readObject(text);
}

/** The charset of `application/json; charset=…`, in any case; null for another type. */
function findJsonCharset(contentType: string | undefined): string | null {
  const [type = "", ...parameters] = (contentType ?? "").split(";");
  if (type.trim().toLowerCase() !== "application/json") return null;
  const charset = parameters.find((parameter) => /^\s*charset\s*=/i.test(parameter));
  return charset === undefined ? "utf-8" : charset.replace(/^[^=]*=/, "").replaceAll(/["'\s]/g, "");
}

/** Removes a byte-order mark. An unknown charset is read as UTF-8. */
function decodeText(bytes: Buffer, charset: string): string | null {
  if (/^utf-?8$/i.test(charset)) return bytes.toString("utf8").trim();
  try {
    return new TextDecoder(charset).decode(bytes).trim();
  } catch (error) {
    return error instanceof RangeError ? bytes.toString("utf8").trim() : null;
  }
}

function readList(text: string): RequestBody {
  try {
    const json: unknown = JSON.parse(text);
    // Only invoices come in lists. A Python client sends the list as a field of an object.
    const list = isObject(json) ? json["invoices"] : json;
    if (Array.isArray(list)) return createBody(list, () => undefined);
  } catch {
    // Not JSON.
  }
  return emptyBody("The body is not a JSON list.");
}

function readObject(text: string): RequestBody {
  try {
    const { fields, duplicate } = readJsonFields(text);
    const json = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const get = (name: string): SentValue | undefined => {
      if (name.includes(".")) return getNested(json, name.split("."));
      const own = fields.get(name);
      return own === undefined ? undefined : toSentValue(json[name], own);
    };
    const problem = duplicate === null ? null : `${JSON.stringify(duplicate.slice(0, 60))} occurs twice.`;
    return createBody(json, get, { names: [...fields.keys()], problem, duplicate });
  } catch (error) {
    if (error instanceof NotJsonObjectError) return emptyBody("The body is not a JSON object.");
    throw error;
  }
}

/** The fields of an object inside a body. */
export function readNestedObject(json: unknown): RequestBody {
  const object = isObject(json) ? json : {};
  return createBody(object, (name) => getNested(object, name.split(".")), { names: Object.keys(object) });
}

const isObject = (json: unknown): json is Readonly<Record<string, unknown>> =>
  typeof json === "object" && json !== null && !Array.isArray(json);

function getNested(json: unknown, path: readonly string[]): SentValue | undefined {
  let value: unknown = json;
  for (const name of path) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return toSentValue(
    value,
    typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "",
  );
}

function toSentValue(json: unknown, text: string): SentValue | undefined {
  if (json === null || json === undefined || json === "") return undefined;
  const type = typeof json;
  if (type === "object") return { text: "{…}", type: "nested", json };
  return { text, type: type === "number" ? "number" : type === "boolean" ? "boolean" : "string", json };
}
