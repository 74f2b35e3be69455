/** What `openapi.json` says of the control API: each route's schemas and texts, as Fastify's swagger plugin reads them. */
import type { FastifySchema } from "fastify";
import { plainError, type ApiSpecPart } from "../../http/api-spec.ts";
import { pathSchema } from "./path-parameters.ts";
import type { Route } from "./route.ts";
import { resources } from "./routes.ts";

/** Errors that every route can return, besides its own. */
export const commonErrors = {
  400: "The request cannot be parsed, or a field is not accepted. The message names the field.",
  401: "The control token is missing or wrong.",
  403: "The Origin header names another host.",
  421: "The Host header names a host that is not accepted.",
  429: "Too many requests of this client are waiting.",
  503: "The database is unavailable, or the control API has too many requests.",
} as const;

export const controlApiSpec: ApiSpecPart = {
  tags: Object.keys(resources).map((resource) => ({
    name: toTag(resource),
    description: `${resource} in the sandbox. Requires the control token.`,
  })),
  components: {
    securitySchemes: {
      controlToken: { type: "http", scheme: "bearer", description: "`control.token` of sandbox.json." },
    },
  },
};

/** The schemas that validate a route's requests, and the description of the route. */
export function describeRoute(
  resource: string,
  { method, path, summary, query, body, status, response, errors }: Route,
): FastifySchema {
  const params = pathSchema(path);
  return {
    tags: [toTag(resource)],
    operationId: toOperationId(method, path),
    summary: summary.split(". ", 1)[0]?.replace(/\.$/, "") ?? "",
    description: summary,
    security: [{ controlToken: [] }],
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(body === undefined ? {} : { body }),
    response: {
      [status]:
        response === undefined
          ? { type: "null", description: "Success." }
          : { description: "Success.", content: { "application/json": { schema: response } } },
      ...describeErrors(path, errors),
    },
  };
}

function describeErrors(path: string, errors: Route["errors"]): Record<string, object> {
  const marketErrors = path.includes("{market}") ? { 404: "Unknown market." } : {};
  return Object.fromEntries(
    Object.entries({ ...commonErrors, ...marketErrors, ...errors }).map(([status, description]) => [
      status,
      plainError(description),
    ]),
  );
}

function toTag(resource: string): string {
  return `Control: ${resource}`;
}

function toOperationId(method: string, path: string): string {
  const name = path.replaceAll(/\W+/g, "_").replaceAll(/^_|_$/g, "");
  return `control_${method.toLowerCase()}_${name}`;
}
