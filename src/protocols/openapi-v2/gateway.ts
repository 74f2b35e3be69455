/** OpenAPI v2 on HTTP: paths to operations, bytes to fields, answers to JSON, and a record of each. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { markets, type Environment } from "../../money.ts";
import { maskMsisdn, readJsonFields, type RawFields } from "../fields.ts";
import type { Exchange, ProtocolDeps } from "../route.ts";
import { answer, type Answered, type Arrived } from "./answer.ts";
import { answerGetSession, getSession } from "./get-session.ts";
import type { Operation } from "./operation.ts";
import { operations, pathAliases } from "./operations.ts";

/** The path segment of each environment: the wire calls live `openapi`. */
export const environmentPaths: Readonly<Record<Environment, string>> = {
  sandbox: "sandbox",
  live: "openapi",
};

interface Endpoint {
  readonly call: string;
  readonly method: string;
  /** Null is getSession. */
  readonly operation: Operation | null;
}

const endpoints: ReadonlyMap<string, Endpoint> = new Map([
  [getSession.path.toLowerCase(), { call: getSession.call, method: getSession.method, operation: null }],
  ...operations.map((operation): [string, Endpoint] => [
    operation.path.toLowerCase(),
    { call: operation.product, method: operation.method, operation },
  ]),
]);

/** Serves the protocol's prefix in both environments. */
export function openapiV2(app: FastifyInstance, deps: ProtocolDeps): void {
  void app.register(async (scope) => {
    // Bodies are text, whatever they say they are: clients forget the header, or send a form's.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
    scope.addHook("onRequest", (request, _reply, done) => {
      delete request.raw.headers["content-type"];
      done();
    });
    for (const environment of ["sandbox", "live"] as const) {
      scope.route({
        method: scope.supportedMethods,
        url: `/${environmentPaths[environment]}/ipg/v2/*`,
        handler: (request, reply) => handle(deps, environment, request, reply),
      });
    }
  });
}

async function handle(
  deps: ProtocolDeps,
  environment: Environment,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const startedAt = performance.now();
  const { market, endpoint } = findEndpoint((request.params as { "*": string })["*"]);
  if (endpoint === undefined) {
    return reply.code(404).send({ error: "Not Found", message: "There is no such call on this path." });
  }
  if (endpoint.method !== request.method) {
    const message = `This call is made with ${endpoint.method}.`;
    return reply.code(405).header("allow", endpoint.method).send({ error: "Method Not Allowed", message });
  }
  const { headers } = request;
  const arrived: Arrived = {
    environment,
    market,
    authorization: headers.authorization,
    origin: headers.origin,
    source: request.ip,
    fields: () => readFields(request),
  };
  const answered =
    endpoint.operation === null
      ? await answerGetSession(deps, arrived)
      : await answer(deps, endpoint.operation, arrived);
  const body = JSON.stringify(answered.body);
  void reply.code(answered.status).header("content-type", "application/json").send(body);
  record(deps, environment, endpoint, request, answered, body, performance.now() - startedAt);
  return reply;
}

/** `vodacomTZN/c2bPayment/singleStage/`, in any case, with or without slashes at its end, doubled or not. */
function findEndpoint(rest: string): { market: string; endpoint: Endpoint | undefined } {
  const slash = rest.indexOf("/");
  if (slash < 0) return { market: rest, endpoint: undefined };
  let path = rest.slice(slash + 1).toLowerCase();
  // The router has joined doubled slashes already, but not those that came percent-encoded.
  if (path.includes("//") || path.startsWith("/")) path = path.replace(/\/{2,}/g, "/").replace(/^\//, "");
  if (path.endsWith("/")) path = path.slice(0, -1);
  return { market: rest.slice(0, slash), endpoint: endpoints.get(pathAliases[path] ?? path) };
}

/** Query string and body together: clients send GET parameters either way. The body wins. */
function readFields(request: FastifyRequest): RawFields {
  // Trimmed, because some platforms' clients begin with a byte-order mark, which JSON does not know.
  const body = ((request.body as string | undefined) ?? "").trim();
  const query = request.query as Readonly<Record<string, string | string[]>>;
  const fields = body === "" ? new Map<string, string>() : readJsonFields(body);
  for (const name of Object.keys(query)) {
    const value = query[name];
    if (!fields.has(name) && value !== undefined)
      fields.set(name, Array.isArray(value) ? (value.at(-1) ?? "") : value);
  }
  return fields;
}

const notKept = "(not kept)";
/** As many headers, and as many fields that no call knows, are named in the log: nobody shall fill it with them. */
const namesKeptMax = 30;
const headersNotKept: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "proxy-authorization",
  "x-api-key",
]);

