/**
 * Listening: an application's results are collected over a connection that the collector makes, instead of
 * being posted. It is what `pesarail listen` does on a laptop, which nobody can post to.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { readable, type Answered } from "../callbacks/call.ts";
import { relayLeaseMs, type RelayedMessage } from "../callbacks/relay.ts";
import { outcomeWord } from "../callbacks/schedule.ts";
import type { Told } from "../callbacks/tell.ts";
import { second } from "../clock.ts";
import type { WireNames } from "../ids.ts";
import { marketNames, type Market } from "../money.ts";
import { isTransient } from "../store/connect.ts";
import { lockApplication, readApplication, updateApplication } from "../store/directory.ts";
import { ControlError, route, type Asked, type ControlDeps } from "./route.ts";
import { list, named, object, oneOf, orNull, text, whole } from "./schema.ts";

const noSuchApplication = "The sandbox has no such application.";
const notListening = "The application's results are not collected: begin first.";
const notYours =
  "The delivery is not in these hands any more: the lease is over and it was collected again, or it was told.";

const waitSecondsMax = 30;
const collectedMax = 8;
/** How long to wait, at most, before looking whether whoever asked is still there. */
const lookEveryMs = 500;
/** Many commits that come together make one look. */
const gatherMs = 10;

const standing = object({
  application: text({ description: "The application's id.", examples: ["1"] }),
  name: text({ examples: ["Sandbox application"] }),
  waiting: whole({ description: "How many results wait to be collected, in all markets.", examples: [0] }),
});

const delivery = object({
  market: oneOf(marketNames, { description: "The market that it comes from." }),
  transactionId: text({ examples: ["hv9ahxcg4ccv"] }),
  conversationId: text({ examples: ["fd1e9143d22544459f7c66e1860ef276"] }),
  attempt: whole({ description: "The first of its schedule is 1.", examples: [1] }),
  url: orNull(
    text({
      description:
        "Where it would be posted: the URL that the request named, else the application's own; null for nowhere. Nobody calls it.",
      examples: ["https://shop.example/told"],
    }),
  ),
  headers: named(text({}), { description: "What it is to be sent with, its signature among them." }),
  body: text({ description: "What is to be sent, byte for byte." }),
  receipt: text({ description: "What shows, when it is recorded, that it is still in these hands." }),
  leaseSeconds: whole({ description: "How long it is: wall time.", examples: [relayLeaseMs / second] }),
});

