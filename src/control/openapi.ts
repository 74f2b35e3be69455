/** The control API's part of `openapi.json`, made of its routes. */
import type { DocumentPart } from "../http/openapi-document.ts";
import { marketNames } from "../money.ts";
import { controlPrefix } from "./control.ts";
import { msisdn, shortcode } from "./fields.ts";
import type { Route } from "./route.ts";
import { resources } from "./routes.ts";
import { text, type Schema } from "./schema.ts";

/** The parts of paths. */
const parts: Readonly<Record<string, Schema<string>>> = {
  market: { type: "string", enum: marketNames, description: "The market, in any case." },
  msisdn,
  shortcode,
  id: text({ description: "The application's id.", examples: ["1"] }),
  snapshot: text({ description: "The snapshot's name.", examples: ["payday"] }),
  name: text({ description: "The payment's TransactionID or ConversationID.", examples: ["hv9ahxcg4ccv"] }),
};

/** What every route may answer beside its own. */
export const everyRouteFails = {
  400: "The request cannot be read, or a field of it is not accepted: the message names it.",
  401: "The control token is missing or wrong.",
  403: "The Origin header is that of another place.",
  421: "The Host header has a name that the control API does not answer to.",
  503: "The database cannot be reached.",
} as const;

export const controlPart: DocumentPart = {
  tags: Object.keys(resources).map((resource) => ({
    name: `Control: ${resource}`,
    description: `${resource} of the sandbox, by whoever has the control token.`,
  })),
  components: {
    securitySchemes: {
      controlToken: { type: "http", scheme: "bearer", description: "`control.token` of sandbox.json." },
    },
  },
  paths: paths(),
};

function paths(): Record<string, Record<string, unknown>> {
  const made: Record<string, Record<string, unknown>> = {};
  for (const [resource, routes] of Object.entries(resources)) {
    for (const route of routes) {
      const path = controlPrefix + route.path;
      made[path] = { ...made[path], [route.method.toLowerCase()]: operationOf(resource, route) };
    }
  }
  return made;
}

function operationOf(
  resource: string,
  { method, path, does, query, body, status, answers, fails }: Route,
): object {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    ...described(parts[name] ?? {}),
  }));
  const inQuery = Object.entries(query?.properties ?? {}).map(([name, schema]) => ({
    name,
    in: "query",
    ...described(schema),
  }));
  return {
    tags: [`Control: ${resource}`],
    operationId: `control_${method.toLowerCase()}_${path.replaceAll(/\W+/g, "_").replaceAll(/^_|_$/g, "")}`,
    summary: does.split(". ", 1)[0]?.replace(/\.$/, ""),
    description: does,
    security: [{ controlToken: [] }],
    parameters: [...inPath, ...inQuery],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { "application/json": { schema: body } } } }),
    responses: {
      [status]: {
        description: "Done.",
        ...(answers === undefined ? {} : { content: { "application/json": { schema: answers } } }),
      },
      ...Object.fromEntries(Object.entries({ ...everyRouteFails, ...notFound(path), ...fails }).map(failure)),
    },
  };
}

function described({ description, ...schema }: Schema<unknown>): object {
  return { description, schema };
}

function notFound(path: string): Record<number, string> {
  return path.includes("{market}") ? { 404: "There is no such market." } : {};
}

function failure([status, description]: [string, string]): [string, object] {
  const schema = { $ref: "#/components/schemas/PlainError" };
  return [status, { description, content: { "application/json": { schema } } }];
}
