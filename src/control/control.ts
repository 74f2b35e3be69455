/**
 * `/control/v1`: what a test or a tool does to the sandbox by HTTP. It never touches the live environment.
 *
 * Each resource has a file with its routes; a route is a table that validates, answers and documents
 * (`route.ts`). This file puts them on the server.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { StoreUnreachable } from "../payments/lanes.ts";
import { guard } from "./guard.ts";
import { ControlError, marketNamed, type Asked, type ControlDeps, type Route } from "./route.ts";
import { routes } from "./routes.ts";
import { checked } from "./schema.ts";

export type { ControlDeps };

export const controlPrefix = "/control/v1";

/** Ten thousand customers with names and balances are about two megabytes. */
const bodyBytesMax = 4 * 1024 * 1024;

export function control(app: FastifyInstance, deps: ControlDeps): void {
  void app.register(async (scope) => {
    // Every body is JSON, whatever it says it is: one error message for all that is not.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
    scope.addHook("onRequest", async (request) => {
      guard(request.headers, deps.token, deps.hosts);
      delete request.raw.headers["content-type"];
    });
    scope.setErrorHandler((error, _request, reply) => answerError(error, reply));
    for (const route of routes) {
      scope.route({
        method: route.method,
        url: controlPrefix + route.path.replaceAll(/\{(\w+)\}/g, ":$1"),
        bodyLimit: bodyBytesMax,
        handler: async (request, reply) => {
          const answer = await route.handle(readAsked(route, request, reply), deps);
          return reply.code(route.status).send(answer);
        },
      });
    }
  });
}

function readAsked(route: Route, request: FastifyRequest, reply: FastifyReply): Asked<unknown, unknown> {
  const parts = request.params as Readonly<Record<string, string>>;
  return {
    get market() {
      return marketNamed(parts["market"] ?? "");
    },
    query: route.query === undefined ? {} : checked(route.query, request.query, "query"),
    body: route.body === undefined ? null : checked(route.body, parseJson(request.body), "body"),
    get gone() {
      return hangingUp(reply);
    },
    part: (name) => parts[name] ?? "",
  };
}

function hangingUp({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once("close", () => gone.abort());
  if (raw.destroyed) gone.abort();
  return gone.signal;
}

function parseJson(body: unknown): unknown {
  try {
    return JSON.parse(body as string) as unknown;
  } catch {
    throw new ControlError(400, "The body is no JSON.");
  }
}

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  421: "Misdirected Request",
  503: "Service Unavailable",
};

/** What is not ours to say goes on to the server's own handler, which tells nobody more than it should. */
function answerError(error: unknown, reply: FastifyReply): FastifyReply {
  if (error instanceof ControlError) return send(reply, error.statusCode, error.message);
  if (error instanceof StoreUnreachable) {
    return send(
      reply,
      503,
      "The database cannot be reached. What was asked for may or may not have happened: look before asking again.",
    );
  }
  throw error;
}

function send(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ error: titles[status] ?? "Error", message });
}
