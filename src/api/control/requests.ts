/** The request log of the sandbox's gateway. */
import { Type } from "typebox";
import { plainText } from "../../core/fields.ts";
import type { Market } from "../../core/markets.ts";
import { findRequests, type RequestFilter } from "../../developers/request-log/reader.ts";
import { record, object, nullable } from "../../core/schema.ts";
import { timestamp } from "./fields.ts";
import { ApiError } from "../api-error.ts";
import { findNamedId } from "./find-named-id.ts";
import { defineRoute, type ControlDeps } from "./route.ts";

const nullableText = nullable(Type.String());

/** JSON that truncation or masking made invalid is a string. */
const loggedBody = (description?: string) =>
  Type.Unsafe<unknown>({ type: ["object", "string"], ...(description === undefined ? {} : { description }) });

const requestResponse = object({
  conversationId: Type.String({ examples: ["fd1e9143d22544459f7c66e1860ef276"] }),
  at: timestamp,
  application: nullable(Type.String({ description: "The application's id; null if authentication failed." })),
  apiKeyHint: nullableText,
  source: Type.String({ description: "The IP address of the client.", examples: ["127.0.0.1"] }),
  method: Type.String({ examples: ["POST"] }),
  path: Type.String({ examples: ["/sandbox/ipg/v2/vodacomTZN/c2bPayment/singleStage/"] }),
  call: Type.String({ examples: ["c2bSingle"] }),
  httpStatus: Type.Integer({ examples: [201] }),
  code: Type.String({ examples: ["INS-0"] }),
  protocol: Type.String({ examples: ["openapi-v2"] }),
  key: nullable(Type.String({ description: "The number of the credential that the request used." })),
  payment: nullable(
    Type.String({
      description: "The ConversationID of the payment that the request made, which is its own.",
    }),
  ),
  latencyMs: Type.Number({ examples: [4.2] }),
  organisation: nullableText,
  reference: nullableText,
  msisdn: nullable(
    Type.String({ description: "The customer's number, masked.", examples: ["2557****0001"] }),
  ),
  headers: record(Type.Unknown()),
  request: loggedBody("The parameters, with masked MSISDNs."),
  response: loggedBody(),
  decision: Type.String({ description: "Why the request got this response." }),
});

const queryParameters = object(
  {},
  {
    limit: Type.String({
      pattern: "^[1-9][0-9]{0,2}$|^1000$",
      description: "The page size, 1 to 1000; default 50.",
      examples: ["50"],
    }),
    before: plainText("The `next` of the previous page: a ConversationID.", 40),
    call: plainText("Only this operation.", 40, ["c2bSingle"]),
    code: plainText("Only this code.", 20, ["INS-6"]),
    reference: plainText("Only this ThirdPartyConversationID.", 100),
    name: plainText(
      "Only requests with this reference or id: the caller's, or the platform's ConversationID or TransactionID.",
      100,
      ["hv9ahxcg4ccv"],
    ),
    msisdn: Type.String({
      pattern: "^[0-9]{9,20}$",
      description: "Only requests for the customer with this MSISDN.",
      examples: ["255750000001"],
    }),
    protocol: plainText("Only this protocol.", 40, ["openapi-v2"]),
    status: Type.String({
      pattern: "^[1-5][0-9][0-9]$",
      description: "Only this HTTP status.",
      examples: ["409"],
    }),
    key: Type.String({
      pattern: "^[0-9]{1,18}$",
      description: "Only requests with the credential of this number.",
      examples: ["1"],
    }),
    from: plainText("Only requests at or after this wall time, in ISO 8601.", 40, ["2026-11-27T08:00:00Z"]),
    until: plainText("Only requests before this wall time, in ISO 8601.", 40, ["2026-11-28T08:00:00Z"]),
    application: Type.String({
      pattern: "^[0-9]{1,18}$",
      description: "Only requests of the application with this id.",
      examples: ["1"],
    }),
  },
);

const pageResponse = object({
  requests: Type.Array(requestResponse),
  next: nullable(
    Type.String({ description: "Pass it as `before` to get the next page; null on the last page." }),
  ),
});

export const requestRoutes = [
  defineRoute({
    method: "GET",
    path: "/markets/{market}/requests",
    summary: "Lists the gateway requests of a market, newest first.",
    query: queryParameters,
    status: 200,
    response: pageResponse,
    handle: ({ params, query: filter }, deps) => readRequests(deps, params.market, filter),
  }),

  defineRoute({
    method: "GET",
    path: "/requests",
    summary: "Lists the gateway requests whose path has no known market, newest first.",
    query: queryParameters,
    status: 200,
    response: pageResponse,
    // This log has requests of both environments. The control API must not return live ones.
    handle: ({ query: filter }, deps) => readRequests(deps, null, filter),
  }),
] as const;

type RequestQuery = Partial<Record<keyof typeof queryParameters.properties, string>>;

async function readRequests(deps: ControlDeps, market: Market | null, query: RequestQuery) {
  const { publicIds, flushRequestLog, findRequestLog } = deps;
  const before = query.before === undefined ? null : publicIds.decode(query.before);
  if (before === null && query.before !== undefined)
    throw new ApiError(400, "before is not a ConversationID.");
  const limit = Number(query.limit ?? 50);
  const namedId = query.name === undefined ? null : await findNamedId(deps, market, query.name);
  const filter: RequestFilter = {
    before,
    from: parseTime("from", query.from),
    until: parseTime("until", query.until),
    // The log of paths without a market has requests of both environments.
    environment: market === null ? "sandbox" : null,
    protocol: query.protocol ?? null,
    operation: query.call ?? null,
    code: query.code ?? null,
    httpStatus: query.status === undefined ? null : Number(query.status),
    applicationIds: query.application === undefined ? null : [BigInt(query.application)],
    credentialId: query.key === undefined ? null : BigInt(query.key),
    reference: query.reference ?? null,
    name: query.name ?? null,
    namedIds: namedId === null ? [] : [namedId],
    msisdn: query.msisdn ?? null,
    limit,
  };
  await flushRequestLog();
  const rows = await findRequests(findRequestLog(market), filter);
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return {
    requests: rows.map((row) => ({
      conversationId: publicIds.requestId(row.requestId),
      at: row.at.toISOString(),
      application: row.applicationId === 0n ? null : row.applicationId.toString(),
      apiKeyHint: row.apiKeyHint,
      source: row.source,
      method: row.method,
      path: row.path,
      call: row.operation,
      httpStatus: row.httpStatus,
      code: row.code,
      protocol: row.protocol,
      key: row.credentialId === 0n ? null : row.credentialId.toString(),
      payment: row.madePayment ? publicIds.requestId(row.requestId) : null,
      latencyMs: row.latencyUs / 1000,
      organisation: row.organisation,
      reference: row.reference,
      msisdn: row.msisdnMasked,
      headers: row.headers,
      request: parseJson(row.requestBody),
      response: parseJson(row.responseBody),
      decision: row.reason,
    })),
    next: last === undefined ? null : publicIds.requestId(last.requestId),
  };
}

function parseTime(name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new ApiError(400, `${name} is not a time in ISO 8601.`);
  return time;
}

/** The log stores JSON as text. Text that truncation or masking made invalid is returned as text. */
function parseJson(logged: string): unknown {
  try {
    return JSON.parse(logged) as unknown;
  } catch {
    return logged;
  }
}
