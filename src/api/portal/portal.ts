/**
 * `/portal/api`: the API of the workspace.
 *
 * Each noun has a file with its routes. This file registers them, with the checks that all of them share: the request
 * comes from this server's own pages, the developer is signed in, and one source cannot take all of the work.
 */
import type { FastifyContextConfig, FastifyInstance } from "fastify";
import { PasswordQueueFull } from "../../accounts/passwords.ts";
import { securityHeaders } from "../../http/security-headers.ts";
import { compileValidator } from "../../http/validation.ts";
import { limitWork, type WorkRefusal } from "../../http/work-limit.ts";
import { ApiError, createErrorHandler, type RouteErrorConfig } from "../api-error.ts";
import type { RouteRequest } from "../json-route.ts";
import { createAccountLimits } from "./account-limits.ts";
import { assertOwnPage } from "./access-control.ts";
import { describePortalRoute } from "./api-spec.ts";
import {
  portalPrefix,
  type Developer,
  type PortalDeps,
  type PortalRoute,
  type PublicContext,
} from "./route.ts";
import { portalResources } from "./routes.ts";
import { findDeveloper } from "./session.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who sent a request to the portal's API; null for a stranger. */
    developer: Developer | null;
  }
}

/** More than a form or a request of the gateway needs. */
const maxBodyBytes = 256 * 1024;

const workRefusals = {
  source: [429, "Too many requests of this client are waiting. Try again when some have a response."],
  server: [503, "The portal has too many requests. Try again in a few seconds."],
} as const satisfies Record<WorkRefusal, readonly [number, string]>;

const handleError = createErrorHandler({ namesFields: true });

export function registerPortalApi(app: FastifyInstance, deps: PortalDeps): void {
  const limits = createAccountLimits();
  void app.register(async (scope) => {
    scope.decorateRequest("developer", null);
    scope.addHook("preClose", () => deps.events.close());
    scope.addHook("onRequest", async (request, reply) => {
      void reply.headers(securityHeaders);
      assertOwnPage(request, deps.allowedHosts);
    });
    limitWork(scope, (reason) => {
      const [status, message] = workRefusals[reason];
      throw new ApiError(status, message);
    });
    scope.setValidatorCompiler(compileValidator);
    scope.setErrorHandler((error, request, reply) => {
      if (!(error instanceof PasswordQueueFull)) return handleError(error, request, reply);
      const message = "Too many people are signing in. Try again in a few seconds.";
      return handleError(new ApiError(503, message), request, reply);
    });
    for (const [resource, routes] of Object.entries(portalResources)) {
      for (const route of routes) registerRoute(scope, resource, route, { deps, limits });
    }
    scope.all(`${portalPrefix}/*`, { schema: { hide: true } }, async () => {
      throw new ApiError(404, "The portal has no such path.");
    });
  });
}

function registerRoute(
  scope: FastifyInstance,
  resource: string,
  route: PortalRoute,
  parts: Pick<PublicContext, "deps" | "limits">,
): void {
  const config = {
    notFound: route.errors?.[404] ?? "Nothing has this name.",
    waits: route.waits === true,
  } satisfies RouteErrorConfig & FastifyContextConfig;
  scope.route({
    method: route.method,
    url: portalPrefix + route.path.replaceAll(/\{(\w+)\}/g, ":$1"),
    bodyLimit: maxBodyBytes,
    schema: describePortalRoute(resource, route),
    config,
    preValidation: async (request) => {
      const developer = await findDeveloper(request, parts.deps);
      if (developer === null && route.access === "developer")
        throw new ApiError(401, "You are not signed in.");
      request.developer = developer;
    },
    handler: (request, reply) =>
      route.handle(
        request as RouteRequest,
        { ...parts, request, developer: request.developer } as never,
        reply.code(route.status),
      ),
  });
}
