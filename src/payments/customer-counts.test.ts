import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { counterName, readCounts, writeCounts } from "./customer-counts.ts";

test("counts come back as they were written, and are over on the next day, not on the one before", () => {
  const usage = fc.record(
    { count: fc.nat(), valueMinor: fc.bigInt({ min: 0n, max: 1n << 60n }) },
    { noNullPrototype: true },
  );
  const counts = fc.dictionary(fc.stringMatching(/^\d{1,6}\/\d{1,2}$/), usage);
  fc.assert(
    fc.property(counts, (given) => {
      const counted = { day: 20261121, byName: new Map(Object.entries(given)) };
      const written = writeCounts(counted);
      assert.deepEqual(readCounts(written, 20261121), counted);
      assert.deepEqual(readCounts(written, 20261120), counted);
      assert.deepEqual(readCounts(written, 20261122), { day: 20261122, byName: new Map() });
    }),
  );
  assert.equal(readCounts("", 20261121).byName.size, 0);
});

test("each application counts for itself, and each product", () => {
  const names = [
    counterName(1n, "c2bSingle"),
    counterName(1n, "b2c"),
    counterName(11n, "c2bSingle"),
    counterName(2n, "directDebitPayment"),
  ];
  assert.equal(new Set(names).size, 4);
});
