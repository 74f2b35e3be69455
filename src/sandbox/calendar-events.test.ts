/** Calendar events: the markets' own day starts, and the events of a mandate. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { msPerDay, localTime } from "../core/clock.ts";
import { marketNames, markets } from "../core/markets.ts";
import type { ActiveMandate } from "../store/rail/calendar-queries.ts";
import { dailyLimitEvents, dayStarts, eventsOfMandate } from "./calendar-events.ts";

const at = (text: string): number => Date.parse(text);
const span = (from: string, to: string) => ({ from: at(from), to: at(to) });

test("a day starts when the market's local date changes, and no day is missing", () => {
  const year = span("2026-11-21T12:34:56.789Z", "2027-11-21T12:34:56.789Z");
  for (const market of marketNames) {
    const { timeZone } = markets[market];
    const starts = dayStarts(market, year);
    assert.equal(starts.length, 365, market);
    for (const { at, day, dayBefore } of starts) {
      assert.deepEqual(localTime(at, timeZone), { day, minute: 0 });
      assert.equal(localTime(at - 1, timeZone).day, dayBefore);
    }
  }
});

test("a span excludes its start and includes its end", () => {
  const midnight = "2026-11-21T21:00:00Z";
  const count = (from: string, to: string): number => dayStarts("vodacomTZN", span(from, to)).length;
  assert.equal(count("2026-11-21T20:59:59.999Z", midnight), 1);
  assert.equal(count(midnight, "2026-11-22T20:59:59.999Z"), 0);
  assert.equal(count("2026-11-21T20:00:00Z", "2026-11-21T20:59:59.999Z"), 0);
  assert.equal(count(midnight, "2026-11-22T21:00:00Z"), 1);
});

test("up to forty-eight day starts are listed one by one, more are summarised", () => {
  const days = (count: number) => ({
    from: at("2026-11-21T12:00:00Z"),
    to: at("2026-11-21T12:00:00Z") + count * msPerDay,
  });
  assert.equal(dailyLimitEvents(marketNames, days(8)).length, 48);
  const more = dailyLimitEvents(marketNames, days(9));
  assert.equal(more.length, marketNames.length);
  for (const { message } of more) assert.match(message, /^The last of 9 days started/);
  assert.deepEqual(dailyLimitEvents(marketNames, days(0)), []);
});

const mandate = (change: Partial<ActiveMandate>): ActiveMandate => ({
  id: 15001n,
  reference: "rent",
  frequency: "monthly",
  firstPaymentDay: 20261121,
  expiryDay: null,
  rangeStart: null,
  rangeEnd: null,
  cancelledAt: null,
  createdAt: new Date("2026-11-20T08:00:00Z"),
  ...change,
});

test("a mandate starts, renews and expires on its market's local days", () => {
  const half = span("2026-11-20T12:00:00Z", "2027-05-20T12:00:00Z");
  const starts = dayStarts("vodacomTZN", half);
  // prettier-ignore
  const table: [change: Partial<ActiveMandate>, turns: string[]][] = [
    [{}, ["began 11-20", "period_began 11-30", "period_began 12-31", "period_began 01-31", "period_began 02-28", "period_began 03-31", "period_began 04-30"]],
    [{ expiryDay: 20270115 }, ["began 11-20", "expired 01-15", "period_began 11-30", "period_began 12-31"]],
    [{ frequency: "quarterly" }, ["began 11-20", "period_began 01-31", "period_began 04-30"]],
    [{ frequency: "once" }, ["began 11-20"]],
    [{ frequency: "daily" }, ["began 11-20", "period_began 05-19"]],
    [{ frequency: "on_demand", firstPaymentDay: null, expiryDay: 20261231 }, ["expired 12-31"]],
    [{ firstPaymentDay: 20270301 }, ["began 02-28", "period_began 03-31", "period_began 04-30"]],
    [{ cancelledAt: new Date("2026-12-31T20:59:59Z") }, ["began 11-20", "period_began 11-30"]],
    [{ createdAt: new Date("2027-04-01T00:00:00Z") }, ["period_began 04-30"]],
    [{ expiryDay: 20261120 }, ["expired 11-20"]],
    [{ expiryDay: 20261119 }, []],
  ];
  for (const [change, expected] of table) {
    const events = eventsOfMandate(mandate(change), starts, "vodacomTZN");
    assert.deepEqual(
      events.map(
        ({ type: what, at }) => `${what.replace("mandate_", "")} ${new Date(at).toISOString().slice(5, 10)}`,
      ),
      expected,
      JSON.stringify(change),
    );
  }
});

test("many periods of one mandate are summarised in one event", () => {
  const starts = dayStarts("vodacomTZN", span("2026-11-21T12:00:00Z", "2026-12-21T12:00:00Z"));
  const [only, ...others] = eventsOfMandate(mandate({ frequency: "daily" }), starts, "vodacomTZN");
  assert.equal(only?.message, "Mandate 15001 (rent): the last of 30 periods started; each allows one debit.");
  assert.deepEqual(others, []);
});
