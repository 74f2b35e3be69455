/** The callbacks' schedule is business time: a moved clock tries each at its own time, and tells nothing twice. */
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { attemptsMax } from "../../src/callbacks/schedule.ts";
import { makeApplication } from "../town/application.ts";
import { advance, freeze, readClock, type Moved } from "../town/clock.ts";
import { acknowledge, answerWith, openListener, type Listener } from "../town/listener.ts";
import { collect, said } from "../town/payments.ts";
import { eventually } from "../town/prompts.ts";
import { openShop } from "../town/told.ts";
import { openTown, type Reply, type Town } from "../town/town.ts";

/** Collects for an application that listens there. */
async function collectFor(town: Town, { url: responseUrl }: Listener): Promise<void> {
  const { apiKey } = await makeApplication(town, { responseUrl });
  const bearer = await town.session("vodacomTZN", apiKey);
  assert.equal(said(await collect(town, {}, bearer)), "201 INS-0");
}

/** Waits until so many attempts at every delivery have been written down. */
const untilTried = (town: Town, attempts: number): Promise<unknown> =>
  eventually(`${attempts} attempts written down`, async () => {
    const [row] =
      await town.sql()`select 1 from deliveries where attempts = ${attempts} and lease_until < now()`;
    return row;
  });

const nameOf = (reply: Reply): string => reply.body["output_ConversationID"] ?? "";

const callbacksOf = ({ happened }: Moved) => happened.filter(({ what }) => what.startsWith("callback_"));

const minutes = 60_000;
const hours = 60 * minutes;

test("in a move of two days, a dead listener is tried at each time of the schedule, in order", async () => {
  await using town = await openTown({ sandboxClock: true });
  await using listener = await openListener({ behaviour: answerWith(503) });
  const { now } = await freeze(town);
  await collectFor(town, listener);
  await listener.untilHeard(1);
  await untilTried(town, 1);

  const moved = await advance(town, 3 * 86_400);
  assert.equal(listener.heard.length, attemptsMax);
  const tried = callbacksOf(moved);
  assert.deepEqual(
    tried.map(({ what }) => what),
    [...Array.from({ length: attemptsMax - 2 }, () => "callback_failed"), "callback_parked"],
  );
  const gaps = [10_000, minutes, 5 * minutes, 30 * minutes, 2 * hours, 6 * hours, 12 * hours, 24 * hours];
  let before = Date.parse(now);
  for (const [index, { at }] of tried.entries()) {
    const gap = Date.parse(at) - before;
    const least = gaps[index] ?? 0;
    assert(gap >= least && gap <= least * 1.1, `attempt ${index + 2} came ${gap} ms after the one before it`);
    before = Date.parse(at);
  }

  const [first, ...others] = new Set(listener.heard.map(({ text }) => text));
  assert(first !== undefined && others.length === 0, "each attempt says the same");
  await advance(town, 30 * 86_400);
  assert.equal(listener.heard.length, attemptsMax, "parked is parked");
});

test("a listener that comes back is told once, however far the clock moves", async () => {
  await using town = await openTown({ sandboxClock: true });
  await using listener = await openListener({ behaviour: answerWith(503) });
  await freeze(town);
  await collectFor(town, listener);
  await listener.untilHeard(1);
  await untilTried(town, 1);
  listener.behave((heard, response, request) =>
    (listener.heard.length < 4 ? answerWith(500) : acknowledge)(heard, response, request),
  );
  const moved = await advance(town, 40 * 86_400);
  assert.deepEqual(
    callbacksOf(moved).map(({ what }) => what),
    ["callback_failed", "callback_failed", "callback_told"],
  );
  await advance(town, 40 * 86_400);
  assert.equal(listener.heard.length, 4);
});

test("what is being told when the clock moves is waited for, and told once", async () => {
  await using town = await openTown({ sandboxClock: true });
  const answers: (() => void)[] = [];
  await using listener = await openListener({
    behaviour: (heard, response: ServerResponse, request) =>
      void answers.push(() => acknowledge(heard, response, request)),
  });
  await collectFor(town, listener);
  await listener.untilHeard(1);

  const moving = advance(town, 86_400);
  await eventually("a clock that is moved", async () => (town.clock.moving() ? true : undefined));
  const { now } = await readClock(town);
  for (const answer of answers) answer();
  const moved = await moving;
  assert(Date.parse(now) < Date.parse(moved.to), "it had not gone on without the answer");
  assert.deepEqual(
    callbacksOf(moved).map(({ what }) => what),
    ["callback_told"],
  );
  await advance(town, 86_400);
  assert.equal(listener.heard.length, 1);
});

test("a clock that is moved while people go on paying arrives, and lists what it brought", async () => {
  await using town = await openTown({ sandboxClock: true });
  await using slow = await openListener({
    behaviour: (heard, response, request) => void setTimeout(() => acknowledge(heard, response, request), 20),
  });
  await using away = await openListener({ behaviour: answerWith(503) });
  await collectFor(town, away);
  await untilTried(town, 1);
  away.behave(acknowledge);

  const shop = await openShop(town, slow);
  const closing = new AbortController();
  const paid: string[] = [];
  const clients = Array.from({ length: 4 }, async () => {
    while (!closing.signal.aborted) {
      const reply = await shop.collects();
      // A day later the session is over.
      if (reply.status === 201) paid.push(nameOf(reply));
    }
  });
  await slow.untilHeard(4);
  const heardBefore = slow.heard.length;
  const moving = advance(town, 86_400);
  const moved = await Promise.race([moving, sleep(10_000, null, { ref: false })]);
  const heardMeanwhile = slow.heard.length - heardBefore;
  closing.abort();
  await Promise.all([...clients, moving]);

  assert(moved !== null, "it does not wait for people to stop paying");
  assert(heardMeanwhile > 0, "people are told meanwhile");
  assert.equal(callbacksOf(moved).filter(({ says }) => says.startsWith(away.url)).length, 1);
  await eventually("everybody told", async () => {
    const [open] = await town.sql()`select 1 from deliveries`;
    return open === undefined ? true : undefined;
  });
  const told = new Set(slow.heard.map(({ body }) => body["input_OriginalConversationID"]));
  assert(paid.every((name) => told.has(name)));
  assert.equal(away.heard.length, 2);
  assert.equal(new Set(slow.heard.map(({ text }) => text)).size, slow.heard.length, "nobody is told twice");
});

test("ten listeners' retries are done one after the other, each at its time", async () => {
  await using town = await openTown({ sandboxClock: true });
  await using listener = await openListener({ behaviour: answerWith(503) });
  for (let i = 0; i < 10; i += 1) {
    await collectFor(town, listener);
    await advance(town, 7);
  }
  const moved = await advance(town, 3 * 86_400);
  const times = moved.happened.map(({ at }) => Date.parse(at));
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  assert.equal(listener.heard.length, 10 * attemptsMax);
  const [left] = await town.sql()`select 1 from deliveries where parked_at is null`;
  assert.equal(left, undefined);
});
