import assert from "node:assert/strict";
import {
  closeSync,
  mkdtempDisposableSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { trimLog } from "./log-rotation.ts";

test("a log that is too large is emptied, also for a process that has it open", () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "log-"));
  const file = join(folder.path, "postgres.log");
  writeFileSync(file, "x".repeat(11 * 1024 * 1024));
  const open = openSync(file, "a");
  trimLog(file);
  writeSync(open, "next");
  closeSync(open);

  assert.equal(readFileSync(file, "utf8"), "next");
  assert.equal(statSync(`${file}.1`).size, 11 * 1024 * 1024);
  trimLog(file);
  assert.equal(readFileSync(file, "utf8"), "next");
});
