import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempDisposableSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { test, type TestContext } from "node:test";
import { claimDataDir } from "./data-dir.ts";

const temporary = () => mkdtempDisposableSync(join(tmpdir(), "claim-"));

/** Another process that tries for the folder; it says "got it" or the error, and stays until it is killed. */
function starter(t: TestContext, dir: string, patienceMs = 0) {
  const script = `
    import { claimDataDir } from ${JSON.stringify(import.meta.resolve("./data-dir.ts"))};
    await claimDataDir(${JSON.stringify(dir)}, ${patienceMs}).then(() => console.log("got it"), (e) => console.log(e.message));
    setInterval(() => {}, 1000);`;
  const args = ["--input-type=module", "--eval", script];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  return child;
}

async function says(child: ChildProcessByStdio<null, Readable, null>): Promise<string> {
  const [line]: string[] = await once(createInterface(child.stdout), "line");
  return line ?? "";
}

test("of many starters at once, one has the folder", async (t) => {
  using dir = temporary();
  const starters = Array.from({ length: 6 }, () => starter(t, join(dir.path, "deep", "data")));
  const answers = await Promise.all(starters.map(says));

  const winners = answers.filter((answer) => answer === "got it");
  const losers = answers.filter((answer) => /^The data folder \S+ is in use by .*process/.test(answer));
  assert.deepEqual([winners.length, losers.length], [1, 5], answers.join("\n"));
});

test("a killed holder leaves no lock, and is named while it lives", async (t) => {
  using dir = temporary();
  const holder = starter(t, dir.path);
  await says(holder);
  await assert.rejects(claimDataDir(dir.path, 0), {
    message: new RegExp(`in use by process ${holder.pid}\\.`),
  });
  holder.kill("SIGKILL");
  await once(holder, "exit");

  (await claimDataDir(dir.path, 0)).release();
});

test("whoever starts while the holder is stopping waits for it", async (t) => {
  using dir = temporary();
  const claim = await claimDataDir(dir.path);
  const next = starter(t, dir.path, 10_000);
  const answer = says(next);
  await once(next, "spawn");
  claim.release();

  assert.equal(await answer, "got it");
});

test("the same process cannot have it twice, and can have it again", async () => {
  using dir = temporary();
  const claim = await claimDataDir(dir.path, 0);
  await assert.rejects(claimDataDir(dir.path, 0), /in use/);
  await assert.rejects(claimDataDir(dir.path, 0), /in use/);
  claim.release();

  (await claimDataDir(dir.path, 0)).release();
});

test("a new folder is kept out of its owner's repository, and an old one as it was", async () => {
  using dir = temporary();
  const fresh = join(dir.path, "data");
  (await claimDataDir(fresh)).release();
  assert.equal(readFileSync(join(fresh, ".gitignore"), "utf8"), "*\n");
  (await claimDataDir(dir.path)).release();
  assert(!existsSync(join(dir.path, ".gitignore")));
});

test("a folder that cannot be is one clear line", async () => {
  using dir = temporary();
  writeFileSync(join(dir.path, "file"), "");
  const inFile = join(dir.path, "file", "data");

  await assert.rejects(claimDataDir(inFile), {
    message: `The data folder ${inFile} cannot be written (ENOTDIR).`,
  });
});
