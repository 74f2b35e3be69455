import assert from "node:assert/strict";
import { test } from "node:test";
import { msPerMinute } from "../../core/clock.ts";
import { createStrangerLimit, maxFromAll, maxPerSource, otherSources } from "./strangers.ts";

const now = 1000 * msPerMinute;

test("a source has its own limit in each minute, and what is left out is counted by source", () => {
  const limit = createStrangerLimit();
  const admitted = (source: string, at: number): number =>
    Array.from({ length: 100 }, () => limit.admit(source, at)).filter(Boolean).length;
  assert.equal(admitted("192.0.2.1", now), maxPerSource);
  assert.equal(admitted("192.0.2.2", now), maxPerSource);
  assert.deepEqual(limit.takeOmissions(), [
    { startsAt: 1000, source: "192.0.2.1", requests: 40 },
    { startsAt: 1000, source: "192.0.2.2", requests: 40 },
  ]);
  assert.deepEqual(limit.takeOmissions(), []);
  assert.equal(admitted("192.0.2.1", now + msPerMinute), maxPerSource);
});

test("many sources together have a limit, and the number of counts is bounded", () => {
  const limit = createStrangerLimit();
  let admitted = 0;
  for (let source = 0; source < 20_000; source += 1) if (limit.admit(`source ${source}`, now)) admitted += 1;
  const omissions = limit.takeOmissions();
  assert.equal(admitted, maxFromAll);
  assert.equal(omissions.length, 101);
  assert(omissions.some(({ source }) => source === otherSources));
  assert.equal(
    omissions.reduce((sum, { requests }) => sum + requests, admitted),
    20_000,
  );
});
