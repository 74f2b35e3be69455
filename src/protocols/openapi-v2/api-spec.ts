/**
 * This protocol's part of `openapi.json`, generated from the tables that validate requests.
 *
 * Both environments have the same calls under different paths. What they share is in `components`, under the name
 * of the call.
 */
import type { ApiSpecPart } from "../../http/api-spec.ts";
import { environments, type Environment, type Market } from "../../core/markets.ts";
import { pathPrefix } from "./find-route.ts";
import { getSession } from "./operations/get-session.ts";
import { describeResponses, describeSessionResponses, listStatuses } from "./api-spec-responses.ts";
import { describeCallback } from "./api-spec-callbacks.ts";
import { openapiV2Markets } from "./markets.ts";
import type { Operation } from "./operation.ts";
import { operations } from "./operations.ts";
import { responseUrl, type Parameter } from "./parameters.ts";
import { examplePayload } from "./example-payloads.ts";

const tag = "OpenAPI v2";

/** `failures`: every reason for a failed authentication, as callers see it. */
export function openapiV2ApiSpec(failures: readonly string[]): ApiSpecPart {
  const calls = [
    describeSessionCall(failures),
    ...operations.map((operation) => describePaymentCall(operation, failures)),
  ];
  return {
    tags: [
      {
        name: tag,
        description: "The M-Pesa OpenAPI: sessions, payments, mandates and queries.",
      },
    ],
    paths: Object.assign(
      {},
      ...environments.flatMap((environment) => calls.map((call) => toPath(call, environment))),
    ),
    components: {
      schemas: Object.assign({}, ...calls.map((call) => call.schemas)),
      responses: Object.assign({}, ...calls.map((call) => call.responses)),
      callbacks: Object.assign({}, ...calls.map((call) => call.callbacks)),
      securitySchemes: {
        apiKey: {
          type: "http",
          scheme: "bearer",
          description:
            "The application's API key, encrypted by RSA (PKCS#1 v1.5) with the environment's public key, in base64.",
        },
        sessionKey: {
          type: "http",
          scheme: "bearer",
          description: "The session key from getSession, encrypted in the same way.",
        },
      },
    },
  };
}

/** A call, which both environments have. */
interface CallSpec {
  readonly name: string;
  readonly path: string;
  readonly method: string;
  readonly markets: readonly Market[];
  /** The path item without the market parameter and the operation id. */
  readonly item: object;
  readonly parameters: readonly object[];
  readonly schemas: object;
  readonly responses: object;
  readonly callbacks: object;
}

function toPath(
  { name, path, method, markets, item, parameters }: CallSpec,
  environment: Environment,
): object {
  const market = {
    name: "market",
    in: "path",
    required: true,
    description: "The market. Upper and lower case are equal.",
    schema: { type: "string", enum: markets },
  };
  return {
    [`${pathPrefix(environment)}/{market}/${path}/`]: {
      [method.toLowerCase()]: {
        tags: [tag],
        operationId: `${environment}_${name}`,
        ...item,
        parameters: [market, origin, ...parameters],
      },
    },
  };
}

const origin = {
  name: "Origin",
  in: "header",
  description: "One of the application's trusted origins, if it has any.",
  schema: { type: "string" },
  example: "https://shop.example",
};

function describeSessionCall(failures: readonly string[]): CallSpec {
  const { call, title, description, method, path } = getSession;
  const responses = describeSessionResponses(failures);
  return {
    name: call,
    path,
    method,
    markets: openapiV2Markets,
    item: {
      summary: title,
      description,
      security: [{ apiKey: [] }],
      responses: { ...toReferences(call, [200, 400]), default: plainErrorResponse },
    },
    parameters: [],
    schemas: {},
    responses,
    callbacks: {},
  };
}

