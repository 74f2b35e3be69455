/** The request log of the sandbox's gateway. */
import { Type } from "typebox";
import { plainText } from "../../core/fields.ts";
import { readRequestLog, type RequestLogFilter } from "../../store/request-log.ts";
import type { Sql } from "../../store/driver/connect.ts";
import { record, object, nullable } from "../../core/schema.ts";
import { timestamp } from "./fields.ts";
import { ControlError } from "./control-error.ts";
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
    handle: ({ params, query: filter }, deps) =>
      readRequests(deps, deps.payments(params.market).context.sql, filter, null),
  }),

  defineRoute({
    method: "GET",
    path: "/requests",
    summary: "Lists the gateway requests whose path has no known market, newest first.",
    query: queryParameters,
    status: 200,
    response: pageResponse,
    // This log has requests of both environments. The control API must not return live ones.
    handle: ({ query: filter }, deps) => readRequests(deps, deps.main, filter, "^/+sandbox/"),
  }),
] as const;

type RequestQuery = Partial<
  Record<"limit" | "before" | "call" | "code" | "reference" | "application", string>
>;

async function readRequests(
  { publicIds, flushRequestLog }: ControlDeps,
  sql: Sql,
  filter: RequestQuery,
  path: string | null,
) {
  const before = filter.before === undefined ? null : publicIds.decode(filter.before);
  if (before === null && filter.before !== undefined)
    throw new ControlError(400, "before is not a ConversationID.");
  const limit = Number(filter.limit ?? 50);
  const filterBy: RequestLogFilter = {
    before,
    operation: filter.call ?? null,
    code: filter.code ?? null,
    reference: filter.reference ?? null,
    applicationId: filter.application === undefined ? null : BigInt(filter.application),
    path,
    limit,
  };
  await flushRequestLog();
  const rows = await readRequestLog(sql, filterBy);
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return {
    requests: rows.map((row) => ({
      conversationId: publicIds.requestId(row.id),
      at: row.at.toISOString(),
      application: row.applicationId?.toString() ?? null,
      apiKeyHint: row.apiKeyHint,
      source: row.source,
      method: row.method,
      path: row.path,
      call: row.operation,
      httpStatus: row.httpStatus,
      code: row.code,
      latencyMs: row.latencyUs / 1000,
      organisation: row.organisation,
      reference: row.reference,
      msisdn: row.msisdnMasked,
      headers: row.headers,
      request: parseJson(row.requestBody),
      response: parseJson(row.responseBody),
      decision: row.reason,
    })),
    next: last === undefined ? null : publicIds.requestId(last.id),
  };
}

/** The log stores JSON as text. Text that truncation or masking made invalid is returned as text. */
function parseJson(logged: string): unknown {
  try {
    return JSON.parse(logged) as unknown;
  } catch {
    return logged;
  }
}
