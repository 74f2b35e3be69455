/** The HTTP routes of OpenAPI v2: matches paths to operations, parses bodies, sends JSON, and writes the request log. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Environment } from "../../core/markets.ts";
import { readRequestFields, type RequestFields, type UnparsedRequest } from "../ipg/request-fields.ts";
import { maskMsisdn, type RawFields } from "../json-fields.ts";
import type { RequestLogEntry } from "../request-log.ts";
import type { RenderedResponse } from "../protocol.ts";
import type { GatewayDeps } from "./gateway-deps.ts";
import { protocolName } from "./names.ts";
import { handleRequest, type GatewayResponse, type GatewayRequest } from "./handle-request.ts";
import { findRoute, pathPrefix, renderNoSuchCall, renderWrongMethod, type CallRoute } from "./find-route.ts";
import { handleGetSession } from "./operations/get-session.ts";
import type { Operation } from "./operation.ts";

/** Serves the protocol's prefix in both environments. */
export function registerRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  void app.register(async (scope) => {
    // Parse every body as text: some clients send no Content-Type, or that of a form.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
    scope.addHook("onRequest", (request, _reply, done) => {
      delete request.raw.headers["content-type"];
      done();
    });
    for (const environment of ["sandbox", "live"] as const) {
      scope.route({
        method: scope.supportedMethods,
        url: `${pathPrefix(environment)}/*`,
        handler: (request, reply) => serveCall(deps, environment, request, reply),
      });
    }
  });
}

async function serveCall(
  deps: GatewayDeps,
  environment: Environment,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const startedAt = performance.now();
  const { market, endpoint: route } = findRoute((request.params as { "*": string })["*"]);
  if (route === undefined) return sendRendered(reply, renderNoSuchCall(request.url));
  if (route.method !== request.method) return sendRendered(reply, renderWrongMethod(request.url, route));
  const { headers } = request;
  const gatewayRequest: GatewayRequest = {
    environment,
    market,
    authorization: headers.authorization,
    origin: headers.origin,
    source: request.ip,
    connection: request.ip === request.socket.remoteAddress ? request.socket : null,
    readFields: () => readFields(request),
  };
  const response =
    route.operation === null
      ? await handleGetSession(deps, gatewayRequest)
      : await handleRequest(deps, route.operation, gatewayRequest);
  const body = JSON.stringify(response.body);
  void reply.code(response.status).header("content-type", "application/json").send(body);
  recordRequest(deps, environment, route, request, response, body, performance.now() - startedAt);
  return reply;
}

const sendRendered = (reply: FastifyReply, { status, headers, body }: RenderedResponse): FastifyReply =>
  reply.code(status).headers(headers).send(body);

const readFields = ({ method, body, query }: FastifyRequest): RequestFields =>
  readRequestFields({
    method,
    body: (body as string | undefined) ?? "",
    query: query as UnparsedRequest["query"],
  });

const redacted = "(not kept)";
/** The log keeps at most this many fields, so that a request cannot fill it. */
const maxLoggedFields = 30;

/** The fields that name a payment or a mandate, besides the request's own reference. */
const namingFields = [
  "input_QueryReference",
  "input_TransactionID",
  "input_OriginalTransactionID",
  "input_TransactionReference",
  "input_ThirdPartyReference",
  "input_MandateID",
] as const;

function recordRequest(
  deps: GatewayDeps,
  environment: Environment,
  route: CallRoute,
  request: FastifyRequest,
  response: GatewayResponse,
  body: string,
  latencyMs: number,
): void {
  const { rawFields, application, credential } = response;
  const { operation } = route;
  const msisdn =
    route.operationName === "updateTransactionStatus" ? undefined : rawFields.get("input_CustomerMSISDN");
  const organisation = operation === null ? undefined : rawFields.get(operation.organisation);
  const madePayment = response.madePayment === true;
  const { url } = request;
  const query = url.indexOf("?");
  const entry: RequestLogEntry = {
    id: response.id,
    environment,
    market: response.market,
    protocol: protocolName,
    operation: route.operationName,
    applicationId: application?.id ?? null,
    credentialId: credential?.id ?? null,
    apiKeyHint: credential?.hint ?? application?.apiKeyHint ?? null,
    source: request.ip,
    method: request.method,
    path: query < 0 ? url : url.slice(0, query),
    headers: request.headers,
    httpStatus: response.status,
    code: response.code,
    latencyUs: Math.round(latencyMs * 1000),
    organisation: organisation?.slice(0, 40) ?? null,
    reference: rawFields.get("input_ThirdPartyConversationID")?.slice(0, 100) ?? null,
    msisdnMasked: msisdn === undefined ? null : maskMsisdn(msisdn.slice(0, 40)),
    customer: msisdn !== undefined && customerNumber.test(msisdn) ? msisdn : null,
    amountMinor: response.amountMinor ?? null,
    madePayment,
    names: madePayment ? [] : listNames(rawFields),
    request: listLoggedFields(operation, rawFields),
    responseBody:
      route.operation === null
        ? body.replace(/("output_SessionID":")[^"]*/, `$1${redacted}`)
        : body.replace(/("output_VoucherCode":")[^"]*/, `$1${redacted}`),
    reason: response.reason,
    ...(response.fault === undefined ? {} : { fault: response.fault }),
  };
  deps.recordRequest(entry);
}

const customerNumber = /^\d{9,20}$/;

const listNames = (rawFields: RawFields): string[] =>
  namingFields.map((name) => rawFields.get(name)?.slice(0, 100) ?? "").filter((value) => value !== "");

/** The call's parameters, names and values in turn. Of other fields only the name is kept: a value may be secret. */
function listLoggedFields(operation: Operation | null, rawFields: RawFields): string[] {
  const logged: string[] = [];
  for (const [name, value] of rawFields) {
    if (logged.length >= 2 * maxLoggedFields) break;
    const parameter =
      operation !== null && Object.hasOwn(operation.parameters, name)
        ? operation.parameters[name]
        : undefined;
    if (parameter === undefined) logged.push(name.slice(0, 60), redacted);
    // A single digit is not an MSISDN: in updateTransactionStatus, this field has commit or release.
    else if (parameter.secret === true) logged.push(name, redacted);
    else if (parameter.personal === true && value.length > 1)
      logged.push(name, maskMsisdn(value.slice(0, 40)));
    else logged.push(name, value.length > 300 ? value.slice(0, 300) : value);
  }
  return logged;
}
