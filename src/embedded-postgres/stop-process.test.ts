import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { stopProcess } from "./stop-process.ts";

/** Starts a process that ignores these signals. */
async function startIgnoring(signals: readonly string[]) {
  const script = `
    for (const signal of ${JSON.stringify(signals)}) process.on(signal, () => {});
    setInterval(() => {}, 1000);
    console.log("ready");`;
  const child = spawn(process.execPath, ["--eval", script], { stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
  return child;
}

test("a process is stopped by the mildest signal that it does not ignore", async () => {
  const table = [
    { deaf: [], endsBy: "SIGINT" },
    { deaf: ["SIGINT"], endsBy: "SIGQUIT" },
    { deaf: ["SIGINT", "SIGQUIT"], endsBy: "SIGKILL" },
  ];
  for (const { deaf, endsBy } of table) {
    const child = await startIgnoring(deaf);
    const ended = once(child, "exit");
    await stopProcess(child.pid ?? NaN, ended, 200);
    assert.equal((await ended)[1], endsBy);
  }
});

test("stopping a process that has already exited does nothing", async () => {
  const child = spawn("/bin/sh", ["-c", "exit 0"]);
  const ended = once(child, "exit");
  await ended;
  await stopProcess(child.pid ?? NaN, new Promise(() => {}));
});