export const relayRoutes = [
  route({
    method: "POST",
    path: "/applications/{id}/relay",
    does: "Has an application's results collected from now on, instead of being posted: its calls are acknowledged, and their results wait for whoever collects them, whatever URL a request names. What waits already is due at once. Results of before go where they went.",
    status: 200,
    answers: standing,
    fails: { 404: noSuchApplication },
    async handle(asked: Asked<unknown, unknown>, deps: ControlDeps) {
      const { id } = await switchTo(true, asked, deps);
      await Promise.all(marketNames.map((market) => deps.callbacks(market).relay.hurry(id)));
      return standingOf(id, deps);
    },
  }),

  route({
    method: "DELETE",
    path: "/applications/{id}/relay",
    does: "Has an application's results posted again. Of those that wait, and of those that are still to come of calls before, each goes to the URL that it would have been posted to; one that has none waits until results are collected again.",
    status: 200,
    answers: standing,
    fails: { 404: noSuchApplication },
    async handle(asked: Asked<unknown, unknown>, deps: ControlDeps) {
      const { id } = await switchTo(false, asked, deps);
      await Promise.all(marketNames.map((market) => deps.callbacks(market).relay.sendHome()));
      return standingOf(id, deps);
    },
  }),

  route({
    method: "POST",
    path: "/applications/{id}/relay/collect",
    does: "Collects results that are due, the longest waiting first, and waits for one if there is none. What is told of one payment is collected in order, one at a time. What is collected is nobody else's until its lease is over, and is collected again if nobody has recorded by then what came of it.",
    body: object(
      {},
      {
        waitSeconds: whole({
          minimum: 0,
          maximum: waitSecondsMax,
          description: `How long to wait for the first: ${waitSecondsMax} at most; not at all if nothing is said.`,
        }),
        most: whole({
          minimum: 1,
          maximum: collectedMax,
          description: `How many: 1 if nothing is said, ${collectedMax} at most.`,
        }),
        market: oneOf(marketNames, { description: "Only this market's." }),
      },
    ),
    status: 200,
    answers: object({ deliveries: list(delivery, { description: "None if none was due in time." }) }),
    fails: { 404: noSuchApplication, 409: notListening },
    async handle(asked, deps) {
      const { waitSeconds = 0, most = 1, market } = asked.body;
      const markets = market === undefined ? marketNames : [market];
      const until = performance.now() + waitSeconds * second;
      return { deliveries: await collectInTime(asked, deps, { markets, most, until }) };
    },
  }),

  route({
    method: "POST",
    path: "/applications/{id}/relay/record",
    does: "Records what came of a result that was collected. It counts as an attempt: acknowledged by a 2xx, else tried again on the schedule of docs/callbacks.md.",
    body: object(
      {
        market: oneOf(marketNames),
        conversationId: text({ maxLength: 40 }),
        receipt: text({ pattern: "^[0-9]{20}$", description: "As it was collected with." }),
        tookMs: whole({ minimum: 0, maximum: 600_000, description: "How long forwarding it took." }),
      },
      {
        httpStatus: orNull(whole({ minimum: 100, maximum: 599, description: "Null without an answer." })),
        answer: text({ maxLength: 65_536, description: "The beginning of the answer's body." }),
        failure: orNull(
          text({ maxLength: 1000, description: "Why there is no answer, or none that counts: a sentence." }),
        ),
        flag: orNull(text({ maxLength: 1000, description: "What is odd about the answer: a sentence." })),
        retryAfterSeconds: orNull(whole({ minimum: 0, description: "What the answer asked for." })),
      },
    ),
    status: 200,
    answers: object({
      outcome: oneOf(["told", "flagged", "failed", "parked"], {
        description: "`flagged` was acknowledged oddly, `parked` was the last attempt of its schedule.",
      }),
      failure: orNull(text({})),
      flag: orNull(text({})),
      nextAt: orNull(text({ description: "When it is tried again: business time, ISO 8601 in UTC." })),
      nextInSeconds: orNull({ type: "number", description: "How far off that is.", examples: [10.3] }),
    }),
    fails: { 404: noSuchApplication, 409: notYours },
    async handle(asked, deps) {
      const { id } = await applicationIn(asked, deps);
      const { market, conversationId, receipt, ...said } = asked.body;
      const paymentId = deps.wire.find(conversationId);
      const told =
        paymentId === null
          ? null
          : await unlessAway(
              deps.callbacks(market).relay.record(id, { id: paymentId, receipt }, answeredOf(said)),
            );
      if (told === null) throw new ControlError(409, notYours);
      return recorded(told, deps);
    },
  }),
];

async function applicationIn(asked: Pick<Asked<unknown, unknown>, "part">, { main }: ControlDeps) {
  const id = asked.part("id");
  const row = /^\d{1,18}$/.test(id) ? await readApplication(main, BigInt(id)) : undefined;
  if (row?.environment !== "sandbox") throw new ControlError(404, noSuchApplication);
  return row;
}

async function switchTo(relay: boolean, asked: Asked<unknown, unknown>, deps: ControlDeps) {
  const application = await applicationIn(asked, deps);
  await deps.main.begin(async (tx) => {
    // Every change to an application has all servers forget what they know of any.
    const before = await lockApplication(tx, application.id);
    if (before !== undefined && before.relay !== relay)
      await updateApplication(tx, application.id, { relay });
  });
  await deps.refreshDirectory();
  return application;
}

async function standingOf(id: bigint, { main, callbacks }: ControlDeps) {
  const [application, ...waiting] = await Promise.all([
    readApplication(main, id),
    ...marketNames.map((market) => callbacks(market).relay.waiting(id)),
  ]);
  const all = waiting.reduce((sum, each) => sum + each, 0);
  return { application: id.toString(), name: application?.name ?? "", waiting: all };
}

interface Wanted {
  readonly markets: readonly Market[];
  readonly most: number;
  /** On the clock of `performance.now()`. */
  readonly until: number;
}

