/** Builds the wire parameters of a request, and makes every check that is possible before sending. */
import { checkUnknownFields } from "../check-unknown-fields.ts";
import { InvalidArgumentError } from "../errors.ts";
import { createReference } from "../references.ts";
import type { Call } from "./call.ts";
import { createStkPassword } from "./credentials.ts";
import type { JsonValue } from "./field-encoders.ts";
import type { DarajaClientSettings } from "./settings.ts";

export type WireParameters = Readonly<Record<string, unknown>>;

export interface WireRequest {
  /** The caller's own ID of the request; null if the call has none. */
  readonly reference: string | null;
  readonly parameters: WireParameters;
}

/** `request` has the call's own fields, and `derived` those that its caller does not write. Throws `InvalidArgumentError`. */
export function buildRequest(
  call: Call,
  request: object,
  settings: DarajaClientSettings,
  derived: Readonly<Record<string, unknown>> = {},
): WireRequest {
  const { fields } = call;
  const writable = Object.fromEntries(
    Object.entries(fields).filter(([name]) => !Object.hasOwn(derived, name)),
  );
  checkUnknownFields("request", request, writable);
  const values: Record<string, unknown> = {
    ...listDefaults(call, settings),
    ...dropEmpty(request),
    ...derived,
  };
  if (Object.hasOwn(fields, "reference")) values["reference"] ??= createReference();
  const flat: Record<string, JsonValue> = { ...call.fixedParameters };
  for (const [field, { wire, encode, mandatory }] of Object.entries(fields)) {
    const value = values[field];
    if (value !== undefined) flat[wire] = encode(value, field);
    else if (mandatory) throw new InvalidArgumentError(field, describeMissing(field));
  }
  return {
    reference: (values["reference"] as string | undefined) ?? null,
    parameters: { ...nest(flat), ...buildCredential(call, values, settings) },
  };
}

/** The client's settings that apply to each request, and the call's own defaults. */
function listDefaults({ defaults }: Call, settings: DarajaClientSettings): Record<string, unknown> {
  const { shortcode, callbackUrl, resultUrl, timeoutUrl } = settings;
  return { shortcode, callbackUrl, resultUrl, timeoutUrl, ...defaults };
}

/** A field that is undefined, null or empty counts as absent. */
const dropEmpty = (request: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(request).filter(([, value]) => value !== undefined && value !== null && value !== ""),
  );

const clientFields: ReadonlySet<string> = new Set(["shortcode", "callbackUrl", "resultUrl", "timeoutUrl"]);

const describeMissing = (field: string): string =>
  clientFields.has(field)
    ? `${field} is missing: set it in the request or in the client's options.`
    : `${field} is missing.`;

/** What M-Pesa authenticates besides the token. */
function buildCredential(
  { credential, path }: Call,
  values: Readonly<Record<string, unknown>>,
  { initiator, passkey }: DarajaClientSettings,
): WireParameters {
  if (credential === "stk") {
    if (passkey === undefined)
      throw new InvalidArgumentError("passkey", "passkey is missing: set it in the client's options.");
    const { password, timestamp } = createStkPassword(values["shortcode"] as string, passkey, Date.now());
    return { Password: password, Timestamp: timestamp };
  }
  if (credential === null) return {};
  if (initiator === undefined)
    throw new InvalidArgumentError("initiator", "initiator is missing: set it in the client's options.");
  const { name, securityCredential } = initiator;
  // Only the payouts to customers have the longer name.
  const nameField = /\/b2(?:c|pochi)\//.test(path) ? "InitiatorName" : "Initiator";
  return { [nameField]: name, SecurityCredential: securityCredential };
}

/** `{"body.msisdn": …}` as `{body: {msisdn: …}}`. */
function nest(flat: Readonly<Record<string, JsonValue>>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(flat)) {
    const [outer = "", inner] = path.split(".");
    if (inner === undefined) result[outer] = value;
    else result[outer] = { ...(result[outer] as object | undefined), [inner]: value };
  }
  return result;
}
