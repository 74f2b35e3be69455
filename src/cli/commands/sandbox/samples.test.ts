/** `pesarail samples`: writes every call in every language, and does not touch files of others. */
import assert from "node:assert/strict";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { sampleCalls } from "../../../protocols/openapi-v2/samples/sample-calls.ts";
import { languages } from "../../../protocols/openapi-v2/samples/write-samples.ts";
import { createCommandLine } from "../../command-line.ts";
import { CommandFailed } from "../../terminal/exit-codes.ts";

const createFolder = () => {
  const path = mkdtempSync(join(tmpdir(), "pesarail-samples-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
};

const writeSamples = async (...args: string[]) =>
  (await createCommandLine()).parseAsync(["samples", ...args], { from: "user" });

const listFiles = (folder: string): string[] => globSync("**/*.*", { cwd: folder }).sort();

test("every sample is written into a new folder, with the command that runs it there", async () => {
  using folder = createFolder();
  const target = join(folder.path, "new");
  await writeSamples(target);
  const files = listFiles(target);
  assert.equal(files.length, languages.length * sampleCalls.length);
  const python = readFileSync(join(target, "python/b2c.py"), "utf8");
  assert(python.includes(`python3 ${target}/python/b2c.py`));
});

test("a folder that is not empty is left alone, unless --force is given", async () => {
  using folder = createFolder();
  writeFileSync(join(folder.path, "notes.txt"), "mine");
  await assert.rejects(writeSamples(folder.path), (error: Error) => {
    assert(error instanceof CommandFailed);
    assert.equal(error.message, `${folder.path} is not empty. Choose another folder, or add --force.`);
    return true;
  });
  assert.deepEqual(listFiles(folder.path), ["notes.txt"]);
  await writeSamples(folder.path, "--force");
  assert(listFiles(folder.path).length > 80);
  assert.equal(readFileSync(join(folder.path, "notes.txt"), "utf8"), "mine");
  await assert.rejects(writeSamples(join(folder.path, "notes.txt")), /notes\.txt is not a folder\.$/);
});
