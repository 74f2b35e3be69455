/** What the request log has of a request: names and values, without secrets and complete MSISDNs. */
import type { FastifyRequest } from "fastify";
import type { Environment } from "../../core/markets.ts";
import { maskMsisdn, type RawFields } from "../json-fields.ts";
import type { RequestLogEntry } from "../request-log.ts";
import { getReference, type IpgV1Response } from "./handle-request.ts";
import { ipgV1Market, protocolName } from "./names.ts";
import type { IpgV1Operation } from "./operation.ts";
import { customerMsisdn } from "./parameters.ts";
import { createRawValueGetter } from "./validate-parameters.ts";

const redacted = "(not kept)";
/** The log keeps at most this many fields, so that a request cannot fill it. */
const maxLoggedFields = 30;
const maxValueLength = 300;

/** The fields that name a payment, besides the request's own reference. */
const namingFields = ["input_QueryReference", "input_TransactionID", "input_TransactionReference"] as const;

export interface LoggedIpgV1Call {
  readonly environment: Environment;
  readonly operation: IpgV1Operation;
  readonly request: FastifyRequest;
  readonly fields: RawFields;
  readonly response: IpgV1Response;
  readonly responseText: string;
  readonly latencyMs: number;
}

export function toLogEntry(call: LoggedIpgV1Call): RequestLogEntry {
  const { environment, operation, request, fields, response, responseText, latencyMs } = call;
  const { credential, madePayment } = response;
  const msisdn = fields.get("input_CustomerMSISDN");
  const organisation = createRawValueGetter(operation, fields)(operation.organisation);
  return {
    id: response.id,
    environment,
    market: ipgV1Market,
    protocol: protocolName,
    operation: operation.product,
    applicationId: response.application?.id ?? null,
    credentialId: credential?.id ?? null,
    apiKeyHint: credential?.hint ?? null,
    source: request.ip,
    method: request.method,
    path: request.url.split("?", 1)[0] ?? "",
    headers: request.headers,
    httpStatus: response.status,
    code: response.code,
    latencyUs: Math.round(latencyMs * 1000),
    organisation: organisation?.slice(0, 40) ?? null,
    reference: fields.has("input_ThirdPartyReference") ? getReference(fields).slice(0, 100) : null,
    msisdnMasked: msisdn === undefined ? null : maskMsisdn(msisdn.slice(0, 40)),
    customer:
      msisdn !== undefined && customerMsisdn.expression.test(msisdn) ? customerMsisdn.parse(msisdn) : null,
    amountMinor: response.amountMinor,
    madePayment,
    names: madePayment ? [] : listNames(fields),
    request: listLoggedFields(operation, fields),
    responseBody: responseText,
    reason: response.reason,
    ...(response.fault === undefined ? {} : { fault: response.fault }),
  };
}

const listNames = (fields: RawFields): string[] =>
  namingFields.map((name) => fields.get(name)?.slice(0, 100) ?? "").filter((value) => value !== "");

/** The call's parameters, names and values in turn. Of other fields only the name is kept: a value may be secret. */
function listLoggedFields({ parameters }: IpgV1Operation, fields: RawFields): string[] {
  const logged: string[] = [];
  for (const [name, value] of fields) {
    if (logged.length >= 2 * maxLoggedFields) break;
    const parameter = Object.entries(parameters).find(
      ([own, { aliases }]) => own === name || aliases?.includes(name) === true,
    )?.[1];
    if (parameter === undefined) logged.push(name.slice(0, 60), redacted);
    else if (parameter.secret === true) logged.push(name, redacted);
    else if (parameter.personal === true) logged.push(name, maskMsisdn(value.slice(0, 40)));
    else logged.push(name, value.slice(0, maxValueLength));
  }
  return logged;
}