function describePaymentCall(operation: Operation, failures: readonly string[]): CallSpec {
  const { product, title, description, method, path, markets, parameters } = operation;
  const statuses = listStatuses(operation);
  const inQuery = method === "GET";
  const required = Object.keys(parameters).filter((name) => parameters[name]?.mandatory === true);
  const schema = {
    type: "object",
    required,
    properties: {
      ...Object.fromEntries(
        Object.entries(parameters).map(([name, parameter]) => [name, buildFieldSchema(parameter)]),
      ),
      [responseUrl.name]: responseUrlSchema,
    },
  };
  const body = {
    required: true,
    content: {
      "application/json": {
        schema: toReference("schemas", `${product}_request`),
        example: examplePayload(operation),
      },
    },
  };
  return {
    name: product,
    path,
    method,
    markets: markets ?? openapiV2Markets,
    item: {
      summary: title,
      description: inQuery ? `${description} The parameters may also be sent as a JSON body.` : description,
      security: [{ sessionKey: [] }],
      ...(inQuery ? {} : { requestBody: body }),
      responses: { ...toReferences(product, statuses), default: plainErrorResponse },
      callbacks: { result: toReference("callbacks", product) },
    },
    parameters: inQuery ? describeQueryParameters(operation) : [],
    schemas: inQuery ? {} : { [`${product}_request`]: schema },
    responses: describeResponses(operation, failures),
    callbacks: { [product]: describeCallback(operation) },
  };
}

const toReference = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` });

const toReferences = (call: string, statuses: readonly number[]) =>
  Object.fromEntries(statuses.map((status) => [status, toReference("responses", `${call}_${status}`)]));

const unmatchedRequestSchema = {
  type: "object",
  required: ["output_ResponseCode", "output_ResponseDesc", "output_error"],
  properties: {
    output_ResponseCode: { type: "string", enum: ["INS-21"], description: "The response code." },
    output_ResponseDesc: { type: "string", description: "The text of the code." },
    output_error: { type: "string", description: "The path, and what is wrong with it." },
  },
};

const plainErrorResponse = {
  description:
    "The request did not reach the call. 404 and 405: no call has this path, or not with this method; the body has INS-21, and output_error names the path. Other statuses: the request cannot be read, for example because its body is too large.",
  content: {
    "application/json": {
      schema: {
        anyOf: [unmatchedRequestSchema, toReference("schemas", "PlainError")],
      },
    },
  },
};

const responseUrlSchema = {
  type: "string",
  format: "uri",
  description: `${responseUrl.description} An invalid value is refused with ${responseUrl.code}.`,
};

function describeQueryParameters(operation: Operation): object[] {
  const example = examplePayload(operation);
  const declared = Object.entries(operation.parameters).map(([name, parameter]) => ({
    name,
    in: "query",
    required: parameter.mandatory,
    description: formatDescription(parameter),
    schema: buildFieldSchema(parameter),
    example: example[name],
  }));
  const { name, description } = responseUrl;
  return [...declared, { name, in: "query", required: false, description, schema: responseUrlSchema }];
}

/** The schema of a parameter. Where a market has its own expression, the schema accepts either. */
function buildFieldSchema(parameter: Parameter): object {
  const { expression, marketExpressions, example } = parameter;
  const others = Object.values(marketExpressions ?? {}).map(({ source }) => ({ pattern: source }));
  const pattern = expression === null ? {} : { pattern: expression.source };
  return {
    type: "string",
    description: formatDescription(parameter),
    ...(others.length === 0 ? pattern : { anyOf: [pattern, ...others] }),
    examples: [example],
  };
}

function formatDescription({ description, code, marketExpressions, aliases }: Parameter): string {
  const marketNotes = Object.entries(marketExpressions ?? {}).map(
    ([market, { source }]) => ` In ${market}: \`${source}\`.`,
  );
  const aliasNote = aliases === undefined ? "" : ` Also accepted as ${aliases.join(", ")}.`;
  return `${description}${marketNotes.join("")}${aliasNote} An invalid value is refused with ${code}.`;
}
