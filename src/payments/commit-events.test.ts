import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { msPerMinute } from "../core/clock.ts";
import { createCommitEvents } from "./commit-events.ts";

const event = {
  deliveriesQueued: false,
  promptsCreated: false,
  messagesQueued: false,
  validationsQueued: false,
  endedPaymentIds: [],
};

test("a rail is polled a quarter as often before its first commit, and five minutes after its last one", (t) => {
  let now = 0;
  mock.method(performance, "now", () => now);
  t.after(() => mock.restoreAll());
  const commitEvents = createCommitEvents();
  const getInterval = commitEvents.pollInterval(250);
  assert.equal(getInterval(), 1000);
  commitEvents.publish(event);
  assert.equal(getInterval(), 250);
  now += 5 * msPerMinute;
  assert.equal(getInterval(), 250);
  now += 1;
  assert.equal(getInterval(), 1000);
  commitEvents.publish(event);
  assert.equal(getInterval(), 250);
});
