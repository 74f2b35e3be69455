import assert from "node:assert/strict";
import { test } from "node:test";
import { parseStat } from "./processor-time.ts";

test("the line of a process is parsed, whatever its name is", () => {
  for (const name of ["postgres", "a (b) 1 2) S 3"]) {
    const line = `4711 (${name}) S 42 4711 4711 0 -1 4194560 9 8 0 0 120 30 500 60 20 0 11 0 12345 1000 200\n`;
    assert.deepEqual(parseStat(line), { parent: 42, ticks: 150, endedChildrenTicks: 560 });
  }
});

test(
  "the processor time of this process grows while it computes",
  { skip: process.platform !== "linux" },
  async () => {
    const { readFile } = await import("node:fs/promises");
    const read = async () => parseStat(await readFile("/proc/self/stat", "utf8"));
    const before = await read();
    const { user, system } = process.cpuUsage();
    while (process.cpuUsage({ user, system }).user < 50_000) Math.sqrt(Math.random());
    const after = await read();
    // 50 ms are at least four of the usual hundred ticks in a second.
    assert(after.ticks - before.ticks >= 4, `${before.ticks} to ${after.ticks}`);
    assert.equal(after.parent, process.ppid);
  },
);
