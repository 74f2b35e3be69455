/** What a row of the client's table of calls is. */
import type { Field, JsonValue } from "./field-encoders.ts";
import type { WireFields } from "./results.ts";
import { readText } from "./wire-response.ts";

/** One call of the client. `T` is its result. */
export interface Call<T = unknown> {
  readonly path: string;
  readonly fields: Readonly<Record<string, Field>>;
  /** Values of fields that a request may leave out. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Parameters that every request has. */
  readonly fixedParameters: Readonly<Record<string, JsonValue>>;
  /** Whether the client adds the initiator, or the STK password. */
  readonly credential: "initiator" | "stk" | null;
  /** Whether the request could move money or change something, so that a failure leaves its outcome unknown. */
  readonly changesState: boolean;
  /** The names of the response's code and text, and the codes of a success. */
  readonly code: string;
  readonly description: string;
  readonly successCodes: RegExp;
  readonly parseResult: (fields: WireFields) => T;
}

/** A wire field for each field of a request. */
export type RequestFields<R> = { readonly [K in keyof R]-?: Field };
/** How to read each field of a result. */
export type ResultReaders<T> = { readonly [K in keyof T]-?: (fields: WireFields) => T[K] };

export type CallOptions = Partial<Omit<Call, "path" | "fields" | "parseResult">>;

export function defineCall<R, T>(
  path: string,
  fields: RequestFields<R>,
  resultReaders: ResultReaders<T>,
  options: CallOptions = {},
): Call<T> {
  const readers = Object.entries<(fields: WireFields) => unknown>(resultReaders);
  return {
    path,
    fields,
    defaults: {},
    fixedParameters: {},
    credential: null,
    changesState: true,
    code: "ResponseCode",
    description: "ResponseDescription",
    // Some versions write eight zeros.
    successCodes: /^0+$/,
    ...options,
    parseResult: (wire) => Object.fromEntries(readers.map(([name, read]) => [name, read(wire)])) as T,
  };
}

export const read =
  (path: string) =>
  (fields: WireFields): string =>
    readText(fields, path);
