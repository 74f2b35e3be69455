import assert from "node:assert/strict";
import { test } from "node:test";
import { isWithinUsageHours } from "./limits.ts";

test("usage hours include their first minute, exclude their last, and may cross midnight", () => {
  const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  // prettier-ignore
  const table: [from: string, until: string, inside: string[], outside: string[]][] = [
    ["08:00", "20:00", ["08:00", "12:00", "19:59"],          ["00:00", "07:59", "20:00", "23:59"]],
    ["22:00", "04:30", ["22:00", "23:59", "00:00", "04:29"], ["04:30", "12:00", "21:59"]],
    ["00:00", "24:00", ["00:00", "23:59"],                   []],
    ["08:00", "24:00", ["08:00", "23:59"],                   ["00:00", "07:59"]],
    ["08:00", "08:00", ["00:00", "07:59", "08:00", "23:59"], []],
    ["22:00", "00:00", ["22:00", "23:59"],                   ["00:00", "21:59"]],
  ];
  for (const [from, until, inside, outside] of table) {
    const limits = { usageFrom: minutes(from), usageUntil: minutes(until) };
    for (const time of inside)
      assert(isWithinUsageHours(limits, minutes(time)), `${time} is in ${from}-${until}`);
    for (const time of outside)
      assert(!isWithinUsageHours(limits, minutes(time)), `${time} is not in ${from}-${until}`);
  }
});

test("without usage hours a product may be used at any time", () => {
  for (let minute = 0; minute < 1440; minute += 1) assert(isWithinUsageHours({}, minute));
});
