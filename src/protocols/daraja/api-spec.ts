/** This protocol's part of `openapi.json`, generated from the tables that validate requests. */
import type { ApiSpecPart } from "../../http/api-spec.ts";
import { buildExampleRequest, buildExampleResponse } from "./examples.ts";
import { families, type DarajaError } from "./families.ts";
import type { FieldTable } from "./fields.ts";
import { oauthPath } from "./find-route.ts";
import { oauth } from "./oauth.ts";
import type { DarajaOperation } from "./operation.ts";
import { operations } from "./operations.ts";
import { findFirstMandatory } from "./read-fields.ts";

const tag = "Daraja";

export const darajaApiSpec = (): ApiSpecPart => ({
  tags: [
    {
      name: tag,
      description:
        "Kenya's M-Pesa, in the market safaricomKEN: these paths are the sandbox's. Live has a listener of its own.",
    },
  ],
  paths: {
    [oauthPath]: { get: oauthSpec },
    ...Object.fromEntries(
      operations.map((operation) => [
        operation.path,
        { [(operation.method ?? "POST").toLowerCase()]: describeOperation(operation) },
      ]),
    ),
  },
  components: {
    schemas: {
      daraja_error: errorSchema,
      ...Object.fromEntries(
        operations.map((operation) => [`daraja_${operation.name}_request`, buildRequestSchema(operation)]),
      ),
    },
    securitySchemes: {
      darajaConsumer: {
        type: "http",
        scheme: "basic",
        description: "The consumer key and the consumer secret.",
      },
      darajaToken: { type: "http", scheme: "bearer", description: "The access token from OAuth." },
    },
  },
});

const errorSchema = {
  type: "object",
  required: ["errorCode", "errorMessage"],
  properties: {
    requestId: { type: "string", description: "The request's id, which the request log has too." },
    errorCode: { type: "string" },
    errorMessage: { type: "string" },
  },
};

const jsonContent = (schema: object, example: unknown) => ({
  "application/json": { schema, example },
});

const describeError = ({ code, message }: DarajaError, description: string) => ({
  description,
  content: jsonContent(
    { $ref: "#/components/schemas/daraja_error" },
    { requestId: "8423-4a3b-87d8-1d918a78741e243712", errorCode: code, errorMessage: message },
  ),
});

const describeSuccess = (response: DarajaOperation["response"]) => ({
  description: "Accepted.",
  content: jsonContent(
    {
      type: "object",
      properties: Object.fromEntries(
        Object.entries(response).map(([name, { description, example }]) => [
          name,
          { description, examples: [example] },
        ]),
      ),
    },
    buildExampleResponse({ response }),
  ),
});

const oauthSpec = {
  tags: [tag],
  operationId: "daraja_oauth",
  summary: oauth.title,
  description: oauth.description,
  security: [{ darajaConsumer: [] }],
  parameters: [
    { name: "grant_type", in: "query", required: true, schema: { type: "string", enum: [oauth.grantType] } },
  ],
  responses: {
    200: describeSuccess(oauth.response),
    400: describeError(
      { status: 400, code: "400.008.01", message: "Invalid Authentication passed" },
      "The credential or the grant is wrong.",
    ),
  },
};

function describeOperation(operation: DarajaOperation): object {
  const { name, title, description, family, fields, response, body = "object" } = operation;
  const request = { $ref: `#/components/schemas/daraja_${name}_request` };
  const example = buildExampleRequest(operation);
  const isList = body === "list";
  const errors = families[family];
  const firstField = findFirstMandatory(fields);
  return {
    tags: [tag],
    operationId: `daraja_${name}`,
    summary: title,
    description,
    security: [{ darajaToken: [] }],
    requestBody: {
      required: true,
      content: jsonContent(
        isList ? { type: "array", items: request } : request,
        isList ? [example] : example,
      ),
    },
    responses: {
      200: describeSuccess(response),
      ...describeErrors([
        [errors.invalidField(firstField), "A field is missing or invalid."],
        [errors.invalidToken("expired", ""), "The token is not accepted."],
        [errors.internalError, "The server failed, or the call refuses the request."],
      ]),
    },
  };
}

/** One response for each status: the first error that has it. */
function describeErrors(errors: readonly (readonly [DarajaError, string])[]): object {
  const byStatus = new Map<number, object>();
  for (const [error, description] of errors)
    if (!byStatus.has(error.status)) byStatus.set(error.status, describeError(error, description));
  return Object.fromEntries(byStatus);
}

interface ObjectSchema {
  readonly type: "object";
  readonly required: string[];
  readonly properties: Record<string, object>;
}

const emptySchema = (): ObjectSchema => ({ type: "object", required: [], properties: {} });

/** A name with a dot is that of a field in a nested object. */
function buildRequestSchema({ fields }: { readonly fields: FieldTable }): ObjectSchema {
  const root = emptySchema();
  for (const [name, { mandatory, description, example, schema }] of Object.entries(fields)) {
    const path = name.split(".");
    let target = root;
    for (const part of path.slice(0, -1)) {
      target.properties[part] ??= emptySchema();
      if (mandatory && !target.required.includes(part)) target.required.push(part);
      target = target.properties[part] as ObjectSchema;
    }
    const last = path.at(-1) ?? "";
    target.properties[last] = { ...schema, description, examples: [example] };
    if (mandatory) target.required.push(last);
  }
  return root;
}
