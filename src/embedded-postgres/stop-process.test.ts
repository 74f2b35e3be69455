import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { stopProcess } from "./stop-process.ts";

/** A process that does not end by these signals, once it has said that it is ready. */
async function startIgnoring(signals: readonly string[]) {
  const script = `
    for (const signal of ${JSON.stringify(signals)}) process.on(signal, () => {});
    setInterval(() => {}, 1000);
    console.log("ready");`;
  const child = spawn(process.execPath, ["--eval", script], { stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
  return child;
}

test("a process ends by the kindest signal that it hears", async () => {
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

test("a process that is gone already needs no signal", async () => {
  const child = spawn("/bin/sh", ["-c", "exit 0"]);
  const ended = once(child, "exit");
  await ended;
  await stopProcess(child.pid ?? NaN, new Promise(() => {}));
});
