/**
 * This protocol's part of `openapi.json`, made of the tables that validate and answer.
 *
 * Both environments have the same calls; their paths differ in one word, and what they share is in
 * `components`, named for the call.
 */
import type { DocumentPart } from "../../http/openapi-document.ts";
import { environments, marketNames, type Environment, type Market } from "../../money.ts";
import { environmentPaths } from "./gateway.ts";
import { getSession } from "./get-session.ts";
import { answersOf, sessionAnswers, statusesOf } from "./openapi-answers.ts";
import { describeCallback } from "./openapi-callback.ts";
import type { Operation } from "./operation.ts";
import { operations } from "./operations.ts";
import { responseUrl, type Parameter } from "./parameters.ts";
import { samplePacket } from "./sample.ts";

const tag = "OpenAPI v2";

/** `failures`: every reason for not being let in, in the words that callers are told. */
export function openapiV2Part(failures: readonly string[]): DocumentPart {
  const calls = [sessionCall(failures), ...operations.map((operation) => paymentCall(operation, failures))];
  return {
    tags: [
      {
        name: tag,
        description: "The M-Pesa OpenAPI: a session, payments, mandates, and questions about them.",
      },
    ],
    paths: Object.assign(
      {},
      ...environments.flatMap((environment) => calls.map((call) => pathOf(call, environment))),
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
          description: "The session key that getSession answered, encrypted in the same way.",
        },
      },
    },
  };
}

/** A call as both environments have it. */
interface Call {
  readonly name: string;
  readonly path: string;
  readonly method: string;
  readonly markets: readonly Market[];
  /** What stands at the path besides the market and the operation id. */
  readonly item: object;
  readonly parameters: readonly object[];
  readonly schemas: object;
  readonly responses: object;
  readonly callbacks: object;
}

function pathOf({ name, path, method, markets, item, parameters }: Call, environment: Environment): object {
  const market = {
    name: "market",
    in: "path",
    required: true,
    description: "The market, in any case.",
    schema: { type: "string", enum: markets },
  };
  return {
    [`/${environmentPaths[environment]}/ipg/v2/{market}/${path}/`]: {
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

function sessionCall(failures: readonly string[]): Call {
  const { call, title, describes, method, path } = getSession;
  const responses = sessionAnswers(failures);
  return {
    name: call,
    path,
    method,
    markets: marketNames,
    item: {
      summary: title,
      description: describes,
      security: [{ apiKey: [] }],
      responses: { ...references(call, [200, 400]), default: plain },
    },
    parameters: [],
    schemas: {},
    responses,
    callbacks: {},
  };
}

function paymentCall(operation: Operation, failures: readonly string[]): Call {
  const { product, title, describes, method, path, markets, parameters } = operation;
  const statuses = statusesOf(operation);
  const inQuery = method === "GET";
  const required = Object.keys(parameters).filter((name) => parameters[name]?.mandatory === true);
  const schema = {
    type: "object",
    required,
    properties: {
      ...Object.fromEntries(Object.entries(parameters).map(([name, about]) => [name, fieldSchema(about)])),
      [responseUrl.name]: responseUrlSchema,
    },
  };
  const body = {
    required: true,
    content: {
      "application/json": { schema: ref("schemas", `${product}_request`), example: samplePacket(operation) },
    },
  };
  return {
    name: product,
    path,
    method,
    markets: markets ?? marketNames,
    item: {
      summary: title,
      description: inQuery ? `${describes} The parameters may also come as a JSON body.` : describes,
      security: [{ sessionKey: [] }],
      ...(inQuery ? {} : { requestBody: body }),
      responses: { ...references(product, statuses), default: plain },
      callbacks: { result: ref("callbacks", product) },
    },
    parameters: inQuery ? queryParameters(operation) : [],
    schemas: inQuery ? {} : { [`${product}_request`]: schema },
    responses: answersOf(operation, failures),
    callbacks: { [product]: describeCallback(operation) },
  };
}

const ref = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` });

const references = (call: string, statuses: readonly number[]) =>
  Object.fromEntries(statuses.map((status) => [status, ref("responses", `${call}_${status}`)]));

const plain = {
  description:
    "The request never reached the call: a body that is too large, a method or a path that does not exist.",
  content: { "application/json": { schema: ref("schemas", "PlainError") } },
};

const responseUrlSchema = {
  type: "string",
  format: "uri",
  description: `${responseUrl.describes} A value that does not pass is answered with ${responseUrl.code}.`,
};

function queryParameters(operation: Operation): object[] {
  const sample = samplePacket(operation);
  const own = Object.entries(operation.parameters).map(([name, about]) => ({
    name,
    in: "query",
    required: about.mandatory,
    description: descriptionOf(about),
    schema: fieldSchema(about),
    example: sample[name],
  }));
  const { name, describes } = responseUrl;
  return [...own, { name, in: "query", required: false, description: describes, schema: responseUrlSchema }];
}

/** A parameter with its expression. Where a market has one of its own, a value may pass either. */
function fieldSchema(about: Parameter): object {
  const { expression, expressionIn, example } = about;
  const others = Object.values(expressionIn ?? {}).map(({ source }) => ({ pattern: source }));
  const pattern = expression === null ? {} : { pattern: expression.source };
  return {
    type: "string",
    description: descriptionOf(about),
    ...(others.length === 0 ? pattern : { anyOf: [pattern, ...others] }),
    examples: [example],
  };
}

function descriptionOf({ describes, code, expressionIn, aliases }: Parameter): string {
  const inMarkets = Object.entries(expressionIn ?? {}).map(
    ([market, { source }]) => ` In ${market}: \`${source}\`.`,
  );
  const also = aliases === undefined ? "" : ` Also taken as ${aliases.join(", ")}.`;
  return `${describes}${inMarkets.join("")}${also} A value that does not pass is answered with ${code}.`;
}
