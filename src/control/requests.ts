/** Requests: what was asked of the sandbox's gateway, what it answered, and why. */
import { readRequestLog, type RequestLogFilter } from "../store/request-log.ts";
import type { Sql } from "../store/connect.ts";
import { moment, plainText } from "./fields.ts";
import { ControlError, route, type ControlDeps } from "./route.ts";
import { list, named, object, orNull, text, whole } from "./schema.ts";

const maybe = orNull(text({}));

const request = object({
  conversationId: text({ examples: ["fd1e9143d22544459f7c66e1860ef276"] }),
  at: moment,
  application: orNull(text({ description: "The application's id; null for a caller who was not let in." })),
  apiKeyHint: maybe,
  source: text({ description: "The address that it came from.", examples: ["127.0.0.1"] }),
  method: text({ examples: ["POST"] }),
  path: text({ examples: ["/sandbox/ipg/v2/vodacomTZN/c2bPayment/singleStage/"] }),
  call: text({ examples: ["c2bSingle"] }),
  httpStatus: whole({ examples: [201] }),
  code: text({ examples: ["INS-0"] }),
  latencyMs: { type: "number", examples: [4.2] },
  organisation: maybe,
  reference: maybe,
  msisdn: orNull(text({ description: "The customer's number, masked.", examples: ["2557****0001"] })),
  headers: named({}),
  request: named({}, { description: "The parameters, every MSISDN masked." }),
  response: named({}),
  decision: text({ description: "Why it was answered so." }),
});

const query = object(
  {},
  {
    limit: text({
      pattern: "^[1-9][0-9]{0,2}$|^1000$",
      description: "How many, 1 to 1000; 50 without it.",
      examples: ["50"],
    }),
    before: plainText(
      "Only requests before the one with this ConversationID: the `next` of an earlier answer.",
      40,
    ),
    call: plainText("Only this call.", 40, ["c2bSingle"]),
    code: plainText("Only this code.", 20, ["INS-6"]),
    reference: plainText("Only this ThirdPartyConversationID.", 100),
    application: text({
      pattern: "^[0-9]{1,18}$",
      description: "Only this application's, by its id.",
      examples: ["1"],
    }),
  },
);

const answers = object({
  requests: list(request),
  next: orNull(text({ description: "What to pass as `before` for those that came earlier." })),
});

export const requestRoutes = [
  route({
    method: "GET",
    path: "/markets/{market}/requests",
    does: "Lists the gateway requests of a market, newest first.",
    query,
    status: 200,
    answers,
    handle: ({ market, query: filter }, deps) => show(deps, deps.payments(market).context.sql, filter, null),
  }),

  route({
    method: "GET",
    path: "/requests",
    does: "Lists the gateway requests whose path named no market, newest first.",
    query,
    status: 200,
    answers,
    // These are kept in one place for both environments; the live ones are none of a sandbox's business.
    handle: ({ query: filter }, deps) => show(deps, deps.main, filter, "^/+sandbox/"),
  }),
];

type Filter = Partial<Record<"limit" | "before" | "call" | "code" | "reference" | "application", string>>;

async function show({ wire, flushRequestLog }: ControlDeps, sql: Sql, filter: Filter, path: string | null) {
  const before = filter.before === undefined ? null : wire.find(filter.before);
  if (before === null && filter.before !== undefined)
    throw new ControlError(400, "before is no ConversationID.");
  const most = Number(filter.limit ?? 50);
  const wanted: RequestLogFilter = {
    before,
    call: filter.call ?? null,
    code: filter.code ?? null,
    reference: filter.reference ?? null,
    applicationId: filter.application === undefined ? null : BigInt(filter.application),
    path,
    most,
  };
  await flushRequestLog();
  const rows = await readRequestLog(sql, wanted);
  const last = rows.length === most ? rows.at(-1) : undefined;
  return {
    requests: rows.map((row) => ({
      conversationId: wire.conversationId(row.id),
      at: row.at.toISOString(),
      application: row.applicationId?.toString() ?? null,
      apiKeyHint: row.apiKeyHint,
      source: row.source,
      method: row.method,
      path: row.path,
      call: row.call,
      httpStatus: row.httpStatus,
      code: row.code,
      latencyMs: row.latencyUs / 1000,
      organisation: row.organisation,
      reference: row.reference,
      msisdn: row.msisdnMasked,
      headers: row.headers,
      request: asJson(row.requestBody),
      response: asJson(row.responseBody),
      decision: row.decision,
    })),
    next: last === undefined ? null : wire.conversationId(last.id),
  };
}

/** The log keeps JSON as text; a line that was cut or masked out of shape is shown as the text it is. */
function asJson(kept: string): unknown {
  try {
    return JSON.parse(kept) as unknown;
  } catch {
    return kept;
  }
}
