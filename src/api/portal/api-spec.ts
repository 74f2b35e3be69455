/** What `openapi.json` says of the portal's API, as Fastify's swagger plugin reads it from the routes. */
import type { FastifySchema } from "fastify";
import { plainError, type ApiSpecPart } from "../../http/api-spec.ts";
import { pathSchema } from "./path-parameters.ts";
import type { PortalRoute } from "./route.ts";
import { portalResources } from "./routes.ts";

/** Errors that every route can return, besides its own. */
const commonErrors = {
  400: "The request cannot be parsed, or a field is not accepted. The message names the field.",
  403: "The request comes from a page of another server, or the developer may not do this.",
  415: "The body is not JSON.",
  421: "The Host header names a host that is not accepted.",
  429: "Too many requests of this client.",
  503: "The database is unavailable, or the server has too many requests.",
} as const;

export const portalApiSpec: ApiSpecPart = {
  tags: Object.keys(portalResources).map((resource) => ({
    name: toTag(resource),
    description: `${resource} in the developer portal. Requires the session's cookie.`,
  })),
  components: {
    securitySchemes: {
      portalSession: {
        type: "apiKey",
        in: "cookie",
        name: "pesarail_session",
        description: "The session of a developer who is signed in.",
      },
    },
  },
};

/** The schemas that validate a route's requests, and the description of the route. */
export function describePortalRoute(resource: string, route: PortalRoute): FastifySchema {
  const { method, path, summary, query, body, status, response, errors, access } = route;
  const params = pathSchema(path);
  const noSession = { 401: "There is no session." };
  return {
    tags: [toTag(resource)],
    operationId: toOperationId(method, path),
    summary: summary.split(". ", 1)[0]?.replace(/\.$/, "") ?? "",
    description: summary,
    security: access === "public" ? [] : [{ portalSession: [] }],
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(body === undefined ? {} : { body }),
    response: {
      [status]:
        response === undefined
          ? { type: "null", description: "Success." }
          : { description: "Success.", content: { "application/json": { schema: response } } },
      ...Object.fromEntries(
        Object.entries({ ...commonErrors, ...(access === "public" ? {} : noSession), ...errors }).map(
          ([code, description]) => [code, plainError(description)],
        ),
      ),
    },
  };
}

function toTag(resource: string): string {
  return `Portal: ${resource}`;
}

function toOperationId(method: string, path: string): string {
  const name = path.replaceAll(/\W+/g, "_").replaceAll(/^_|_$/g, "");
  return `portal_${method.toLowerCase()}_${name}`;
}
