/** The part of `openapi.json` for the control API, built from its routes. */
import type { ApiSpecPart } from "../../http/api-spec-document.ts";
import { marketNames } from "../../core/markets.ts";
import { controlPrefix } from "./control.ts";
import { msisdn, shortcode } from "./fields.ts";
import type { Route } from "./route.ts";
import { resources } from "./routes.ts";
import { string, type Schema } from "./schema.ts";

/** Path parameters. */
const pathParameters: Readonly<Record<string, Schema<string>>> = {
  market: { type: "string", enum: marketNames, description: "The market. Case-insensitive." },
  msisdn,
  shortcode,
  id: string({ description: "The application's id.", examples: ["1"] }),
  snapshot: string({ description: "The snapshot's name.", examples: ["payday"] }),
  name: string({ description: "The payment's TransactionID or ConversationID.", examples: ["hv9ahxcg4ccv"] }),
};

/** Errors that every route can return, besides its own. */
export const commonErrors = {
  400: "The request cannot be parsed, or a field is not accepted. The message names the field.",
  401: "The control token is missing or wrong.",
  403: "The Origin header names another host.",
  421: "The Host header names a host that is not accepted.",
  503: "The database is unavailable.",
} as const;

export const controlApiSpec: ApiSpecPart = {
  tags: Object.keys(resources).map((resource) => ({
    name: `Control: ${resource}`,
    description: `${resource} in the sandbox. Requires the control token.`,
  })),
  components: {
    securitySchemes: {
      controlToken: { type: "http", scheme: "bearer", description: "`control.token` of sandbox.json." },
    },
  },
  paths: buildPaths(),
};

function buildPaths(): Record<string, Record<string, unknown>> {
  const result: Record<string, Record<string, unknown>> = {};
  for (const [resource, routes] of Object.entries(resources)) {
    for (const route of routes) {
      const path = controlPrefix + route.path;
      result[path] = { ...result[path], [route.method.toLowerCase()]: buildOperation(resource, route) };
    }
  }
  return result;
}

function buildOperation(
  resource: string,
  { method, path, summary, query, body, status, response, errors }: Route,
): object {
  const pathParams = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    ...withDescription(pathParameters[name] ?? {}),
  }));
  const queryParams = Object.entries(query?.properties ?? {}).map(([name, schema]) => ({
    name,
    in: "query",
    ...withDescription(schema),
  }));
  return {
    tags: [`Control: ${resource}`],
    operationId: `control_${method.toLowerCase()}_${path.replaceAll(/\W+/g, "_").replaceAll(/^_|_$/g, "")}`,
    summary: summary.split(". ", 1)[0]?.replace(/\.$/, ""),
    description: summary,
    security: [{ controlToken: [] }],
    parameters: [...pathParams, ...queryParams],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { "application/json": { schema: body } } } }),
    responses: {
      [status]: {
        description: "Success.",
        ...(response === undefined ? {} : { content: { "application/json": { schema: response } } }),
      },
      ...Object.fromEntries(
        Object.entries({ ...commonErrors, ...marketErrors(path), ...errors }).map(toErrorResponse),
      ),
    },
  };
}

function withDescription({ description, ...schema }: Schema<unknown>): object {
  return { description, schema };
}

function marketErrors(path: string): Record<number, string> {
  return path.includes("{market}") ? { 404: "Unknown market." } : {};
}

function toErrorResponse([status, description]: [string, string]): [string, object] {
  const schema = { $ref: "#/components/schemas/PlainError" };
  return [status, { description, content: { "application/json": { schema } } }];
}
