import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTimestamp } from "./timestamps.ts";

test("only times of the calendar, from 1970 to 9999, are parsed", () => {
  // prettier-ignore
  const table: [text: string, at: number | null][] = [
    ["2026-11-21T08:30:00Z", Date.UTC(2026, 10, 21, 8, 30)], ["2026-11-21T08:30+03:00", Date.UTC(2026, 10, 21, 5, 30)],
    ["2028-02-29T00:00:00.5Z", Date.UTC(2028, 1, 29, 0, 0, 0, 500)], ["1970-01-01T00:00Z", 0],
    ["2026-02-29T00:00Z", null], ["2026-02-30T00:00Z", null], ["2026-04-31T00:00Z", null], ["2026-13-01T00:00Z", null],
    ["2026-00-01T00:00Z", null], ["2026-01-00T00:00Z", null], ["2026-01-01T25:00Z", null], ["0000-01-01T00:00Z", null],
    ["1969-12-31T23:59Z", null], ["9999-12-31T23:59:59-23:59", null], ["2026-11-21", null], ["2026-11-21T08:30", null], ["", null],
  ];
  for (const [text, at] of table) assert.equal(parseTimestamp(text), at, text);
});
