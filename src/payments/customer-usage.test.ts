import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toCounterName, parseCustomerUsage, formatCustomerUsage } from "./customer-usage.ts";

test("customer usage survives a round trip, starts at zero on a later day, and stays on an earlier day", () => {
  const usage = fc.record(
    { count: fc.nat(), valueMinor: fc.bigInt({ min: 0n, max: 1n << 60n }) },
    { noNullPrototype: true },
  );
  const counts = fc.dictionary(fc.stringMatching(/^\d{1,6}\/\d{1,2}$/), usage);
  fc.assert(
    fc.property(counts, (usageByCounter) => {
      const customerUsage = { day: 20261121, usageByCounter: new Map(Object.entries(usageByCounter)) };
      const text = formatCustomerUsage(customerUsage);
      assert.deepEqual(parseCustomerUsage(text, 20261121), customerUsage);
      assert.deepEqual(parseCustomerUsage(text, 20261120), customerUsage);
      assert.deepEqual(parseCustomerUsage(text, 20261122), { day: 20261122, usageByCounter: new Map() });
    }),
  );
  assert.equal(parseCustomerUsage("", 20261121).usageByCounter.size, 0);
});

test("each application and each product has its own counter", () => {
  const names = [
    toCounterName(1n, "openapi-v2", "c2bSingle"),
    toCounterName(1n, "openapi-v2", "b2c"),
    toCounterName(11n, "openapi-v2", "c2bSingle"),
    toCounterName(2n, "openapi-v2", "directDebitPayment"),
  ];
  assert.equal(new Set(names).size, 4);
});
