/** What the request log keeps of a request: its fields, without the password. The log itself masks customers' numbers. */
import type { FastifyRequest } from "fastify";
import type { Environment } from "../../../core/markets.ts";
import { maskMsisdn } from "../../json-fields.ts";
import type { RequestLogEntry } from "../../request-log.ts";
import { protocolName, soapMarket } from "../names.ts";
import { getChildText, type XmlElement } from "../xml/read-xml.ts";
import type { LnmoResponse } from "./handle-request.ts";
import { lnmoPath } from "./names.ts";

/** So that a request cannot fill the log. */
const maxLoggedFields = 20;
const maxLoggedLength = 300;

export interface LoggedCheckout {
  readonly environment: Environment;
  readonly request: FastifyRequest;
  readonly response: LnmoResponse;
  readonly latencyMs: number;
}

export function toLogEntry({ environment, request, response, latencyMs }: LoggedCheckout): RequestLogEntry {
  const { id, operation, message, application, credential, paymentId } = response;
  const getText = (name: string): string | null =>
    message === null ? null : (getChildText(message, name)?.slice(0, 100) ?? null);
  const msisdn = getText("MSISDN");
  const trxId = getText("TRX_ID");
  return {
    id,
    environment,
    market: soapMarket,
    protocol: protocolName,
    operation: operation?.name ?? "lnmo",
    applicationId: application?.id ?? null,
    credentialId: credential?.id ?? null,
    apiKeyHint: credential?.hint ?? null,
    source: request.ip,
    method: request.method,
    path: lnmoPath,
    headers: request.headers,
    httpStatus: response.status,
    code: response.code,
    latencyUs: Math.round(latencyMs * 1000),
    organisation: null,
    reference: getText("MERCHANT_TRANSACTION_ID"),
    msisdnMasked: msisdn === null ? null : maskMsisdn(msisdn.slice(0, 40)),
    customer: msisdn !== null && /^\d{9,20}$/.test(msisdn) ? msisdn : null,
    amountMinor: response.amountMinor,
    // The payment has the id of the checkout, and a confirmation is another request.
    madePayment: paymentId === id,
    names: [
      ...(trxId === null ? [] : [trxId]),
      ...(getText("REFERENCE_ID") === null ? [] : [getText("REFERENCE_ID") ?? ""]),
    ],
    request: message === null ? [] : listLoggedFields(message),
    responseBody: response.body,
    reason: response.reason,
    ...(response.fault === undefined ? {} : { fault: response.fault }),
  };
}

/** The fields of the service's messages. Others are not kept: they may have anything, also a password. */
const loggedFields: ReadonlySet<string> = new Set([
  "MERCHANT_TRANSACTION_ID",
  "REFERENCE_ID",
  "AMOUNT",
  "MSISDN",
  "ENC_PARAMS",
  "CALL_BACK_URL",
  "CALL_BACK_METHOD",
  "TIMESTAMP",
  "TRX_ID",
]);

/** Names and values in turn. The header, which has the password, is not kept. */
const listLoggedFields = ({ children }: XmlElement): string[] =>
  children
    .filter(({ name }) => loggedFields.has(name.toUpperCase()))
    .slice(0, maxLoggedFields)
    .flatMap(({ name, text }) => [
      name,
      name.toUpperCase() === "MSISDN" ? maskMsisdn(text.trim().slice(0, 40)) : text.slice(0, maxLoggedLength),
    ]);