function record(
  deps: ProtocolDeps,
  environment: Environment,
  endpoint: Endpoint,
  request: FastifyRequest,
  answered: Answered,
  body: string,
  latencyMs: number,
): void {
  const { sent, application } = answered;
  const { operation } = endpoint;
  const msisdn = endpoint.call === "updateTransactionStatus" ? undefined : sent.get("input_CustomerMSISDN");
  const mask =
    msisdn === undefined || !/^\d{9,20}$/.test(msisdn)
      ? maskNumbers
      : (text: string) => maskNumbers(text.replaceAll(msisdn, maskMsisdn(msisdn)));
  const organisation = operation === null ? undefined : sent.get(operation.organisation);
  const reference = sent.get("input_ThirdPartyConversationID");
  const kept: Record<string, string | string[] | undefined> = {};
  for (const name of Object.keys(request.headers).slice(0, namesKeptMax)) {
    if (headersNotKept.has(name)) continue;
    kept[name.slice(0, 60)] = mask(String(request.headers[name] ?? "").slice(0, 300));
  }
  const exchange: Exchange = {
    id: answered.id,
    environment,
    market: answered.market,
    call: endpoint.call,
    applicationId: application?.id ?? null,
    apiKeyHint: application?.apiKeyHint ?? null,
    source: request.ip,
    method: request.method,
    path: mask((request.url.split("?", 1)[0] ?? "").slice(0, 300)),
    headers: kept,
    httpStatus: answered.status,
    code: answered.code,
    latencyUs: Math.round(latencyMs * 1000),
    organisation: organisation === undefined ? null : mask(organisation.slice(0, 40)),
    reference: reference === undefined ? null : mask(reference.slice(0, 100)),
    msisdnMasked: msisdn === undefined ? null : maskMsisdn(msisdn.slice(0, 40)),
    requestBody: mask(keptFields(operation, sent)),
    responseBody:
      endpoint.operation === null
        ? mask(body).replace(/("output_SessionID":")[^"]*/, `$1${notKept}`)
        : mask(body),
    decision: mask(answered.because),
    ...(answered.fault === undefined ? {} : { fault: answered.fault }),
  };
  deps.record(exchange);
}

/** The parameters that the call knows, as JSON. Others are named and not kept: nobody knows what is in them. */
function keptFields(operation: Operation | null, sent: RawFields): string {
  const kept: Record<string, string> = {};
  for (const [name, value] of [...sent].slice(0, namesKeptMax)) {
    const parameter =
      operation !== null && Object.hasOwn(operation.parameters, name)
        ? operation.parameters[name]
        : undefined;
    if (parameter === undefined) kept[name.slice(0, 60)] = notKept;
    // A single digit is nobody's number: it is what ends a two-step payment, in the field for the customer's.
    else
      kept[name] =
        parameter.personal === true && value.length > 1
          ? maskMsisdn(value.slice(0, 40))
          : value.slice(0, 300);
  }
  return JSON.stringify(kept);
}

const numbers = Object.values(markets).map(({ prefix, digits }) => `${prefix}\\d{${digits - prefix.length}}`);
const anyNumber = new RegExp(`(?<!\\d)(?:${numbers.join("|")})(?!\\d)`, "g");
const shortestNumber = Math.min(...Object.values(markets).map(({ digits }) => digits));

/** Masks whatever looks like a customer's number of any market, wherever a caller may have put it. */
function maskNumbers(text: string): string {
  return text.length < shortestNumber ? text : text.replace(anyNumber, maskMsisdn);
}
