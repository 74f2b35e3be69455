/**
 * The callback schedule uses business time: advancing the clock makes each attempt at its time, and delivers nothing
 * twice.
 */
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { standardRetryDelaysMs } from "../../src/callbacks/schedule.ts";
import { createTestApplication } from "../support/application.ts";
import { advanceClock, setFrozen, getClock, type ClockAdvanceBody } from "../support/clock.ts";
import { acknowledge, respondWith, createTestListener, type Listener } from "../support/listener.ts";
import { collect, summarise } from "../support/payments.ts";
import { waitFor } from "../support/prompts.ts";
import { createListeningApplication } from "../support/callback-recorder.ts";
import { createTestSandbox, type Reply, type TestSandbox } from "../support/sandbox.ts";

/** The attempts of a whole schedule. */
const maxAttempts = standardRetryDelaysMs.length + 1;

/** Collects a payment for an application with this listener. */
async function collectFor(sandbox: TestSandbox, { url: responseUrl }: Listener): Promise<void> {
  const { apiKey } = await createTestApplication(sandbox, { responseUrl });
  const bearer = await sandbox.session("vodacomTZN", apiKey);
  assert.equal(summarise(await collect(sandbox, {}, bearer)), "201 INS-0");
}

/** Waits until every delivery has this number of recorded attempts. */
const waitForAttempts = (sandbox: TestSandbox, attempts: number): Promise<unknown> =>
  waitFor(`${attempts} recorded attempts`, async () => {
    const [row] =
      await sandbox.sql()`select 1 from deliveries where attempts = ${attempts} and lease_until < now()`;
    return row;
  });

const getConversationId = (reply: Reply): string => reply.body["output_ConversationID"] ?? "";

const listCallbackEvents = ({ events }: ClockAdvanceBody) =>
  events.filter(({ what }) => what.startsWith("callback_"));

const msPerMinute = 60_000;
const msPerHour = 60 * msPerMinute;

test("advancing two days tries a dead listener at each time of the schedule, in order", async () => {
  await using sandbox = await createTestSandbox({ sandboxClock: true });
  await using listener = await createTestListener({ behaviour: respondWith(503) });
  const { now } = await setFrozen(sandbox);
  await collectFor(sandbox, listener);
  await listener.waitForCallbacks(1);
  await waitForAttempts(sandbox, 1);

  const advance = await advanceClock(sandbox, 3 * 86_400);
  assert.equal(listener.received.length, maxAttempts);
  const tried = listCallbackEvents(advance);
  assert.deepEqual(
    tried.map(({ what }) => what),
    [...Array.from({ length: maxAttempts - 2 }, () => "callback_failed"), "callback_parked"],
  );
  const gaps = [
    10_000,
    msPerMinute,
    5 * msPerMinute,
    30 * msPerMinute,
    2 * msPerHour,
    6 * msPerHour,
    12 * msPerHour,
    24 * msPerHour,
  ];
  let before = Date.parse(now);
  for (const [index, { at }] of tried.entries()) {
    const gap = Date.parse(at) - before;
    const minGap = gaps[index] ?? 0;
    assert(
      gap >= minGap && gap <= minGap * 1.1,
      `attempt ${index + 2} came ${gap} ms after the one before it`,
    );
    before = Date.parse(at);
  }

  const [first, ...others] = new Set(listener.received.map(({ text }) => text));
  assert(first !== undefined && others.length === 0, "each attempt has the same content");
  await advanceClock(sandbox, 30 * 86_400);
  assert.equal(listener.received.length, maxAttempts, "a dead-lettered callback is not retried");
});

test("a listener that recovers gets the callback once, however far the clock advances", async () => {
  await using sandbox = await createTestSandbox({ sandboxClock: true });
  await using listener = await createTestListener({ behaviour: respondWith(503) });
  await setFrozen(sandbox);
  await collectFor(sandbox, listener);
  await listener.waitForCallbacks(1);
  await waitForAttempts(sandbox, 1);
  listener.setBehaviour((callback, response, request) =>
    (listener.received.length < 4 ? respondWith(500) : acknowledge)(callback, response, request),
  );
  const advance = await advanceClock(sandbox, 40 * 86_400);
  assert.deepEqual(
    listCallbackEvents(advance).map(({ what }) => what),
    ["callback_failed", "callback_failed", "callback_told"],
  );
  await advanceClock(sandbox, 40 * 86_400);
  assert.equal(listener.received.length, 4);
});

