/** The HTTP routes of IPG v1: matches paths to operations, parses bodies, sends JSON, and writes the request log. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Environment } from "../../core/markets.ts";
import { readRequestFields, type RequestFields, type UnparsedRequest } from "../ipg/request-fields.ts";
import type { RenderedResponse } from "../protocol.ts";
import {
  findRoute,
  pathPrefix,
  renderNoSuchCall,
  renderWrongListener,
  renderWrongMethod,
} from "./find-route.ts";
import type { IpgV1Deps } from "./gateway-deps.ts";
import {
  handleIpgV1Request,
  queryBodyWarning,
  toFaultyResponse,
  type IpgV1Response,
} from "./handle-request.ts";
import { toLogEntry } from "./log-request.ts";
import { forbiddenPage, takeBalanceFault, type IpgV1FaultyResponse } from "./request-faults.ts";
import type { IpgV1ListenerName } from "./settings.ts";

/** Where the calls are served: all of them on the main listeners, and one on each listener of its own. */
export interface ServedListener {
  readonly environment: Environment;
  /** The ports of the protocol's own listeners; null on the main ones. */
  readonly ownPorts: (() => Readonly<Partial<Record<IpgV1ListenerName, number>>>) | null;
}

export function registerIpgV1Routes(app: FastifyInstance, deps: IpgV1Deps, listener: ServedListener): void {
  void app.register(async (scope) => {
    // Parse every body as text: some clients send no Content-Type, or that of a form.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
    scope.addHook("onRequest", (request, _reply, done) => {
      delete request.raw.headers["content-type"];
      done();
    });
    scope.setErrorHandler(async (error: Error & { readonly statusCode?: number }, request, reply) => {
      // The body was not read to its end. Anything else is a bug.
      if ((error.statusCode ?? 500) >= 500) throw error;
      await serveCall(deps, listener, request, reply, unreadFields);
    });
    scope.route({
      method: scope.supportedMethods,
      url: `${pathPrefix}/*`,
      handler: (request, reply) => serveCall(deps, listener, request, reply),
    });
  });
}

/** The fields of a request whose body cannot be read. */
const unreadFields: RequestFields = {
  fields: new Map(),
  nullNames: [],
  error: { code: "INS-21", reason: "The body is longer than 64 KB, or it ended early." },
};

async function serveCall(
  deps: IpgV1Deps,
  { environment, ownPorts }: ServedListener,
  request: FastifyRequest,
  reply: FastifyReply,
  knownFields?: RequestFields,
): Promise<FastifyReply> {
  const startedAt = performance.now();
  const operation = findRoute((request.params as { "*": string })["*"]);
  if (operation === undefined) return sendRendered(reply, renderNoSuchCall(request.url));
  const ports = ownPorts?.();
  if (ports !== undefined && ports[operation.listener] !== request.socket.localPort)
    return sendRendered(reply, renderWrongListener(request.url, operation, ports));
  if (operation.method !== request.method)
    return sendRendered(reply, renderWrongMethod(request.url, operation));

  const { method, query, headers } = request;
  const body = (request.body as string | undefined) ?? "";
  const hasQueryBody = method === "GET" && body.trim() !== "";
  const fields = knownFields ?? readRequestFields({ method, body, query: query as UnparsedRequest["query"] });
  const response =
    deps.settings.strictQueries && hasQueryBody
      ? toFaultyResponse(deps.newId(), { ...forbiddenPage, reason: queryBodyWarning })
      : await handleIpgV1Request(deps, operation, {
          environment,
          authorization: headers.authorization,
          origin: headers.origin,
          source: request.ip,
          connection: request.ip === request.socket.remoteAddress ? request.socket : null,
          fields,
          hasQueryBody,
        });
  const replacement = response.replacement ?? (await takeBalanceFault(deps, environment, response));
  const responseText = replacement?.body ?? JSON.stringify(response.body);
  void reply
    .code(replacement?.status ?? response.status)
    .header("content-type", replacement?.contentType ?? "application/json")
    .send(responseText);
  deps.recordRequest(
    toLogEntry({
      environment,
      operation,
      request,
      fields: fields.fields,
      response: replacement === null ? response : withFault(response, replacement),
      responseText,
      latencyMs: performance.now() - startedAt,
    }),
  );
  return reply;
}

const sendRendered = (reply: FastifyReply, { status, headers, body }: RenderedResponse): FastifyReply =>
  reply.code(status).headers(headers).send(body);

const withFault = (response: IpgV1Response, { status, reason }: IpgV1FaultyResponse): IpgV1Response => ({
  ...response,
  status,
  reason: response.reason === reason ? reason : `${response.reason} ${reason}`,
});
