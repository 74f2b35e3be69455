import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempDisposableSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { packagedBinaries, binaryPath } from "./binaries.ts";
import { copyBinaries } from "./copy-binaries.ts";

test("a copy is runnable, readable by every user, and created once", () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "binaries-"));
  const lines: string[] = [];
  const copy = () => copyBinaries(packagedBinaries(), folder.path, (line) => lines.push(line));
  const copied = copy();
  copy();

  const { status, stdout } = spawnSync(binaryPath(copied, "postgres"), ["--version"], { encoding: "utf8" });
  assert.equal(status, 0);
  assert.match(stdout, /PostgreSQL\) 18\./);
  assert.equal(statSync(join(copied.root, "share")).mode & 0o777, 0o755);
  assert.equal(statSync(join(copied.root, "share/postgresql/postgres.bki")).mode & 0o777, 0o644);
  assert.equal(lines.length, 1);
});
