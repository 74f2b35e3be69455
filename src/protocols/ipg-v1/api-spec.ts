/** This protocol's part of `openapi.json`, generated from the tables that validate requests. */
import type { ApiSpecPart } from "../../http/api-spec.ts";
import { describeCallback } from "./api-spec-callbacks.ts";
import { describeResponses, unmatchedResponse } from "./api-spec-responses.ts";
import { examplePayload } from "./example-payloads.ts";
import { pathPrefix } from "./find-route.ts";
import type { IpgV1Operation } from "./operation.ts";
import { operations } from "./operations.ts";
import type { IpgV1Parameter } from "./parameters.ts";

const tag = "IPG v1";

export const ipgV1ApiSpec = (): ApiSpecPart => ({
  tags: [
    {
      name: tag,
      description:
        "Mozambique's first M-Pesa API, in the market vodacomMOZ. These paths of the main port are the sandbox's. Each call also has a port of its own (IPG_V1_PORT_…).",
    },
  ],
  paths: Object.fromEntries(
    operations.map((operation) => [
      `${pathPrefix}/${operation.path}/`,
      { [operation.method.toLowerCase()]: describeOperation(operation) },
    ]),
  ),
  components: {
    schemas: Object.fromEntries(
      operations
        .filter(({ method }) => method !== "GET")
        .map((operation) => [`${operation.product}_request`, buildRequestSchema(operation)]),
    ),
    callbacks: Object.fromEntries(
      operations.map((operation) => [operation.product, describeCallback(operation)]),
    ),
    securitySchemes: {
      ipgV1Key: {
        type: "http",
        scheme: "bearer",
        description:
          "The application's API key of IPG v1, encrypted by RSA (PKCS#1 v1.5) with the environment's public key, in base64. There are no sessions.",
      },
    },
  },
});

function describeOperation(operation: IpgV1Operation): object {
  const { product, title, description, method, listener } = operation;
  const isQuery = method === "GET";
  return {
    tags: [tag],
    operationId: product,
    summary: title,
    description: isQuery
      ? `${description} M-Pesa's own gateway refuses a query with a body; here its parameters are read from there, with a warning in the request log.`
      : `${description} Its own listener is \`${listener}\`.`,
    security: [{ ipgV1Key: [] }],
    ...(isQuery
      ? { parameters: describeQueryParameters(operation) }
      : { requestBody: describeBody(operation) }),
    responses: { ...describeResponses(operation), default: unmatchedResponse },
    callbacks: { result: { $ref: `#/components/callbacks/${product}` } },
  };
}

const describeBody = (operation: IpgV1Operation): object => ({
  required: true,
  content: {
    "application/json": {
      schema: { $ref: `#/components/schemas/${operation.product}_request` },
      example: examplePayload(operation),
    },
  },
});

const buildRequestSchema = ({ parameters }: IpgV1Operation): object => ({
  type: "object",
  required: Object.keys(parameters).filter((name) => parameters[name]?.mandatory === true),
  properties: Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => [name, buildFieldSchema(parameter)]),
  ),
});

const describeQueryParameters = ({ parameters }: IpgV1Operation): object[] =>
  Object.entries(parameters).map(([name, parameter]) => ({
    name,
    in: "query",
    required: parameter.mandatory,
    description: formatDescription(parameter),
    schema: buildFieldSchema(parameter),
    example: parameter.example,
  }));

const buildFieldSchema = (parameter: IpgV1Parameter): object => ({
  type: "string",
  description: formatDescription(parameter),
  pattern: parameter.expression.source,
  examples: [parameter.example],
});

function formatDescription({ description, code, aliases }: IpgV1Parameter): string {
  const aliasNote = aliases === undefined ? "" : ` Also accepted as ${aliases.join(", ")}.`;
  return `${description}${aliasNote} An invalid value is refused with ${code}.`;
}
