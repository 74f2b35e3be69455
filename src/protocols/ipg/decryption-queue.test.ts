/** Which bearer is decrypted next while more arrive than can be decrypted. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BearerQueueFull,
  createDecryptionQueue,
  type BearerSender,
  type DecryptionQueueOptions,
} from "./decryption-queue.ts";

/** A queue that runs one task at a time; each ends when the test says so. */
function createTestQueue(options: Partial<DecryptionQueueOptions<string, string>> = {}) {
  const started: string[] = [];
  const finishers: (() => void)[] = [];
  const queue = createDecryptionQueue<string, string>({
    run(task) {
      started.push(task);
      return new Promise((resolve) => finishers.push(() => resolve(`${task} decrypted`)));
    },
    maxRunning: 1,
    maxQueued: 100,
    maxQueuedPerSource: 50,
    maxWaitMs: 60_000,
    ...options,
  });
  const add = (task: string, sender: BearerSender) => queue.add(task, task, sender);
  async function endAll(): Promise<void> {
    for (let end = finishers.shift(); end !== undefined; end = finishers.shift()) {
      end();
      // The next task starts in a microtask of the promise that has ended.
      await new Promise(setImmediate);
    }
  }
  return { queue, add, started, endAll };
}

const sender = (source = "192.0.2.1"): BearerSender => ({ source, connection: {} });

const isFull = (error: unknown): boolean => error instanceof BearerQueueFull;

test("senders of valid bearers come first, senders of forged ones last", async () => {
  const { queue, add, started, endAll } = createTestQueue();
  const [forger, stranger, client] = [sender(), sender(), sender()];
  queue.recordValidity(forger, false);
  queue.recordValidity(client, true);
  const results = Promise.all([
    add("first", sender()),
    add("forged 1", forger),
    add("forged 2", forger),
    add("new", stranger),
    add("valid", client),
  ]);
  assert.equal(queue.isIdle(), false);
  await endAll();
  await results;
  assert.deepEqual(started, ["first", "valid", "new", "forged 1", "forged 2"]);
  queue.close();
});

test("sources take turns, however many bearers one of them sends", async () => {
  const { queue, add, started, endAll } = createTestQueue();
  const flood = Array.from({ length: 20 }, (_, index) => add(`flood ${index}`, sender("192.0.2.66")));
  const others = [add("a", sender("192.0.2.1")), add("b", sender("192.0.2.2"))];
  await endAll();
  await Promise.all([...flood, ...others]);
  assert.deepEqual(started.slice(0, 4), ["flood 0", "flood 1", "a", "b"]);
  queue.close();
});

test("the rank behind a shared proxy is that of the address", async () => {
  const { queue, add, started, endAll } = createTestQueue();
  const proxied = (source: string): BearerSender => ({ source, connection: null });
  queue.recordValidity(proxied("192.0.2.66"), false);
  queue.recordValidity(proxied("192.0.2.1"), true);
  const results = [
    add("first", sender()),
    add("forged", proxied("192.0.2.66")),
    add("valid", proxied("192.0.2.1")),
  ];
  await endAll();
  await Promise.all(results);
  assert.deepEqual(started, ["first", "valid", "forged"]);
  queue.close();
});

test("one source cannot fill the queue, and a better sender gets the place of a worse one", async () => {
  const { queue, add, endAll } = createTestQueue({ maxQueued: 4, maxQueuedPerSource: 3 });
  const [forger, client] = [sender("192.0.2.66"), sender()];
  queue.recordValidity(forger, false);
  queue.recordValidity(client, true);
  const running = add("running", sender());
  const forged = [1, 2, 3].map((index) => add(`forged ${index}`, forger));
  await assert.rejects(add("forged 4", forger), isFull);
  const stranger = add("stranger", sender("192.0.2.2"));
  const evicted = assert.rejects(forged[2] as Promise<string>, isFull);
  const valid = add("valid", client);
  await evicted;
  await assert.rejects(add("forged 5", { source: "192.0.2.67", connection: forger.connection }), isFull);
  await endAll();
  assert.deepEqual(await Promise.all([running, stranger, valid, ...forged.slice(0, 2)]), [
    "running decrypted",
    "stranger decrypted",
    "valid decrypted",
    "forged 1 decrypted",
    "forged 2 decrypted",
  ]);
  queue.close();
});

test("the same ciphertext is decrypted once for all who wait, at the best rank among them", async () => {
  const { queue, add, started, endAll } = createTestQueue();
  const [forger, client] = [sender(), sender()];
  queue.recordValidity(forger, false);
  queue.recordValidity(client, true);
  const results = [add("first", sender()), add("new", sender()), add("same", forger), add("same", client)];
  await endAll();
  assert.deepEqual((await Promise.all(results)).slice(2), ["same decrypted", "same decrypted"]);
  assert.deepEqual(started, ["first", "same", "new"]);
  queue.close();
});

test("a task that waits too long is rejected", async () => {
  const { queue, add, endAll, started } = createTestQueue({ maxWaitMs: 1 });
  const running = add("running", sender());
  await assert.rejects(add("late", sender()), isFull);
  await endAll();
  await running;
  assert.deepEqual(started, ["running"]);
  queue.close();
});
