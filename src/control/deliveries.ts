/** Deliveries: what listeners were told of, or are still to be, every attempt, and sending it again. */
import { resentMax } from "../callbacks/messages.ts";
import { messageFacts } from "../callbacks/reading.ts";
import { day } from "../clock.ts";
import { readLastAttempts, type AttemptRow } from "../store/delivery-attempts.ts";
import { listMessages, messagesIn } from "../store/delivery-list.ts";
import { givenMoment, moment } from "./fields.ts";
import { ControlError, route, type Asked, type ControlDeps } from "./route.ts";
import { flag, list, named, object, oneOf, orNull, text, whole } from "./schema.ts";

const states = ["open", "parked", "told"] as const;

const attempt = object({
  at: text({ description: "When it began: wall time, as ISO 8601 in UTC." }),
  businessAt: moment,
  attempt: whole({ description: "The first of its schedule is 1.", examples: [1] }),
  url: text({ examples: ["https://shop.example/told"] }),
  httpStatus: orNull(whole({ description: "Null when there was no answer.", examples: [200] })),
  tookMs: whole({ examples: [42] }),
  answer: text({ description: "The beginning of the answer's body." }),
  failure: orNull(text({ description: "Why it counts as a failure; null for an acknowledgement." })),
  flag: orNull(text({ description: "What is odd about an acknowledgement." })),
});

const deliveryFields = {
  transactionId: text({ examples: ["hv9ahxcg4ccv"] }),
  conversationId: text({ examples: ["fd1e9143d22544459f7c66e1860ef276"] }),
  application: text({ description: "The application's id.", examples: ["1"] }),
  url: text({
    description:
      "Where it is told. `relay:` is whoever collects it; behind that stands where it would be posted, if anywhere.",
    examples: ["https://shop.example/told"],
  }),
  state: oneOf(states, {
    description:
      "`open` is still being told, `parked` waits for a person, `told` was acknowledged. An acknowledged message that is told again is `open` until then.",
  }),
  createdAt: moment,
  dueAt: orNull(text({ description: "When it is told next, in business time; null unless it is open." })),
  parkedAt: orNull(moment),
  toldAt: orNull(text({ description: "When it was acknowledged for the first time: wall time." })),
};

const delivery = object({ ...deliveryFields, lastAttempt: orNull(attempt) });

const application = text({
  pattern: "^[0-9]{1,18}$",
  description: "Only this application's, by its id.",
  examples: ["1"],
});

const noSuchMessage = "Nobody is told about this name in this market.";
const widestDays = 31;

