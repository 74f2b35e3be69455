import assert from "node:assert/strict";
import { test } from "node:test";
import { localTime } from "./clock.ts";
import { markets, type Market } from "./markets.ts";

test("a market's day starts at its local midnight", () => {
  // prettier-ignore
  const midnights: Record<Market, string> = {
    vodafoneGHA: "2026-11-21T00:00:00Z",
    vodacomTZN:  "2026-11-20T21:00:00Z",
    vodacomLES:  "2026-11-20T22:00:00Z",
    vodacomDRC:  "2026-11-20T23:00:00Z",
    vodacomMOZ:  "2026-11-20T22:00:00Z",
    safaricomKEN: "2026-11-20T21:00:00Z",
  };
  for (const [market, midnight] of Object.entries(midnights)) {
    const { timeZone } = markets[market as Market];
    const at = Date.parse(midnight);
    assert.deepEqual(localTime(at - 1, timeZone), { day: 20261120, minute: 1439 }, market);
    assert.deepEqual(localTime(at, timeZone), { day: 20261121, minute: 0 }, market);
    assert.deepEqual(localTime(at + 59_999, timeZone), { day: 20261121, minute: 0 }, market);
    assert.deepEqual(localTime(at + 60_000, timeZone), { day: 20261121, minute: 1 }, market);
  }
});

test("an earlier time after a later one is converted correctly", () => {
  const at = Date.parse("2026-03-01T10:00:00Z");
  const { timeZone } = markets.vodacomTZN;
  localTime(at + 86_400_000, timeZone);
  assert.deepEqual(localTime(at, timeZone), { day: 20260301, minute: 780 });
});

test("leap days and ends of years are converted correctly", () => {
  const zone = "Africa/Accra";
  assert.equal(localTime(Date.parse("2028-02-29T12:00:00Z"), zone).day, 20280229);
  assert.equal(localTime(Date.parse("2026-12-31T23:59:59Z"), zone).day, 20261231);
  assert.equal(localTime(Date.parse("2027-01-01T00:00:00Z"), zone).day, 20270101);
});
