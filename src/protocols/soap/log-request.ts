/** What the request log keeps of a request: its fields, without secrets. The log itself masks customers' numbers. */
import type { FastifyRequest } from "fastify";
import type { Id } from "../../core/ids.ts";
import type { Environment } from "../../core/markets.ts";
import type { Application } from "../../developers/applications.ts";
import { maskMsisdn } from "../json-fields.ts";
import type { RequestLogEntry } from "../request-log.ts";
import type { SpCaller } from "./authentication.ts";
import { normaliseMsisdn } from "./check-parties.ts";
import { listKnownEntries } from "./known-entries.ts";
import { protocolName, soapMarket } from "./names.ts";
import { findOperation } from "./operations.ts";
import type { RequestDocument } from "./request-document.ts";

const redacted = "(not kept)";
/** So that a request cannot fill the log. */
const maxLoggedFields = 30;
const maxLoggedLength = 300;

const customerNumber = /^254\d{9}$/;

/** The parameters that name a payment, besides the request's own id. */
const namingKeys = [
  "ReceiptNumber",
  "OriginalTransactionID",
  "ConversationID",
  "OriginatorConversationID",
  "AccountReference",
];

/** A call that was answered, of any service of the Broker. */
export interface LoggedSoapCall {
  readonly id: Id;
  readonly environment: Environment;
  readonly operation: string;
  readonly request: FastifyRequest;
  readonly application: Application | null;
  readonly credential: SpCaller["credential"] | null;
  /** The document of a command; null for another service, or if it could not be read. */
  readonly document: RequestDocument | null;
  /** Fields of another service, names and values in turn, without secrets. */
  readonly fields?: readonly string[];
  readonly code: string;
  readonly reason: string;
  readonly amountMinor: bigint | null;
  readonly madePayment: boolean;
  readonly responseText: string;
  readonly latencyMs: number;
  readonly fault?: unknown;
}

export function toLogEntry(call: LoggedSoapCall): RequestLogEntry {
  const { request, application, credential, document, madePayment } = call;
  const { url } = request;
  const query = url.indexOf("?");
  const customer = document === null ? null : findCustomer(document);
  const organisation = document?.primaryParty?.identifier ?? document?.initiator?.shortCode ?? null;
  const reference = document?.originatorConversationId ?? null;
  return {
    id: call.id,
    environment: call.environment,
    market: soapMarket,
    protocol: protocolName,
    operation: call.operation,
    applicationId: application?.id ?? null,
    credentialId: credential?.id ?? null,
    apiKeyHint: credential?.hint ?? null,
    source: request.ip,
    method: request.method,
    path: query < 0 ? url : url.slice(0, query),
    headers: request.headers,
    httpStatus: 200,
    code: call.code,
    latencyUs: Math.round(call.latencyMs * 1000),
    organisation: organisation?.slice(0, 40) ?? null,
    reference: reference?.slice(0, 128) ?? null,
    msisdnMasked: customer === null ? null : maskMsisdn(customer),
    customer: customer !== null && customerNumber.test(customer) ? customer : null,
    amountMinor: call.amountMinor,
    madePayment,
    names: document === null ? [] : listNames(document),
    request: call.fields ?? (document === null ? [] : listFields(document)),
    responseBody: call.responseText,
    reason: call.reason,
    ...(call.fault === undefined ? {} : { fault: call.fault }),
  };
}

const listNames = ({ parameters }: RequestDocument): readonly string[] =>
  namingKeys.flatMap((key) => parameters.get(key)?.slice(0, 100) ?? []);

/** Who is paid, in the international form; null if the receiver is no customer. */
function findCustomer({ commandId, receiverParty }: RequestDocument): string | null {
  const { identifier = null, identifierType = null } = receiverParty ?? {};
  const isCustomer = findOperation(commandId)?.receiverParty === "customer" || identifierType === "1";
  return identifier !== null && (isCustomer || customerNumber.test(identifier))
    ? normaliseMsisdn(identifier)
    : null;
}

/** Names and values in turn. The credential is never kept, nor what no command has. */
function listFields(document: RequestDocument): readonly string[] {
  const { initiator, primaryParty, receiverParty } = document;
  const customer = findCustomer(document);
  const entries = listKnownEntries(document);
  const fields: readonly (readonly [string, string | null | undefined])[] = [
    ["CommandID", document.commandId],
    ["OriginatorConversationID", document.originatorConversationId],
    ["Initiator", initiator?.identifier],
    ["Initiator.ShortCode", initiator?.shortCode],
    ["SecurityCredential", initiator?.securityCredential == null ? null : redacted],
    ["PrimaryParty", primaryParty?.identifier ?? primaryParty?.shortCode],
    ["ReceiverParty", customer === null ? receiverParty?.identifier : maskMsisdn(customer)],
    ["ResultURL", document.resultUrl],
    ["Remark", document.remark],
    ...entries.parameters,
    ...entries.references,
  ];
  return fields
    .flatMap(([name, value]): [string, string][] =>
      value == null ? [] : [[name.slice(0, 60), value.slice(0, maxLoggedLength)]],
    )
    .slice(0, maxLoggedFields)
    .flat();
}