export const deliveryRoutes = [
  route({
    method: "GET",
    path: "/markets/{market}/deliveries",
    does: "Lists what listeners were told of, or are still to be, newest first.",
    query: object(
      {},
      {
        state: oneOf(states, { description: "Only `open`, `parked` or `told` ones." }),
        application,
        limit: text({
          pattern: "^[1-9][0-9]{0,2}$|^1000$",
          description: "How many, 1 to 1000; 50 without it.",
          examples: ["50"],
        }),
        after: text({
          maxLength: 40,
          description: "Only those after the one with this ConversationID: the `next` of an earlier answer.",
        }),
      },
    ),
    status: 200,
    answers: object({
      deliveries: list(delivery),
      next: orNull(text({ description: "What to pass as `after` for those that came earlier." })),
    }),
    async handle({ market, query }, { payments, wire }) {
      const { sql } = payments(market).context;
      const before = query.after === undefined ? null : wire.find(query.after);
      if (before === null && query.after !== undefined)
        throw new ControlError(400, "after is no ConversationID.");
      const most = Number(query.limit ?? 50);
      const applicationId = query.application === undefined ? null : BigInt(query.application);
      const rows = await listMessages(sql, { state: query.state ?? null, applicationId, before, most });
      const ids = rows.map(({ paymentId }) => paymentId);
      const last = new Map((await readLastAttempts(sql, ids)).map((row) => [row.paymentId, row]));
      const end = rows.length === most ? rows.at(-1) : undefined;
      return {
        deliveries: rows.map((row) => {
          const tried = last.get(row.paymentId);
          return {
            ...messageFacts(row, wire),
            lastAttempt: tried === undefined ? null : shownAttempt(tried),
          };
        }),
        next: end === undefined ? null : wire.conversationId(end.paymentId),
      };
    },
  }),

  route({
    method: "GET",
    path: "/markets/{market}/deliveries/{name}",
    does: "Tells what a listener is told about a payment or a question, and every attempt to tell it. The name is a TransactionID or a ConversationID.",
    status: 200,
    answers: object({
      ...deliveryFields,
      body: orNull(named({}, { description: "What is sent, or would be now." })),
      attempts: list(attempt, { description: "Oldest first, as long as they are remembered." }),
    }),
    fails: { 404: noSuchMessage },
    async handle(asked, { callbacks, wire }) {
      const { market } = asked;
      const id = wire.find(asked.part("name"));
      const found = id === null ? null : await callbacks(market).read(id);
      if (found === null) throw new ControlError(404, noSuchMessage);
      const { row, body, attempts } = found;
      return {
        ...messageFacts(row, wire),
        body: body === null ? null : (JSON.parse(body) as unknown),
        attempts: attempts.map(shownAttempt),
      };
    },
  }),

  route({
    method: "POST",
    path: "/markets/{market}/deliveries/{name}/resend",
    does: "Tells a listener again, with the same `webhook-id`: what it acknowledged before, what is parked, or what is open, sooner than it would be.",
    status: 200,
    answers: object({ resent: whole({ examples: [1] }) }),
    fails: { 404: noSuchMessage },
    async handle(asked: Asked<unknown, unknown>, { callbacks, wire }: ControlDeps) {
      const { market } = asked;
      const id = wire.find(asked.part("name"));
      const resent = id === null ? 0 : await callbacks(market).resend([id]);
      if (resent === 0) throw new ControlError(404, noSuchMessage);
      return { resent };
    },
  }),

  route({
    method: "POST",
    path: "/markets/{market}/deliveries/resend",
    does: `Tells listeners again what came about in a window of business time, of at most ${widestDays} days; ${resentMax} messages at a time, the oldest first.`,
    body: object(
      { from: givenMoment("The beginning of the window"), to: givenMoment("Its end, itself not in it") },
      {
        application,
        state: oneOf(["parked", "told", "all"], {
          description: "Only `parked` or only `told` ones; `all`, which is what is meant without it.",
        }),
      },
    ),
    status: 200,
    answers: object({
      resent: whole({ examples: [12] }),
      more: flag({
        description:
          "Whether there are more in the window than are resent at a time: ask again, from `next`.",
      }),
      next: orNull(moment),
    }),
    async handle({ market, body }, { payments, callbacks }) {
      const from = Date.parse(body.from);
      const upto = Date.parse(body.to);
      if (!(from < upto)) throw new ControlError(400, "to must be later than from.");
      if (upto - from > widestDays * day)
        throw new ControlError(400, `A window has at most ${widestDays} days.`);
      const applicationId = body.application === undefined ? null : BigInt(body.application);
      const window = { from, upto, applicationId, state: body.state ?? "all" } as const;
      const found = await messagesIn(payments(market).context.sql, window, resentMax + 1);
      const batch = found.slice(0, resentMax);
      const resent = await callbacks(market).resend(batch.map(({ paymentId }) => paymentId));
      const next = found[resentMax];
      return { resent, more: next !== undefined, next: next?.createdAt.toISOString() ?? null };
    },
  }),
];

function shownAttempt(row: AttemptRow) {
  const { attempt: number, url, httpStatus, tookMs, answer, failure, flag: odd } = row;
  const times = { at: row.at.toISOString(), businessAt: row.businessAt.toISOString() };
  return { ...times, attempt: number, url, httpStatus, tookMs, answer, failure, flag: odd };
}