/** Looks at once, and again whenever something may have become due, until the time is up or nobody waits. */
async function collectInTime(
  asked: Asked<unknown, unknown>,
  deps: ControlDeps,
  { markets, most, until }: Wanted,
) {
  const { gone } = asked;
  using news = listenFor(markets.map((market) => deps.callbacks(market).relay));
  for (;;) {
    const application = await unlessAway(applicationIn(asked, deps));
    if (!application.relay) throw new ControlError(409, notListening);
    const collected = await unlessAway(collectFrom(markets, application.id, most, deps));
    if (gone.aborted) {
      // Nobody hears the answer: the next who asks need not wait for the leases to be over.
      for (const { market, messages } of collected) await deps.callbacks(market).relay.letGo(messages);
      return [];
    }
    if (collected.length > 0) return collected.flatMap((one) => shown(one, deps.wire));
    const left = until - performance.now();
    if (left <= 0 || deps.town.stopping.aborted) return [];
    await news.within(Math.min(left, lookEveryMs));
  }
}

interface FromMarket {
  readonly market: Market;
  readonly messages: readonly RelayedMessage[];
}

async function collectFrom(
  markets: readonly Market[],
  id: bigint,
  most: number,
  { callbacks }: ControlDeps,
): Promise<FromMarket[]> {
  const collected: FromMarket[] = [];
  let left = most;
  for (const market of markets) {
    const messages = left === 0 ? [] : await callbacks(market).relay.collect(id, left);
    left -= messages.length;
    if (messages.length > 0) collected.push({ market, messages });
  }
  return collected;
}

/** News that come while nobody waits for them are kept for whoever waits next. */
function listenFor(relays: readonly { onNews(listener: () => void): () => void }[]) {
  let rung = false;
  let wake = (): void => {};
  const ends = relays.map((relay) =>
    relay.onNews(() => {
      rung = true;
      wake();
    }),
  );
  return {
    async within(ms: number): Promise<void> {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      await sleep(gatherMs);
      rung = false;
    },
    [Symbol.dispose]: () => ends.forEach((end) => end()),
  };
}

function shown({ market, messages }: FromMarket, wire: WireNames) {
  return messages.map(({ delivery: { paymentId, attempts, receipt }, home, headers, body }) => ({
    market,
    transactionId: wire.transactionId(paymentId),
    conversationId: wire.conversationId(paymentId),
    attempt: attempts + 1,
    url: home,
    headers,
    body,
    receipt,
    leaseSeconds: relayLeaseMs / second,
  }));
}

interface Said {
  readonly tookMs: number;
  readonly httpStatus?: number | null;
  readonly answer?: string;
  readonly failure?: string | null;
  readonly flag?: string | null;
  readonly retryAfterSeconds?: number | null;
}

/** What somebody says came of it, as if we had called: only a 2xx acknowledges. */
function answeredOf({ tookMs, httpStatus = null, answer = "", ...said }: Said): Answered {
  const acknowledged = httpStatus !== null && httpStatus >= 200 && httpStatus < 300;
  const because = httpStatus === null ? "It was not answered." : `It answered ${httpStatus}.`;
  const failure = said.failure ?? (acknowledged ? null : because);
  const { retryAfterSeconds = null } = said;
  return {
    httpStatus,
    tookMs,
    answer: readable(answer),
    failure: failure === null ? null : readable(failure),
    flag: said.flag == null ? null : readable(said.flag),
    retryAfterMs: retryAfterSeconds === null ? null : retryAfterSeconds * second,
    brokenOff: false,
  };
}

function recorded({ attempt, nextAt }: Told, { clock }: ControlDeps) {
  return {
    outcome: attempt === null ? "failed" : outcomeWord(attempt),
    failure: attempt?.failure ?? null,
    flag: attempt?.flag ?? null,
    nextAt: nextAt === null ? null : new Date(nextAt).toISOString(),
    nextInSeconds: nextAt === null ? null : Math.max(0, nextAt - clock.now()) / second,
  };
}

/** A database that is away is said to be, so that whoever asked comes again. */
async function unlessAway<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isTransient(error)) throw error;
    throw new ControlError(503, "The database cannot be reached. Nothing is lost: ask again.");
  }
}
