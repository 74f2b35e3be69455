/** Deliveries: callbacks with their attempts, and resending them. */
import { Type } from "typebox";
import { maxResent } from "../../callbacks/stored-notifications.ts";
import { toDeliverySummary } from "../../callbacks/delivery-details.ts";
import { msPerDay } from "../../core/clock.ts";
import { readLastAttempts, type AttemptRow } from "../../store/rail/delivery-attempts.ts";
import { listNotifications, readNotificationsInRange } from "../../store/rail/notification-queries.ts";
import { object, record, stringEnum, nullable } from "../../core/schema.ts";
import { parseTimestamp } from "../../core/timestamps.ts";
import { timestampInput, timestamp } from "./fields.ts";
import { ApiError } from "../api-error.ts";
import { findNamedPaymentId } from "./find-named-id.ts";
import { defineRoute } from "./route.ts";

const states = ["open", "dead_lettered", "delivered"] as const;

const attemptResponse = object({
  at: Type.String({ description: "When the attempt began: wall time, as ISO 8601 in UTC." }),
  businessAt: timestamp,
  attempt: Type.Integer({ description: "Its number in the retry schedule, from 1.", examples: [1] }),
  url: Type.String({ examples: ["https://shop.example/callbacks"] }),
  method: stringEnum(["POST", "GET"], {
    description: "A GET has the result in its query string, which `url` leaves out.",
  }),
  httpStatus: nullable(Type.Integer({ description: "Null if there was no response.", examples: [200] })),
  tookMs: Type.Integer({ examples: [42] }),
  answer: Type.String({ description: "The beginning of the response body." }),
  failure: nullable(Type.String({ description: "Why it failed; null for an acknowledgement." })),
  flag: nullable(Type.String({ description: "What is wrong with the acknowledgement, if anything." })),
});

const deliveryFields = {
  transactionId: Type.String({ examples: ["hv9ahxcg4ccv"] }),
  conversationId: Type.String({ examples: ["fd1e9143d22544459f7c66e1860ef276"] }),
  application: Type.String({ description: "The application's id.", examples: ["1"] }),
  protocol: Type.String({ description: "The protocol of the request.", examples: ["openapi-v2"] }),
  kind: Type.String({ description: "What the callback reports, such as `result`.", examples: ["result"] }),
  url: Type.String({
    description:
      "The URL to which it is posted. `relay:` means that it is pulled (`pesarail listen`); behind it is the URL to which it would otherwise be posted, if any.",
    examples: ["https://shop.example/callbacks"],
  }),
  state: stringEnum(states, {
    description:
      "`open`: not acknowledged yet. `delivered`: acknowledged. `dead_lettered`: every attempt failed, and only a resend delivers it. A delivered message that is resent is `open` until it is acknowledged again.",
  }),
  createdAt: timestamp,
  dueAt: nullable(
    Type.String({ description: "The next attempt, in business time; null unless it is open." }),
  ),
  parkedAt: nullable(timestamp),
  toldAt: nullable(Type.String({ description: "When it was first acknowledged: wall time." })),
};

const deliveryResponse = object({ ...deliveryFields, lastAttempt: nullable(attemptResponse) });

const application = Type.String({
  pattern: "^[0-9]{1,18}$",
  description: "Only callbacks of the application with this id.",
  examples: ["1"],
});

/** The value of JSON; null for XML. */
function parseBody(body: string): Record<string, unknown> | null {
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return null;
  }
}

const noSuchMessage = "No callback in this market has this id.";
const maxWindowDays = 31;

