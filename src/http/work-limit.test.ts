import assert from "node:assert/strict";
import { test } from "node:test";
import { createWorkLimit, type WorkRefusal } from "./work-limit.ts";

const createLimit = (maxWaitMs = 10_000) =>
  createWorkLimit({ maxActive: 2, maxQueuedPerSource: 3, maxQueued: 4, maxWaitMs });

/** Starts the work of each of these sources, and returns the order in which they begin. */
async function runInOrder(limit: ReturnType<typeof createLimit>, sources: readonly string[]) {
  const order: string[] = [];
  const results = await Promise.all(
    sources.map(async (source) => {
      const result = await limit.enter(source);
      if (typeof result === "string") return result;
      order.push(source);
      setImmediate(result);
      return null;
    }),
  );
  return { order, refusals: results.filter((result): result is WorkRefusal => result !== null) };
}

test("sources take turns, so the first request of one is not behind the many of another", async () => {
  const { order } = await runInOrder(createLimit(), ["a", "a", "a", "a", "a", "b"]);
  assert.deepEqual(order, ["a", "a", "a", "b", "a", "a"]);
});

test("a source with too many waiting requests is refused, and another one is not", async () => {
  const { order, refusals } = await runInOrder(createLimit(), ["a", "a", "a", "a", "a", "a", "b", "c"]);
  assert.deepEqual(refusals, ["source", "server"]);
  assert.equal(order.filter((source) => source === "b").length, 1);
});

test("a request that waits too long is refused, and does not take a turn", async () => {
  const limit = createLimit(20);
  const active = [await limit.enter("a"), await limit.enter("a")];
  assert.equal(await limit.enter("a"), "server");
  for (const end of active) if (typeof end === "function") end();
  const results = await Promise.all([limit.enter("b"), limit.enter("b")]);
  assert.deepEqual(
    results.map((result) => typeof result),
    ["function", "function"],
  );
});

test("work that ends twice frees one place", async () => {
  const limit = createLimit(20);
  const end = await limit.enter("a");
  assert(typeof end === "function");
  end();
  end();
  await limit.enter("a");
  await limit.enter("a");
  assert.equal(await limit.enter("a"), "server");
});
