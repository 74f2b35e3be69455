/** Requests as the portal's API returns them: in a list, and one with its texts. */
import { Type } from "typebox";
import type { Market } from "../../core/markets.ts";
import { railFor } from "../../core/rails.ts";
import { nullable, object, record, stringEnum, type Value } from "../../core/schema.ts";
import { formatMoney } from "../../handset/message-text.ts";
import { findProtocol } from "../../protocols/registry.ts";
import { protocolNames, type ProtocolName } from "../../protocols/protocol.ts";
import type { ApplicationRow } from "../../store/main/applications.ts";
import { readPayments, type PaymentRow } from "../../store/rail/payments.ts";
import type { OwnRequest } from "./request-search.ts";
import type { PortalDeps } from "./route.ts";

const text = Type.String();

export const paymentStates = ["held", "completed", "failed", "cancelled", "expired", "reversed"] as const;

export const requestSummary = object({
  conversationId: text,
  market: nullable(Type.String({ description: "Null for a path without a known market." })),
  at: Type.String({ description: "Wall time, as ISO 8601." }),
  application: object({ id: text, name: text }),
  key: nullable(object({ id: text, hint: text })),
  protocol: object({ name: stringEnum(protocolNames), title: text }),
  call: object({ name: text, title: text }),
  httpStatus: Type.Integer(),
  code: text,
  reference: nullable(text),
  msisdn: nullable(Type.String({ description: "The customer's number, masked." })),
  amount: nullable(Type.String({ description: "With the currency, for people." })),
  latencyMs: Type.Number(),
  payment: nullable(
    object({
      status: stringEnum(paymentStates, { description: "Of the payment that the request made, now." }),
      refusal: nullable(text),
    }),
  ),
});

export const requestDetails = object({
  ...requestSummary.properties,
  source: Type.String({ description: "The IP address of the client." }),
  method: text,
  path: text,
  organisation: nullable(text),
  headers: record(text),
  request: Type.String({ description: "The body or the parameters, with masked MSISDNs." }),
  response: text,
  decision: Type.String({ description: "Why the request got this response." }),
});

export type RequestSummary = Value<typeof requestSummary>;
export type RequestDetails = Value<typeof requestDetails>;

interface Names {
  readonly deps: PortalDeps;
  readonly applications: ReadonlyMap<bigint, ApplicationRow>;
}

export async function toSummaries(names: Names, requests: readonly OwnRequest[]): Promise<RequestSummary[]> {
  const payments = await readMadePayments(names.deps, requests);
  return requests.map((request) => toSummary(names, request, payments.get(request.requestId)));
}

export async function toDetails(names: Names, request: OwnRequest): Promise<RequestDetails> {
  const payments = await readMadePayments(names.deps, [request]);
  const { source, method, path, organisation, headers, requestBody, responseBody, reason } = request;
  return {
    ...toSummary(names, request, payments.get(request.requestId)),
    source,
    method,
    path,
    organisation,
    headers,
    request: requestBody,
    response: responseBody,
    decision: reason,
  };
}

function toSummary(
  { deps, applications }: Names,
  request: OwnRequest,
  payment: PaymentRow | undefined,
): RequestSummary {
  const { market, applicationId, credentialId, amountMinor, httpStatus, code, reference } = request;
  const protocol = request.protocol as ProtocolName;
  return {
    conversationId: deps.sandbox.publicIds.requestId(request.requestId),
    market,
    at: request.at.toISOString(),
    application: { id: applicationId.toString(), name: applications.get(applicationId)?.name ?? "" },
    key: credentialId === 0n ? null : { id: credentialId.toString(), hint: request.apiKeyHint ?? "" },
    protocol: { name: protocol, title: findProtocol(protocol)?.title ?? protocol },
    call: { name: request.operation, title: getCallTitle(protocol, request.operation) },
    httpStatus,
    code,
    reference: reference === "" ? null : reference,
    msisdn: request.msisdnMasked === null ? null : formatMask(request.msisdnMasked),
    amount: amountMinor === null || market === null ? null : formatMoney(amountMinor, market),
    latencyMs: request.latencyUs / 1000,
    payment: payment === undefined ? null : { status: toState(payment), refusal: payment.refusal },
  };
}

export const toState = ({ status, reversedMinor }: PaymentRow): (typeof paymentStates)[number] =>
  status === "completed" && reversedMinor > 0n ? "reversed" : status;

/** `2557****1436` and `255750001436` as `2557•••436`: the mask wherever a person reads. */
export const formatMask = (msisdn: string): string =>
  msisdn.length < 8 ? msisdn : `${msisdn.slice(0, 4)}•••${msisdn.slice(-3)}`;

export function getCallTitle(protocol: ProtocolName, operation: string): string {
  const titles = callTitles.get(protocol) ?? readCallTitles(protocol);
  callTitles.set(protocol, titles);
  return titles.get(operation) ?? tokenTitles[operation] ?? toTitle(operation);
}

/** The calls that exchange keys for tokens are no products. */
const tokenTitles: Readonly<Record<string, string>> = { getSession: "Get session", oauth: "OAuth token" };

/** `pathUnknown` as `Path unknown`: other calls that are no product of the protocol. */
function toTitle(name: string): string {
  const spaced = name
    .replaceAll(/[_-]/g, " ")
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

const callTitles = new Map<ProtocolName, ReadonlyMap<string, string>>();

/** Calls, and products whose name is that of a call. */
function readCallTitles(protocol: ProtocolName): ReadonlyMap<string, string> {
  const { products = [], operations = [] } = findProtocol(protocol) ?? {};
  return new Map([
    ...products.map(({ name, description }) => [name, description] as const),
    ...operations.map(({ name, title }) => [name, title] as const),
  ]);
}

async function readMadePayments(
  deps: PortalDeps,
  requests: readonly OwnRequest[],
): Promise<ReadonlyMap<bigint, PaymentRow>> {
  const byMarket = Map.groupBy(
    requests.filter(({ madePayment }) => madePayment),
    ({ market }) => market,
  );
  const read = async (market: Market | null, made: readonly OwnRequest[]): Promise<PaymentRow[]> =>
    market === null
      ? []
      : readPayments(
          deps.rail(railFor("sandbox", market)),
          made.map(({ requestId }) => requestId),
        );
  const rows = await Promise.all([...byMarket].map(([market, made]) => read(market, made)));
  return new Map(rows.flat().map((row) => [row.id, row]));
}
