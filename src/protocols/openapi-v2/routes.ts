/** The HTTP routes of OpenAPI v2: matches paths to operations, parses bodies, sends JSON, and writes the request log. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { marketNames, markets, type Environment } from "../../core/markets.ts";
import { msisdnPattern } from "../../core/msisdn.ts";
import { maskMsisdn, type RawFields } from "../json-fields.ts";
import type { RequestLogEntry } from "../request-log.ts";
import type { RenderedResponse } from "../unmatched-request.ts";
import type { GatewayDeps } from "./gateway-deps.ts";
import { protocolName } from "./names.ts";
import { handleRequest, type GatewayResponse, type GatewayRequest } from "./handle-request.ts";
import { findRoute, pathPrefix, renderNoSuchCall, renderWrongMethod, type Route } from "./find-route.ts";
import { handleGetSession } from "./operations/get-session.ts";
import type { Operation } from "./operation.ts";
import { readRequestFields, type RequestFields, type UnparsedRequest } from "./request-fields.ts";

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
/** The log keeps at most this many headers and fields, so that a request cannot fill it. */
const maxLoggedNames = 30;
const redactedHeaders: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "proxy-authorization",
  "x-api-key",
]);

function recordRequest(
  deps: GatewayDeps,
  environment: Environment,
  route: Route,
  request: FastifyRequest,
  response: GatewayResponse,
  body: string,
  latencyMs: number,
): void {
  const { rawFields, application, credential } = response;
  const { operation } = route;
  const msisdn =
    route.operationName === "updateTransactionStatus" ? undefined : rawFields.get("input_CustomerMSISDN");
  const mask =
    msisdn === undefined || !/^\d{9,20}$/.test(msisdn)
      ? maskMsisdns
      : (text: string) => maskMsisdns(text.replaceAll(msisdn, maskMsisdn(msisdn)));
  const organisation = operation === null ? undefined : rawFields.get(operation.organisation);
  const reference = rawFields.get("input_ThirdPartyConversationID");
  const headers: Record<string, string | string[] | undefined> = {};
  for (const name of Object.keys(request.headers).slice(0, maxLoggedNames)) {
    if (redactedHeaders.has(name)) continue;
    headers[name.slice(0, 60)] = mask(String(request.headers[name] ?? "").slice(0, 300));
  }
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
    path: mask((request.url.split("?", 1)[0] ?? "").slice(0, 300)),
    headers,
    httpStatus: response.status,
    code: response.code,
    latencyUs: Math.round(latencyMs * 1000),
    organisation: organisation === undefined ? null : mask(organisation.slice(0, 40)),
    reference: reference === undefined ? null : mask(reference.slice(0, 100)),
    msisdnMasked: msisdn === undefined ? null : maskMsisdn(msisdn.slice(0, 40)),
    requestBody: mask(loggedFields(operation, rawFields)),
    responseBody:
      route.operation === null
        ? mask(body).replace(/("output_SessionID":")[^"]*/, `$1${redacted}`)
        : mask(body).replace(/("output_VoucherCode":")[^"]*/, `$1${redacted}`),
    reason: mask(response.reason),
    ...(response.fault === undefined ? {} : { fault: response.fault }),
  };
  deps.recordRequest(entry);
}

/** The call's parameters, as JSON. For other fields only the name is kept: their values may be secret. */
function loggedFields(operation: Operation | null, rawFields: RawFields): string {
  const logged: Record<string, string> = {};
  for (const [name, value] of [...rawFields].slice(0, maxLoggedNames)) {
    const parameter =
      operation !== null && Object.hasOwn(operation.parameters, name)
        ? operation.parameters[name]
        : undefined;
    if (parameter === undefined) logged[name.slice(0, 60)] = redacted;
    // A single digit is not an MSISDN: in updateTransactionStatus, this field has commit or release.
    else if (parameter.secret === true) logged[name] = redacted;
    else
      logged[name] =
        parameter.personal === true && value.length > 1
          ? maskMsisdn(value.slice(0, 40))
          : value.slice(0, 300);
  }
  return JSON.stringify(logged);
}

const anyMsisdn = new RegExp(`(?<!\\d)(?:${marketNames.map(msisdnPattern).join("|")})(?!\\d)`, "g");
const shortestMsisdn = Math.min(...Object.values(markets).map(({ digits }) => digits));

/** Masks everything that looks like an MSISDN of any market, whatever field it is in. */
function maskMsisdns(text: string): string {
  return text.length < shortestMsisdn ? text : text.replace(anyMsisdn, maskMsisdn);
}
