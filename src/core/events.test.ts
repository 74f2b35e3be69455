import assert from "node:assert/strict";
import { test } from "node:test";
import { createEmitter, subscribe } from "./events.ts";

test("a listener gets the arguments of every event with its name, until it is unsubscribed", () => {
  const emitter = createEmitter<{ committed: [id: number]; closed: [] }>();
  const received: number[] = [];
  const unsubscribe = subscribe(emitter, "committed", (id: number) => received.push(id));
  emitter.emit("committed", 1);
  emitter.emit("closed");
  unsubscribe();
  emitter.emit("committed", 2);
  assert.deepEqual(received, [1]);
});

test("a hundred listeners cause no warning about a leak", (t) => {
  const warn = t.mock.method(process, "emitWarning");
  const emitter = createEmitter<{ committed: [] }>();
  for (let count = 0; count < 100; count += 1) subscribe(emitter, "committed", () => {});
  assert.equal(emitter.listenerCount("committed"), 100);
  assert.equal(warn.mock.callCount(), 0);
});
