/**
 * `/control/v1`: the API with which tests and tools control the sandbox. It cannot reach the live environment.
 *
 * Each resource has a file with its routes. A route object has schemas, documentation and a handler
 * (`route.ts`). This file registers the routes on the server.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { DatabaseUnavailable } from "../../payments/engine/batcher.ts";
import { assertAccess } from "./access-control.ts";
import { ControlError, parseMarket, type RouteRequest, type ControlDeps, type Route } from "./route.ts";
import { routes } from "./routes.ts";
import { validate } from "./schema.ts";

export type { ControlDeps };

export const controlPrefix = "/control/v1";

/** Ten thousand customers with names and balances take about two megabytes. */
const maxBodyBytes = 4 * 1024 * 1024;

export function registerControlApi(app: FastifyInstance, deps: ControlDeps): void {
  void app.register(async (scope) => {
    // Every body is parsed as JSON, whatever its content type: one error message for all invalid bodies.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
    scope.addHook("onRequest", async (request) => {
      assertAccess(request.headers, deps.token, deps.allowedHosts);
      delete request.raw.headers["content-type"];
    });
    scope.setErrorHandler((error, _request, reply) => handleError(error, reply));
    for (const route of routes) {
      scope.route({
        method: route.method,
        url: controlPrefix + route.path.replaceAll(/\{(\w+)\}/g, ":$1"),
        bodyLimit: maxBodyBytes,
        handler: async (request, reply) => {
          const responseBody = await route.handle(parseRequest(route, request, reply), deps);
          return reply.code(route.status).send(responseBody);
        },
      });
    }
  });
}

function parseRequest(
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): RouteRequest<unknown, unknown> {
  const params = request.params as Readonly<Record<string, string>>;
  return {
    get market() {
      return parseMarket(params["market"] ?? "");
    },
    query: route.query === undefined ? {} : validate(route.query, request.query, "query"),
    body: route.body === undefined ? null : validate(route.body, parseJson(request.body), "body"),
    get signal() {
      return createCloseSignal(reply);
    },
    param: (name) => params[name] ?? "",
  };
}

function createCloseSignal({ raw }: FastifyReply): AbortSignal {
  const closed = new AbortController();
  raw.once("close", () => closed.abort());
  if (raw.destroyed) closed.abort();
  return closed.signal;
}

function parseJson(body: unknown): unknown {
  try {
    return JSON.parse(body as string) as unknown;
  } catch {
    throw new ControlError(400, "The body is not valid JSON.");
  }
}

const statusTitles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  421: "Misdirected Request",
  503: "Service Unavailable",
};

/** Rethrows unexpected errors to the error handler of the server, which does not disclose details. */
function handleError(error: unknown, reply: FastifyReply): FastifyReply {
  if (error instanceof ControlError) return sendError(reply, error.statusCode, error.message);
  if (error instanceof DatabaseUnavailable) {
    return sendError(
      reply,
      503,
      "The database is unavailable. The change may or may not have been made: check before you try again.",
    );
  }
  throw error;
}

function sendError(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ error: statusTitles[status] ?? "Error", message });
}
