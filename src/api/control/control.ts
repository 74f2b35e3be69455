/**
 * `/control/v1`: the API with which tests and tools control the sandbox. It cannot reach the live environment.
 *
 * Each resource has a file with its routes. A route object has schemas, documentation and a handler
 * (`route.ts`). This file registers the routes on the server.
 */
import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from "fastify";
import { compileValidator } from "../../http/validation.ts";
import { limitWork, type WorkRefusal } from "../../http/work-limit.ts";
import { assertAccess } from "./access-control.ts";
import { describeRoute } from "./api-spec.ts";
import { ApiError, createErrorHandler, type RouteErrorConfig } from "../api-error.ts";
import { acceptAnyContentType, maxBodyBytes } from "./json-body.ts";
import { normaliseMarket } from "./path-parameters.ts";
import type { RouteRequest } from "../json-route.ts";
import { controlPrefix, type ControlDeps, type Route } from "./route.ts";
import { resources } from "./routes.ts";

const workRefusals = {
  source: [429, "Too many requests of this client are waiting. Send the next one when some have a response."],
  server: [503, "The control API has too many requests. Try again in a few seconds."],
} as const satisfies Record<WorkRefusal, readonly [number, string]>;

export function registerControlApi(app: FastifyInstance, deps: ControlDeps): void {
  void app.register(async (scope) => {
    scope.addHook("onRequest", async ({ headers }) => assertAccess(headers, deps.token, deps.allowedHosts));
    acceptAnyContentType(scope);
    limitWork(scope, (reason) => {
      const [status, message] = workRefusals[reason];
      throw new ApiError(status, message);
    });
    scope.addHook("preValidation", normaliseMarket);
    scope.setValidatorCompiler(compileValidator);
    scope.setErrorHandler(createErrorHandler({ namesFields: false }));
    for (const [resource, routes] of Object.entries(resources)) {
      for (const route of routes) {
        const config = {
          notFound: route.errors?.[404] ?? "Nothing has this name.",
          waits: route.waits === true,
        } satisfies RouteErrorConfig & FastifyContextConfig;
        scope.route({
          method: route.method,
          url: controlPrefix + route.path.replaceAll(/\{(\w+)\}/g, ":$1"),
          bodyLimit: maxBodyBytes,
          schema: describeRoute(resource, route),
          preValidation: needsBody(route) ? [] : [useEmptyBody],
          config,
          handler: (request, reply) => route.handle(request as RouteRequest, deps, reply.code(route.status)),
        });
      }
    }
  });
}

/** Whether the body of a route has fields that every request must have. */
const needsBody = ({ body }: Route): boolean =>
  body !== undefined && "required" in body && Array.isArray(body.required) && body.required.length > 0;

/** A request without a body means one without fields. */
async function useEmptyBody(request: FastifyRequest): Promise<void> {
  request.body ??= {};
}
