/** The HTTP routes of Daraja: matches paths to calls, reads bodies, sends JSON, and writes the request log. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Environment } from "../../core/markets.ts";
import type { DarajaDeps } from "./daraja-deps.ts";
import { findDarajaRoute, findRouteError, normalisePath, oauthPath, pathPrefixes } from "./find-route.ts";
import { handleDarajaRequest, renderError, type DarajaResponse } from "./handle-request.ts";
import { toLogEntry } from "./log-request.ts";
import { handleOauth, oauth } from "./oauth.ts";
import type { DarajaOperation } from "./operation.ts";
import { takeOauthFault, type FaultyResponse } from "./request-faults.ts";
import { noBody, readRequestBody, tooLongBody, type RequestBody } from "./request-body.ts";
import { toJson } from "./wire-json.ts";

/** A list of a thousand invoices has half of this. */
const maxBodyBytes = 1024 * 1024;

const contentType = "application/json;charset=UTF-8";

/** The Content-Type as it was sent: Fastify refuses those that it cannot parse. */
const sentContentTypes = new WeakMap<object, string>();

/** Serves Daraja's paths at the root of a listener, in the environment of that listener. */
export function registerDarajaRoutes(app: FastifyInstance, deps: DarajaDeps, environment: Environment): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    scope.addHook("onRequest", (request, _reply, done) => {
      const { headers } = request.raw;
      if (headers["content-type"] !== undefined) {
        sentContentTypes.set(request.raw, headers["content-type"]);
        delete headers["content-type"];
      }
      done();
    });
    scope.setErrorHandler(async (error: Error & { readonly statusCode?: number }, request, reply) => {
      // The body was not read to its end. Anything else is a bug.
      if ((error.statusCode ?? 500) >= 500) throw error;
      await serve(deps, environment, request, reply, tooLongBody);
    });
    for (const prefix of pathPrefixes) {
      scope.route({
        method: scope.supportedMethods,
        url: `${prefix}/*`,
        bodyLimit: maxBodyBytes,
        handler: (request, reply) => serve(deps, environment, request, reply),
      });
    }
  });
}

async function serve(
  deps: DarajaDeps,
  environment: Environment,
  request: FastifyRequest,
  reply: FastifyReply,
  unreadBody?: RequestBody,
): Promise<FastifyReply> {
  const startedAt = performance.now();
  const path = normalisePath(request.url);
  if (path === oauthPath && request.method === "GET") {
    const response = await handleOauth(deps, {
      environment,
      authorization: request.headers.authorization,
      grantType: (request.query as Readonly<Record<string, string | undefined>>)["grant_type"],
      source: request.ip,
    });
    const fault = await takeOauthFault(deps, environment, response.status);
    return send(deps, environment, request, reply, {
      response: fault === null ? response : describeFault(response, fault),
      fault,
      name: oauth.name,
      startedAt,
    });
  }
  const operation = findDarajaRoute(path);
  if (operation === undefined || request.method !== (operation.method ?? "POST")) {
    const error = findRouteError(request.method, path);
    const body = renderError(deps, environment, deps.newId(), error);
    return reply.code(error.status).header("content-type", contentType).send(toJson(body));
  }
  const body =
    unreadBody ??
    readRequestBody(
      sentContentTypes.get(request.raw),
      request.body as Buffer | undefined,
      operation.body ?? "object",
    );
  const response = await handleDarajaRequest(deps, operation, {
    environment,
    authorization: request.headers.authorization,
    source: request.ip,
    headers: request.headers,
    body,
  });
  return send(deps, environment, request, reply, {
    response,
    name: operation.name,
    operation,
    body,
    startedAt,
  });
}

/** What the request log has of a response that a fault replaces. */
const describeFault = (response: DarajaResponse, { status }: FaultyResponse): DarajaResponse => ({
  ...response,
  status,
  reason: `${response.reason} A fault replaced the response: a test or DARAJA_OAUTH_FAULT asked for it.`,
});

interface ServedCall {
  readonly response: DarajaResponse;
  /** What is sent instead of the response. */
  readonly fault?: FaultyResponse | null;
  readonly name: string;
  readonly operation?: DarajaOperation;
  readonly body?: RequestBody;
  readonly startedAt: number;
}

function send(
  deps: DarajaDeps,
  environment: Environment,
  request: FastifyRequest,
  reply: FastifyReply,
  { response, fault = null, name, operation, body = noBody, startedAt }: ServedCall,
): FastifyReply {
  const responseText = fault?.body ?? toJson(response.body);
  void reply
    .code(fault?.status ?? response.status)
    .header("content-type", fault?.contentType ?? contentType)
    .send(responseText);
  deps.recordRequest(
    toLogEntry({
      environment,
      name,
      operation: operation ?? null,
      request,
      body,
      response,
      responseText,
      latencyMs: performance.now() - startedAt,
    }),
  );
  return reply;
}
