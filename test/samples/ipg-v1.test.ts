/** The samples of IPG v1: every call in every language, its syntax, and the money that it moves. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { operations } from "../../src/protocols/ipg-v1/operations.ts";
import { listUsedValues, sampleCalls } from "../../src/protocols/ipg-v1/samples/sample-calls.ts";
import { languages, renderSamples, samples } from "../../src/protocols/ipg-v1/samples/write-samples.ts";
import { fillLines } from "../../src/protocols/samples/spellings.ts";
import { createTestDatabase } from "../support/cluster.ts";
import { createDataFolder, startServer, type Server } from "../support/server.ts";
import { compileJava, createReaderFolder, findRunners, mapTwoAtATime, run } from "./runners.ts";
import { findSyntaxErrors } from "./syntax.ts";

const rendered = renderSamples("samples");

test("every operation has a sample in every language, with its path and every mandatory field", () => {
  assert.equal(rendered.length, operations.length * languages.length);
  for (const { call, path, text } of rendered) {
    const { path: callPath, parameters } = call.steps.at(-1)?.operation ?? assert.fail(path);
    assert(text.includes(callPath), path);
    for (const [name, { mandatory }] of Object.entries(parameters))
      if (mandatory) assert(text.includes(name), `${path} has no ${name}`);
  }
});

test("every sample has valid syntax, as rendered and filled, and a truncated one has not", async () => {
  const names = ["gateway", "apiKey", "publicKey", ...new Set(sampleCalls.flatMap(listUsedValues))];
  const values = Object.fromEntries(names.map((name) => [name, `own-${name}`]));
  for (const { language, call, path, text } of rendered) {
    assert.deepEqual(await findSyntaxErrors(language.id, text), [], path);
    const filled = fillLines(text, language.id, values);
    assert.deepEqual(await findSyntaxErrors(language.id, filled), [], `${path}, filled`);
    assert.doesNotMatch(filled, /\{\{[A-Z_]+\}\}|data\/sandbox/, path);
    for (const name of listUsedValues(call)) assert(filled.includes(`own-${name}`), `${path} has no ${name}`);
    const broken = text.slice(0, text.lastIndexOf(language.id === "curl" ? '"' : ")"));
    assert.notDeepEqual(await findSyntaxErrors(language.id, broken), [], path);
  }
});

test("the TypeScript samples pass the type checker", () => {
  const folder = mkdtempSync(join(tmpdir(), "pesarail-samples-"));
  try {
    samples.write(folder);
    const base = JSON.parse(readFileSync("docs/samples/tsconfig.json", "utf8")) as {
      compilerOptions: object;
    };
    const compilerOptions = {
      ...base.compilerOptions,
      paths: {},
      typeRoots: [resolve("node_modules/@types")],
    };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: resolve("tsconfig.json"), compilerOptions, include: ["typescript"] }),
    );
    const { status, stdout } = spawnSync("node_modules/.bin/tsc", ["--project", folder], {
      encoding: "utf8",
    });
    assert.equal(status, 0, stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const { available } = findRunners();
const resources = new AsyncDisposableStack();
let server: Server;
let folder: string;
let files: string;
before(async () => {
  const database = resources.use(await createTestDatabase());
  const data = resources.use(createDataFolder());
  server = resources.use(await startServer(data.path, database.url));
  folder = resources.use(createReaderFolder()).path;
  symlinkSync(data.path, join(folder, "data"));
  files = join(resources.use(createReaderFolder()).path, "samples");
  samples.write(files);
});
after(() => resources.disposeAsync());

/** How one run of all samples changes the customer's balance, in cents: C2B and B2C, and a payment that stays. */
const totalChange = -10_00n + 10_00n - 10_00n;

async function readWallet(): Promise<bigint> {
  const { available: balance } = await server.control("GET", "/markets/vodacomMOZ/customers/258843330333");
  return BigInt(balance.replace(".", ""));
}

for (const runner of available.filter(({ language }) => language !== "typescript-sdk"))
  test(`every sample in ${runner.title} runs unchanged, and the money moves`, async () => {
    const language = languages.find(({ id }) => id === runner.language);
    assert(language !== undefined);
    const paths = sampleCalls.map((call) => join(files, language.id, language.fileName(call)));
    if (runner.compiled) await compileJava(paths, folder);
    const start = await readWallet();
    const runs = await mapTwoAtATime(paths, (path) =>
      runner.compiled
        ? run([...runner.command, "-cp", "classes"], basename(path, ".java"), folder)
        : run(runner.command, path, folder),
    );
    for (const { path, code, out, error } of runs) {
      assert.equal(code, 0, `${path}:\n${out}${error}`);
      assert.equal(error, "", path);
    }
    assert.equal(await readWallet(), start + totalChange);
  });
