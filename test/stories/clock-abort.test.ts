/** An advance of the clock can be aborted, and a dead listener does not hold it up. */
import assert from "node:assert/strict";
import { afterEach, after, before, test } from "node:test";
import { buildRequest, sendRequest } from "../../src/api/control/client.ts";
import { createTestApplication } from "../support/application.ts";
import { advanceClock, getClock, setFrozen } from "../support/clock.ts";
import { callControl } from "../support/control.ts";
import { createTestListener, neverRespond, respondWith, type Listener } from "../support/listener.ts";
import { collect, summarise } from "../support/payments.ts";
import { waitFor } from "../support/prompts.ts";
import { createTestSandbox, type TestSandbox } from "../support/sandbox.ts";

const day = 86_400;
const payments = 200;

let sandbox: TestSandbox;
let silent: Listener;
before(async () => {
  sandbox = await createTestSandbox({ sandboxClock: true });
  silent = await createTestListener({ behaviour: neverRespond });
});
after(async () => {
  await silent[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});
afterEach(async () => {
  await sandbox.sql()`delete from deliveries`;
});

async function createBearer(responseUrl: string): Promise<string> {
  const { apiKey } = await createTestApplication(sandbox, { responseUrl });
  return sandbox.session("vodacomTZN", apiKey);
}

/** Freezes the clock, and leaves a callback whose listener does not respond: an advance waits for it. */
async function payWithSilentListener(): Promise<number> {
  const { now } = await setFrozen(sandbox);
  const callsBefore = silent.received.length;
  assert.equal(summarise(await collect(sandbox, {}, await createBearer(silent.url))), "201 INS-0");
  await silent.waitForCallbacks(callsBefore + 1);
  return Date.parse(now);
}

const waitForAdvance = () =>
  waitFor("a clock that is advancing", async () => {
    const [row] = await sandbox.stores
      .main`select 1 from sandbox_clock where locked_until > clock_timestamp()`;
    return row;
  });

test("a client aborts the advance of another, and the clock stays where it got to", async () => {
  const before = await payWithSilentListener();
  const advancing = callControl(sandbox, "POST", "/clock/advance", { seconds: 3 * day });
  await waitForAdvance();
  const abortedAt = performance.now();
  const aborted = await callControl(sandbox, "POST", "/clock/abort");
  assert.equal(aborted.status, 200, JSON.stringify(aborted.body));
  const { status, body } = await advancing;
  assert.equal(status, 409);
  assert.match(body.message, /^A client aborted the advance. The clock continues from 20/);
  assert(performance.now() - abortedAt < 5_000);
  assert.equal(aborted.body.frozen, true);
  assert(Date.parse(aborted.body.now) - before < day * 1_000, "it is not at its target");

  const again = await callControl(sandbox, "POST", "/clock/abort");
  assert.deepEqual([again.status, again.body.message], [409, "The clock is not being advanced."]);
  await callControl(sandbox, "POST", "/snapshots", { name: "after-abort", replace: true });
  assert.equal((await callControl(sandbox, "POST", "/snapshots/after-abort/restore")).status, 200);
});

test("closing the connection of an advance ends it", async () => {
  await payWithSilentListener();
  const client = new AbortController();
  const endpoint = { url: `${sandbox.url}/control/v1`, token: sandbox.platform.controlToken };
  const request = buildRequest("POST /clock/advance", { body: { seconds: 3 * day } });
  const advancing = sendRequest(endpoint, request, { signal: client.signal });
  await waitForAdvance();
  client.abort();
  await assert.rejects(advancing);
  await waitFor(
    "an unlocked clock",
    async () =>
      (await callControl(sandbox, "PATCH", "/clock", { frozen: false })).status === 200 ? true : undefined,
    3_000,
  );
});

test("a dead listener gets a hundred calls during an advance, and its callbacks stay due", async () => {
  await using dead = await createTestListener({ behaviour: respondWith(503) });
  await using live = await createTestListener();
  await setFrozen(sandbox);
  const bearer = await createBearer(dead.url);
  await Promise.all(Array.from({ length: payments }, () => collect(sandbox, {}, bearer)));
  await collect(sandbox, {}, await createBearer(live.url));
  const { now } = await getClock(sandbox);
  const callsBefore = dead.received.length;

  const { events, to } = await advanceClock(sandbox, 3 * day);

  const calls = dead.received.length - callsBefore;
  assert(calls >= 80 && calls < 180, `${calls} calls`);
  assert.equal(Date.parse(to) - Date.parse(now), 3 * day * 1_000);
  const postponed = events.filter(({ what }) => what === "callbacks_postponed");
  assert.deepEqual(
    postponed.map(({ says }) => says.replace(/application \d+/, "application")),
    [
      `${new URL(dead.url).origin} (application) failed too many times in a row: no more calls during this advance. After it, its callbacks are due.`,
    ],
  );
  const [row] = await sandbox.sql()<{ open: bigint; attempts: bigint }[]>`
    select count(*) as open, max(attempts) as attempts from deliveries where dead_lettered_at is null`;
  assert.equal(row?.open, BigInt(payments), "none is dead-lettered, and the live listener got its own");
  assert.equal(live.received.length, 1);

  const callsAfter = dead.received.length;
  await dead.waitForCallbacks(callsAfter + 1);
});
