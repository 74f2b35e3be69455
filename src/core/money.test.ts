import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { maxAmountMinor, formatAmount, parseAmount } from "./money.ts";
import { marketNames, markets } from "./markets.ts";
import { railFor, rails } from "./rails.ts";

test("an amount is parsed exactly, or refused", () => {
  // prettier-ignore
  const table: [text: string, decimals: number, amountMinor: bigint | null][] = [
    ["12.5",  2, 12_50n], ["12.50", 2, 12_50n], ["12",    2, 12_00n], [".5",    2, 50n], ["0.01", 2, 1n], ["007", 2, 7_00n],
    ["12",    0, 12n],    ["12.0",  0, null],   ["0.001", 3, 1n],
    ["12.505", 2, null],  ["12.500", 2, null],  ["0", 2, null], ["0.00", 2, null], ["", 2, null], [".", 2, null], ["1.", 2, null],
    ["-1", 2, null], ["+1", 2, null], ["1e2", 2, null], ["1,5", 2, null], [" 1", 2, null], ["1 ", 2, null], ["1\n", 2, null],
    ["0x10", 2, null], ["Infinity", 2, null], ["NaN", 2, null], ["١", 2, null], ["1_000", 2, null],
    ["9".repeat(401), 2, null], [`${"0".repeat(399)}1`, 2, 1_00n],
    ["10000000000000.00", 2, maxAmountMinor], ["10000000000000.01", 2, null],
  ];
  for (const [text, decimals, amountMinor] of table)
    assert.equal(parseAmount(text, decimals), amountMinor, JSON.stringify(text));
});

test("a formatted amount parses to the same value", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: maxAmountMinor }),
      fc.integer({ min: 0, max: 4 }),
      (amountMinor, decimals) => {
        assert.equal(parseAmount(formatAmount(amountMinor, decimals), decimals), amountMinor);
      },
    ),
  );
});

test("parsing never throws, and never returns more than the maximum", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\d.]{0,30}$/)), (text) => {
      const amountMinor = parseAmount(text, 2);
      assert(amountMinor === null || (amountMinor > 0n && amountMinor <= maxAmountMinor));
    }),
  );
});

test("amounts are formatted with their currency's decimals, also negative ones", () => {
  // prettier-ignore
  const table: [amountMinor: bigint, decimals: number, text: string][] = [
    [1250n, 2, "12.50"], [5n, 2, "0.05"], [0n, 2, "0.00"], [-5n, 2, "-0.05"], [-1250n, 2, "-12.50"], [12n, 0, "12"], [1n, 3, "0.001"],
  ];
  for (const [amountMinor, decimals, text] of table) assert.equal(formatAmount(amountMinor, decimals), text);
});

test("every market has its own country, currency and time zone, and every rail its own name", () => {
  const countDistinct = (getValue: (market: (typeof markets)[keyof typeof markets]) => unknown) =>
    new Set(marketNames.map((name) => getValue(markets[name]))).size;
  assert.equal(
    countDistinct(({ country }) => country),
    6,
  );
  assert.equal(
    countDistinct(({ currency }) => currency),
    6,
  );
  assert.equal(
    countDistinct(({ prefix }) => prefix),
    6,
  );
  for (const name of marketNames)
    assert.doesNotThrow(() => new Intl.DateTimeFormat("en", { timeZone: markets[name].timeZone }));
  assert.equal(new Set(rails.map(({ name }) => name)).size, 12);
  assert.equal(railFor("live", "vodacomTZN").name, "live_vodacomTZN");
});
