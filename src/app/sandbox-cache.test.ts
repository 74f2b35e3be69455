/** Spare data folders: each is used once, and only for a new data folder. */
import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempDisposableSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findSandboxCache, createSandboxCache } from "./sandbox-cache.ts";

function createCache() {
  const folder = mkdtempDisposableSync(join(tmpdir(), "sandbox-cache-"));
  const path = join(folder.path, "cache");
  const cache = createSandboxCache(path);
  let count = 0;
  return {
    cache,
    path,
    dataDir: (name: string) => join(folder.path, name),
    addSpare() {
      const dataDir = join(path, `new-${(count += 1)}`);
      mkdirSync(dataDir);
      writeFileSync(join(dataDir, "secret.key"), `key ${count}`);
      cache.addSpare(dataDir);
    },
    spares: () => readdirSync(path).filter((name) => name.startsWith("spare-")),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

test("each spare folder is used once, for a missing or an empty data folder", () => {
  using made = createCache();
  const { cache, dataDir } = made;
  const missing = cache.countMissing();
  made.addSpare();
  made.addSpare();
  assert.equal(cache.countMissing(), missing - 2);
  mkdirSync(dataDir("empty"));

  assert.deepEqual(
    ["absent", "empty", "third"].map((name) => cache.claimSpare(dataDir(name))),
    ["spare", "spare", "new"],
  );
  const keys = ["absent", "empty"].map((name) => readFileSync(join(dataDir(name), "secret.key"), "utf8"));
  assert.deepEqual(keys.toSorted(), ["key 1", "key 2"]);
  assert(!existsSync(dataDir("third")));
  assert.equal(cache.countMissing(), missing);
});

test("an existing data folder is never replaced", () => {
  using made = createCache();
  made.addSpare();
  mkdirSync(made.dataDir("existing"));
  writeFileSync(join(made.dataDir("existing"), "secret.key"), "own");
  assert.equal(made.cache.claimSpare(made.dataDir("existing")), "existing");
  assert.equal(readFileSync(join(made.dataDir("existing"), "secret.key"), "utf8"), "own");
  assert.equal(made.spares().length, 1);
});

test("spare folders of another release or of last week are not used; drafts of killed processes are removed", () => {
  using made = createCache();
  made.addSpare();
  const [own = ""] = made.spares();
  const lastWeek = new Date(Date.now() - 7 * 86_400_000);
  mkdirSync(join(made.path, "spare-0000000000000000-other"));
  for (const name of ["new-killed", "spare-0000000000000000-old"]) {
    mkdirSync(join(made.path, name));
    utimesSync(join(made.path, name), lastWeek, lastWeek);
  }
  made.cache.removeStale();
  assert.deepEqual(readdirSync(made.path).toSorted(), ["spare-0000000000000000-other", own].toSorted());

  utimesSync(join(made.path, own), lastWeek, lastWeek);
  assert.equal(made.cache.claimSpare(made.dataDir("new")), "new");
});

test("the cache keeps a bounded number of spare folders, the youngest", () => {
  using made = createCache();
  for (let index = 0; index < 10; index += 1) {
    const path = join(made.path, `spare-0000000000000000-${index}`);
    mkdirSync(path);
    const at = new Date(Date.now() - index * 1000);
    utimesSync(path, at, at);
  }
  made.cache.removeStale();
  assert.deepEqual(
    made.spares().toSorted(),
    [0, 1, 2, 3, 4, 5].map((index) => `spare-0000000000000000-${index}`),
  );
});

test("a cache that others can write to is not used, and the start goes on", () => {
  using made = createCache();
  chmodSync(made.path, 0o777);
  const lines: string[] = [];
  assert.equal(
    findSandboxCache({ sandboxCacheDir: made.path }, (line) => lines.push(line)),
    null,
  );
  assert.match(
    lines[0] ?? "",
    /^SANDBOX_CACHE_DIR is not used: .* must be a folder that belongs to this user/,
  );
  assert.equal(
    findSandboxCache({ sandboxCacheDir: null }, (line) => lines.push(line)),
    null,
  );
  assert.equal(lines.length, 1);
});