test("advancing the clock waits for a delivery in progress, and delivers it once", async () => {
  await using sandbox = await createTestSandbox({ sandboxClock: true });
  const responses: (() => void)[] = [];
  await using listener = await createTestListener({
    behaviour: (callback, response: ServerResponse, request) =>
      void responses.push(() => acknowledge(callback, response, request)),
  });
  await collectFor(sandbox, listener);
  await listener.waitForCallbacks(1);

  const advancing = advanceClock(sandbox, 86_400);
  await waitFor("a clock that is advancing", async () => (sandbox.clock.moving() ? true : undefined));
  const { now } = await getClock(sandbox);
  for (const respond of responses) respond();
  const advance = await advancing;
  assert(Date.parse(now) < Date.parse(advance.to), "the clock waited for the response");
  assert.deepEqual(
    listCallbackEvents(advance).map(({ what }) => what),
    ["callback_told"],
  );
  await advanceClock(sandbox, 86_400);
  assert.equal(listener.received.length, 1);
});

test("advancing the clock under load ends, and lists what it did", async () => {
  await using sandbox = await createTestSandbox({ sandboxClock: true });
  await using slow = await createTestListener({
    behaviour: (callback, response, request) =>
      void setTimeout(() => acknowledge(callback, response, request), 20),
  });
  await using away = await createTestListener({ behaviour: respondWith(503) });
  await collectFor(sandbox, away);
  await waitForAttempts(sandbox, 1);
  away.setBehaviour(acknowledge);

  const application = await createListeningApplication(sandbox, slow);
  const closing = new AbortController();
  const paid: string[] = [];
  const clients = Array.from({ length: 4 }, async () => {
    while (!closing.signal.aborted) {
      const reply = await application.collect();
      // After a day the session has expired.
      if (reply.status === 201) paid.push(getConversationId(reply));
    }
  });
  await slow.waitForCallbacks(4);
  const receivedBefore = slow.received.length;
  const advancing = advanceClock(sandbox, 86_400);
  const advance = await Promise.race([advancing, sleep(10_000, null, { ref: false })]);
  const receivedMeanwhile = slow.received.length - receivedBefore;
  closing.abort();
  await Promise.all([...clients, advancing]);

  assert(advance !== null, "it does not wait until the payments stop");
  assert(receivedMeanwhile > 0, "callbacks are delivered meanwhile");
  assert.equal(listCallbackEvents(advance).filter(({ says }) => says.startsWith(away.url)).length, 1);
  await waitFor("all callbacks delivered", async () => {
    const [open] = await sandbox.sql()`select 1 from deliveries`;
    return open === undefined ? true : undefined;
  });
  const receivedIds = new Set(slow.received.map(({ body }) => body["input_OriginalConversationID"]));
  assert(paid.every((conversationId) => receivedIds.has(conversationId)));
  assert.equal(away.received.length, 2);
  assert.equal(
    new Set(slow.received.map(({ text }) => text)).size,
    slow.received.length,
    "no callback is delivered twice",
  );
});

test("the retries of ten listeners happen in order, each at its time", async () => {
  await using sandbox = await createTestSandbox({ sandboxClock: true });
  await using listener = await createTestListener({ behaviour: respondWith(503) });
  for (let i = 0; i < 10; i += 1) {
    await collectFor(sandbox, listener);
    await advanceClock(sandbox, 7);
  }
  const advance = await advanceClock(sandbox, 3 * 86_400);
  const times = advance.events.map(({ at }) => Date.parse(at));
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  assert.equal(listener.received.length, 10 * maxAttempts);
  const [left] = await sandbox.sql()`select 1 from deliveries where dead_lettered_at is null`;
  assert.equal(left, undefined);
});
