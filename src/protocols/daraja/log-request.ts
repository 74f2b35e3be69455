/** What the request log keeps of a request: its fields, without secrets. The log itself masks customers' numbers. */
import type { FastifyRequest } from "fastify";
import type { Environment } from "../../core/markets.ts";
import { maskMsisdn } from "../json-fields.ts";
import type { RequestLogEntry } from "../request-log.ts";
import type { DarajaResponse } from "./handle-request.ts";
import { darajaMarket, protocolName } from "./names.ts";
import type { DarajaOperation } from "./operation.ts";
import { getSentValue } from "./read-fields.ts";
import type { RequestBody } from "./request-body.ts";

const redacted = "(not kept)";
/** So that a request cannot fill the log. */
const maxLoggedFields = 30;
const maxLoggedLength = 300;

/** The fields that name a payment, besides the request's own reference. */
const namingFields = [
  "CheckoutRequestID",
  "TransactionID",
  "OriginalConversationID",
  "AccountReference",
  "BillRefNumber",
  "externalReference",
] as const;

/** The fields with the caller's own id of a request. */
const referenceFields = ["OriginatorConversationID", "RequestRefID", "AccountReference"] as const;

/** The fields with a customer's number. */
const customerFields = ["PhoneNumber", "PartyB", "PartyA", "Msisdn", "body.msisdn"] as const;

const customerNumber = /^254\d{9}$/;

export interface LoggedCall {
  readonly environment: Environment;
  /** The operation's name. */
  readonly name: string;
  /** Null for OAuth. */
  readonly operation: DarajaOperation | null;
  readonly request: FastifyRequest;
  readonly body: RequestBody;
  readonly response: DarajaResponse;
  readonly responseText: string;
  readonly latencyMs: number;
}

export function toLogEntry(call: LoggedCall): RequestLogEntry {
  const { operation, request, body, response } = call;
  const { application, credential, madePayment } = response;
  const getText = (name: string): string | undefined => body.get(name)?.text;
  const findText = (names: readonly string[]): string | undefined =>
    names.map(getText).find((text) => text !== undefined);
  const customer = customerFields
    .map(getText)
    .find((text) => text !== undefined && customerNumber.test(text));
  const organisation = operation?.organisation;
  const { url } = request;
  const query = url.indexOf("?");
  return {
    id: response.id,
    environment: call.environment,
    market: darajaMarket,
    protocol: protocolName,
    operation: call.name,
    applicationId: application?.id ?? null,
    credentialId: credential?.id ?? null,
    apiKeyHint: credential?.hint ?? application?.apiKeyHint ?? null,
    source: request.ip,
    method: request.method,
    path: query < 0 ? url : url.slice(0, query),
    headers: request.headers,
    httpStatus: response.status,
    code: response.code,
    latencyUs: Math.round(call.latencyMs * 1000),
    organisation: organisation == null ? null : (getText(organisation)?.slice(0, 40) ?? null),
    reference: findText(referenceFields)?.slice(0, 100) ?? null,
    msisdnMasked: customer === undefined ? null : maskMsisdn(customer),
    customer: customer ?? null,
    amountMinor: response.amountMinor,
    madePayment,
    names: madePayment ? [] : namingFields.flatMap((name) => getText(name)?.slice(0, 100) ?? []),
    request: listLoggedFields(operation, body),
    responseBody: call.responseText.replace(/("(?:access_token|app_key)":")[^"]*/, `$1${redacted}`),
    reason: response.reason,
    ...(response.fault === undefined ? {} : { fault: response.fault }),
  };
}

/** The call's fields, names and values in turn. Of other fields only the name is kept: a value may be a secret, such as a Passkey. */
function listLoggedFields(operation: DarajaOperation | null, body: RequestBody): string[] {
  const fields = operation?.fields ?? {};
  const known = new Map<string, string>();
  for (const [name, field] of Object.entries(fields)) {
    const text = getSentValue(body, name, field)?.text;
    if (text !== undefined)
      known.set(name, field.secret === true ? redacted : text.slice(0, maxLoggedLength));
  }
  const spellings = new Set(Object.entries(fields).flatMap(([name, { aliases = [] }]) => [name, ...aliases]));
  const others = body.names.filter((name) => !spellings.has(name));
  const entries = [...known, ...others.map((name) => [name.slice(0, 60), redacted] as const)];
  return entries.slice(0, maxLoggedFields).flat();
}
