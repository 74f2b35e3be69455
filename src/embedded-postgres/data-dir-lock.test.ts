import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempDisposableSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { test, type TestContext } from "node:test";
import { lockDataDir } from "./data-dir-lock.ts";

const createTempDir = () => mkdtempDisposableSync(join(tmpdir(), "claim-"));

/** A process that tries to lock the folder; it prints "got it" or the error, and runs until it is killed. */
function startProcess(t: TestContext, dir: string, timeoutMs = 0) {
  const script = `
    import { lockDataDir } from ${JSON.stringify(import.meta.resolve("./data-dir-lock.ts"))};
    await lockDataDir(${JSON.stringify(dir)}, ${timeoutMs}).then(() => console.log("got it"), (e) => console.log(e.message));
    setInterval(() => {}, 1000);`;
  const args = ["--input-type=module", "--eval", script];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  return child;
}

async function readLine(child: ChildProcessByStdio<null, Readable, null>): Promise<string> {
  const [line]: string[] = await once(createInterface(child.stdout), "line");
  return line ?? "";
}

test("of several processes at once, one gets the lock", async (t) => {
  using dir = createTempDir();
  const processes = Array.from({ length: 6 }, () => startProcess(t, join(dir.path, "deep", "data")));
  const lines = await Promise.all(processes.map(readLine));

  const winners = lines.filter((line) => line === "got it");
  const losers = lines.filter((line) => /^The data folder \S+ is in use by .*process/.test(line));
  assert.deepEqual([winners.length, losers.length], [1, 5], lines.join("\n"));
});

test("a killed process leaves no lock, and the message names it while it runs", async (t) => {
  using dir = createTempDir();
  const holder = startProcess(t, dir.path);
  await readLine(holder);
  await assert.rejects(lockDataDir(dir.path, 0), {
    message: new RegExp(`in use by process ${holder.pid}\\.`),
  });
  holder.kill("SIGKILL");
  await once(holder, "exit");

  (await lockDataDir(dir.path, 0)).release();
});

test("a start waits while the previous process is stopping", async (t) => {
  using dir = createTempDir();
  const lock = await lockDataDir(dir.path);
  const next = startProcess(t, dir.path, 10_000);
  const line = readLine(next);
  await once(next, "spawn");
  lock.release();

  assert.equal(await line, "got it");
});

test("a process cannot lock the folder twice, but again after a release", async () => {
  using dir = createTempDir();
  const lock = await lockDataDir(dir.path, 0);
  await assert.rejects(lockDataDir(dir.path, 0), /in use/);
  await assert.rejects(lockDataDir(dir.path, 0), /in use/);
  lock.release();

  (await lockDataDir(dir.path, 0)).release();
});

test("a new folder gets a .gitignore, an existing one does not", async () => {
  using dir = createTempDir();
  const fresh = join(dir.path, "data");
  (await lockDataDir(fresh)).release();
  assert.equal(readFileSync(join(fresh, ".gitignore"), "utf8"), "*\n");
  (await lockDataDir(dir.path)).release();
  assert(!existsSync(join(dir.path, ".gitignore")));
});

test("a folder that cannot be created has a one-line message", async () => {
  using dir = createTempDir();
  writeFileSync(join(dir.path, "file"), "");
  const inFile = join(dir.path, "file", "data");

  await assert.rejects(lockDataDir(inFile), {
    message: `The data folder ${inFile} cannot be written (ENOTDIR).`,
  });
});
