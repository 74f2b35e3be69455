import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { createPoller, type PollerOptions } from "./poller.ts";

afterEach(() => mock.timers.reset());
beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
});

/** Lets the loop continue after a turn has ended. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function advance(ms: number): Promise<void> {
  mock.timers.tick(ms);
  await settle();
}

/** A loop whose turns end when the test ends them. */
function createControlledPoller(options: Partial<PollerOptions> = {}) {
  const turns: PromiseWithResolvers<unknown>[] = [];
  const errors: unknown[] = [];
  const poller = createPoller({
    work: () => {
      const turn = Promise.withResolvers<unknown>();
      turns.push(turn);
      return turn.promise;
    },
    onError: (error) => errors.push(error),
    ...options,
  });
  const endTurn = async (result?: unknown): Promise<void> => {
    turns.at(-1)?.resolve(result);
    await settle();
  };
  return { poller, turns, errors, endTurn };
}

test("a turn starts an interval after the previous one has ended, and turns do not overlap", async () => {
  const { turns, endTurn } = createControlledPoller({ intervalMs: 100 });
  await advance(99);
  assert.equal(turns.length, 0);
  await advance(1);
  assert.equal(turns.length, 1);
  await advance(1000);
  assert.equal(turns.length, 1);
  await endTurn();
  await advance(99);
  assert.equal(turns.length, 1);
  await advance(1);
  assert.equal(turns.length, 2);
});

test("an interval that is a function is read at the end of each turn", async () => {
  let intervalMs = 100;
  const { turns, endTurn } = createControlledPoller({ intervalMs: () => intervalMs });
  intervalMs = 400;
  await advance(100);
  assert.equal(turns.length, 1);
  await endTurn();
  await advance(399);
  assert.equal(turns.length, 1);
  await advance(1);
  assert.equal(turns.length, 2);
});

test("a notification starts a turn at once, and starts the interval again", async () => {
  const { poller, turns, endTurn } = createControlledPoller({ intervalMs: 100 });
  await advance(60);
  poller.notify();
  assert.equal(turns.length, 1);
  await endTurn();
  await advance(99);
  assert.equal(turns.length, 1);
  await advance(1);
  assert.equal(turns.length, 2);
});

test("notifications during a turn cause one more turn", async () => {
  const { poller, turns, endTurn } = createControlledPoller();
  poller.notify();
  poller.notify();
  poller.notify();
  assert.equal(turns.length, 1);
  await endTurn();
  assert.equal(turns.length, 2);
  await endTurn();
  assert.equal(turns.length, 2);
});

test("a notification by the work itself causes one more turn", async () => {
  let turnCount = 0;
  const poller = createPoller({
    work: async () => {
      turnCount += 1;
      if (turnCount === 1) poller.notify();
    },
    onError: (error) => assert.ifError(error),
  });
  poller.notify();
  assert.equal(turnCount, 1);
  await settle();
  assert.equal(turnCount, 2);
});

test("a turn that resolves with true is followed by another", async () => {
  const { poller, turns, endTurn } = createControlledPoller();
  poller.notify();
  await endTurn(true);
  assert.equal(turns.length, 2);
  await endTurn(false);
  assert.equal(turns.length, 2);
});

test("after a turn, the batch delay gathers notifications", async () => {
  const { poller, turns, endTurn } = createControlledPoller({ batchDelayMs: 5 });
  poller.notify();
  assert.equal(turns.length, 1);
  await endTurn();
  poller.notify();
  poller.notify();
  await advance(4);
  assert.equal(turns.length, 1);
  await advance(1);
  assert.equal(turns.length, 2);
  await endTurn();
  await advance(5);
  assert.equal(turns.length, 2);
  poller.notify();
  assert.equal(turns.length, 3);
});

test("an error is reported, and the loop continues", async () => {
  const { poller, turns, errors } = createControlledPoller({ intervalMs: 100 });
  poller.notify();
  turns[0]?.reject(new Error("no database"));
  await settle();
  assert.deepEqual(errors, [new Error("no database")]);
  await advance(100);
  assert.equal(turns.length, 2);
});

test("an error before the first await is reported too", async () => {
  const errors: unknown[] = [];
  const poller = createPoller({
    work: () => {
      throw new Error("at once");
    },
    onError: (error) => errors.push(error),
  });
  poller.notify();
  await settle();
  poller.notify();
  await settle();
  assert.equal(errors.length, 2);
});

for (const batchDelayMs of [0, 5]) {
  test(`flush waits for a turn that started after the call, with a batch delay of ${batchDelayMs}`, async () => {
    const { poller, turns, endTurn } = createControlledPoller({ batchDelayMs });
    poller.notify();
    let isFlushed = false;
    const flushed = poller.flush().then(() => (isFlushed = true));
    await endTurn();
    await advance(batchDelayMs);
    assert.equal(turns.length, 2);
    assert.equal(isFlushed, false);
    await endTurn();
    await flushed;
  });
}

test("stop waits for the running turn, and no other turn starts", async () => {
  const { poller, turns, endTurn } = createControlledPoller({ intervalMs: 100 });
  poller.notify();
  poller.notify();
  const flushed = poller.flush();
  let isStopped = false;
  const stopped = poller.stop().then(() => (isStopped = true));
  await settle();
  assert.equal(isStopped, false);
  await endTurn(true);
  await Promise.all([stopped, flushed]);
  poller.notify();
  await poller.flush();
  await advance(1000);
  assert.equal(turns.length, 1);
});

test("stop during the batch delay prevents the requested turn", async () => {
  const { poller, turns, endTurn } = createControlledPoller({ batchDelayMs: 5 });
  poller.notify();
  await endTurn();
  const flushed = poller.flush();
  await poller.stop();
  await flushed;
  await advance(5);
  assert.equal(turns.length, 1);
});