export const deliveryRoutes = [
  defineRoute({
    method: "GET",
    path: "/markets/{market}/deliveries",
    summary: "Lists callbacks, newest first.",
    query: object(
      {},
      {
        state: stringEnum(states, { description: "Only callbacks in this state." }),
        application,
        limit: Type.String({
          pattern: "^[1-9][0-9]{0,2}$|^1000$",
          description: "The page size, 1 to 1000; default 50.",
          examples: ["50"],
        }),
        after: Type.String({
          maxLength: 40,
          description: "The `next` of the previous page: a ConversationID.",
        }),
      },
    ),
    status: 200,
    response: object({
      deliveries: Type.Array(deliveryResponse),
      next: nullable(
        Type.String({ description: "Pass it as `after` to get the next page; null on the last page." }),
      ),
    }),
    async handle({ params: { market }, query }, { payments, publicIds }) {
      const { sql } = payments(market).context;
      const before = query.after === undefined ? null : publicIds.decode(query.after);
      if (before === null && query.after !== undefined)
        throw new ApiError(400, "after is not a ConversationID.");
      const limit = Number(query.limit ?? 50);
      const applicationId = query.application === undefined ? null : BigInt(query.application);
      const rows = await listNotifications(sql, { state: query.state ?? null, applicationId, before, limit });
      const ids = rows.map(({ id: paymentId }) => paymentId);
      const lastAttempts = new Map(
        (await readLastAttempts(sql, ids)).map((row) => [row.notificationId, row]),
      );
      const lastRow = rows.length === limit ? rows.at(-1) : undefined;
      return {
        deliveries: rows.map((row) => {
          const lastAttempt = lastAttempts.get(row.id);
          return {
            ...toDeliverySummary(row, publicIds),
            lastAttempt: lastAttempt === undefined ? null : toAttemptResponse(lastAttempt),
          };
        }),
        next: lastRow === undefined ? null : publicIds.requestId(lastRow.id),
      };
    },
  }),

  defineRoute({
    method: "GET",
    path: "/markets/{market}/deliveries/{name}",
    summary:
      "Returns the callback of a payment or query, with all its attempts. The name is an id of the payment, as for payments.",
    status: 200,
    response: object({
      ...deliveryFields,
      body: nullable(
        record(Type.Unknown(), { description: "The body, as it would be sent now; null if it is no JSON." }),
      ),
      text: nullable(
        Type.String({ description: "The same as text, such as XML, or the query string of a GET." }),
      ),
      attempts: Type.Array(attemptResponse, {
        description: "Oldest first. Old attempts are deleted after a time.",
      }),
    }),
    errors: { 404: noSuchMessage },
    async handle({ params: { market, name } }, deps) {
      const { callbacks, publicIds } = deps;
      const id = await findNamedPaymentId(deps, market, name);
      const details = id === null ? null : await callbacks(market).read(id);
      if (details === null) throw new ApiError(404, noSuchMessage);
      const { row, body, attempts } = details;
      return {
        ...toDeliverySummary(row, publicIds),
        body: body === null ? null : parseBody(body),
        text: body,
        attempts: attempts.map(toAttemptResponse),
      };
    },
  }),

  defineRoute({
    method: "POST",
    path: "/markets/{market}/deliveries/{name}/resend",
    summary:
      "Sends a callback again, with the same `webhook-id`: one that is delivered, dead-lettered, or open and due later.",
    status: 200,
    response: object({ resent: Type.Integer({ examples: [1] }) }),
    errors: { 404: noSuchMessage },
    async handle({ params: { market, name } }, deps) {
      const id = await findNamedPaymentId(deps, market, name);
      const resent = id === null ? 0 : await deps.callbacks(market).resend([id]);
      if (resent === 0) throw new ApiError(404, noSuchMessage);
      return { resent };
    },
  }),

  defineRoute({
    method: "POST",
    path: "/markets/{market}/deliveries/resend",
    summary: `Sends the callbacks of a window of business time again, oldest first. The window has at most ${maxWindowDays} days, and one request resends at most ${maxResent} callbacks.`,
    body: object(
      {
        from: timestampInput("The start of the window"),
        to: timestampInput("The end of the window, exclusive"),
      },
      {
        application,
        state: stringEnum(["dead_lettered", "delivered", "all"], {
          description: "Only callbacks in this state; default `all`.",
        }),
      },
    ),
    status: 200,
    response: object({
      resent: Type.Integer({ examples: [12] }),
      more: Type.Boolean({
        description: "Whether there are more in the window. Repeat the request with `next` as `from`.",
      }),
      next: nullable(timestamp),
    }),
    async handle({ params: { market }, body }, { payments, callbacks }) {
      const from = parseTimestamp(body.from);
      const until = parseTimestamp(body.to);
      if (from === null || until === null)
        throw new ApiError(400, `${from === null ? "from" : "to"} is not a time of the calendar.`);
      if (!(from < until)) throw new ApiError(400, "to must be later than from.");
      if (until - from > maxWindowDays * msPerDay)
        throw new ApiError(400, `The window must not be longer than ${maxWindowDays} days.`);
      const applicationId = body.application === undefined ? null : BigInt(body.application);
      const { state = "all" } = body;
      const { sql } = payments(market).context;
      const messages = await readNotificationsInRange(
        sql,
        { from, until, applicationId, state },
        maxResent + 1,
      );
      const batch = messages.slice(0, maxResent);
      const resent = await callbacks(market).resend(batch.map(({ id }) => id));
      const next = messages[maxResent];
      return { resent, more: next !== undefined, next: next?.createdAt.toISOString() ?? null };
    },
  }),
] as const;

/** JSON as an object, and any other body as text. */
function toAttemptResponse(row: AttemptRow) {
  return {
    at: row.at.toISOString(),
    businessAt: row.businessAt.toISOString(),
    attempt: row.attempt,
    url: row.url,
    method: row.method,
    httpStatus: row.httpStatus,
    tookMs: row.durationMs,
    answer: row.responseBody,
    failure: row.failure,
    flag: row.warning,
  };
}
