import assert from "node:assert/strict";
import { test } from "node:test";
import { createEventLoopLoad } from "./event-loop-load.ts";

test("an event loop is busy if it hardly waited in the last tenth of a second", () => {
  const times = { idle: 0, active: 0, utilization: 0 };
  const pass = (idle: number, active: number): void => {
    times.idle += idle;
    times.active += active;
  };
  const load = createEventLoopLoad(() => ({ ...times }));
  assert.equal(load.isBusy(), false);
  pass(5, 94);
  assert.equal(load.isBusy(), false, "not measured for long enough");
  pass(0, 1);
  assert.equal(load.isBusy(), true);
  pass(40, 59);
  assert.equal(load.isBusy(), true, "not measured for long enough");
  pass(0, 1);
  assert.equal(load.isBusy(), false);
});
