/** The samples of Daraja: every call in every language, its syntax, and the money that it moves. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { operations } from "../../src/protocols/daraja/operations.ts";
import {
  literalValues,
  listSources,
  sampleCalls,
  sandboxValues,
  type DarajaSampleCall,
} from "../../src/protocols/daraja/samples/sample-calls.ts";
import { findSdkCall } from "../../src/protocols/daraja/samples/sdk-calls.ts";
import { languages, renderSamples, samples } from "../../src/protocols/daraja/samples/write-samples.ts";
import { fillLines } from "../../src/protocols/samples/spellings.ts";
import { createTestDatabase } from "../support/cluster.ts";
import { waitFor } from "../support/prompts.ts";
import { createDataFolder, startServer, type Server } from "../support/server.ts";
import {
  compileJava,
  copyInto,
  createReaderFolder,
  findRunners,
  mapTwoAtATime,
  run,
  type RunResult,
} from "./runners.ts";
import { findSyntaxErrors } from "./syntax.ts";

const rendered = renderSamples("samples");

test("every operation has a sample, with its path and every field", () => {
  assert.equal(rendered.length, (operations.length + 1) * languages.length);
  for (const { language, call, path, text } of rendered)
    for (const name of listRequiredNames(language.id, call))
      assert(text.includes(name), `${path} has no ${name}`);
});

/** The texts that a sample must contain. */
function listRequiredNames(language: string, { steps }: DarajaSampleCall): string[] {
  const last = steps.at(-1);
  if (last === undefined) return [];
  const { name, path, fields } = last.operation;
  if (language === "typescript-sdk") return [`daraja.${findSdkCall(name).method}(`];
  const omitted = name === "transactionStatus" ? ["TransactionID"] : [];
  const names = Object.keys(fields).filter((each) => !omitted.includes(each));
  return [path, ...names.map((each) => each.split(".").at(-1) ?? "")];
}

test("every sample has valid syntax, as rendered and filled, and a truncated one has not", async () => {
  const values = Object.fromEntries(
    [...Object.keys(sandboxValues), ...Object.keys(literalValues)].map((name) => [name, `own-${name}`]),
  );
  for (const { language, call, path, text } of rendered) {
    assert.deepEqual(await findSyntaxErrors(language.id, text), [], path);
    const filled = fillLines(text, language.id, values);
    assert.deepEqual(await findSyntaxErrors(language.id, filled), [], `${path}, filled`);
    assert.doesNotMatch(filled, /\{\{[A-Z_]+\}\}|data\/sandbox/, path);
    for (const source of call.steps.flatMap(({ body }) => listSources(body)))
      // The SDK's client needs fewer values than the wire.
      if ("value" in source && language.id !== "typescript-sdk")
        assert(filled.includes(`own-${source.value}`), `${path} has no ${source.value}`);
    const broken = text.slice(0, text.lastIndexOf(language.id === "curl" ? "JSON" : ")"));
    if (broken !== "") assert.notDeepEqual(await findSyntaxErrors(language.id, broken), [], path);
  }
});

test("the TypeScript samples of every call pass the type checker", () => {
  const folder = mkdtempSync(join(tmpdir(), "pesarail-samples-"));
  try {
    samples.write(folder);
    const base = JSON.parse(readFileSync("docs/samples/tsconfig.json", "utf8")) as {
      compilerOptions: object;
    };
    const compilerOptions = {
      ...base.compilerOptions,
      paths: { "@pesarail/sdk/daraja": [resolve("sdk/src/daraja/index.ts")] },
      typeRoots: [resolve("node_modules/@types")],
    };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        extends: resolve("tsconfig.json"),
        compilerOptions,
        include: ["typescript", "typescript-sdk"],
      }),
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
  await server.control("POST", "/snapshots", { name: snapshot });
  files = join(resources.use(createReaderFolder()).path, "samples");
  samples.write(files);
});
after(() => resources.disposeAsync());

/** Calls that need the ones before them: a registration, an invoice. */
const isOrdered = ({ name }: DarajaSampleCall): boolean => /^(pull|bill)-/.test(name);
const orderedCalls = sampleCalls.filter(isOrdered);
const otherCalls = sampleCalls.filter((call) => !isOrdered(call));

/** The sandbox before the first sample: a biller is registered once. */
const snapshot = "before-samples";

/** How one run of each sample changes the customer's balance, in cents. */
const walletChanges: Readonly<Record<string, bigint>> = {
  "stk-push": -1_00n,
  "stk-query": -1_00n,
  "b2c-v1": 10_00n,
  "b2c-v3": 10_00n,
  pochi: 10_00n,
  "transaction-status": 10_00n,
  "c2b-simulate-v1": -10_00n,
  "c2b-simulate-v2": -10_00n,
};

const totalChange = sampleCalls.reduce((sum, { name }) => sum + (walletChanges[name] ?? 0n), 0n);

async function readWallet(): Promise<bigint> {
  const { available: balance } = await server.control(
    "GET",
    `/markets/safaricomKEN/customers/${literalValues.customer}`,
  );
  return BigInt(balance.replace(".", ""));
}

for (const runner of available)
  test(`every sample in ${runner.title} runs unchanged, and the money moves`, async () => {
    const language = languages.find(({ id }) => id === runner.language);
    assert(language !== undefined);
    const toPath = (call: DarajaSampleCall) => join(files, language.id, language.fileName(call));
    const paths = sampleCalls.map(toPath);
    if (runner.compiled) await compileJava(paths, folder);
    await server.control("POST", `/snapshots/${snapshot}/restore`);
    const start = await readWallet();
    const runSample = async (path: string): Promise<RunResult> => {
      if (runner.compiled) return run([...runner.command, "-cp", "classes"], basename(path, ".java"), folder);
      const file = runner.language === "typescript-sdk" ? copyInto(folder, path) : path;
      return run(runner.command, file, folder);
    };
    const runs: RunResult[] = [];
    const runOrdered = async (): Promise<void> => {
      for (const call of orderedCalls) runs.push(await runSample(toPath(call)));
    };
    const [, others] = await Promise.all([runOrdered(), mapTwoAtATime(otherCalls.map(toPath), runSample)]);
    runs.push(...others);
    for (const result of runs) {
      if (result.code === 1 && isLateReconciliation(result)) continue;
      assert.equal(result.code, 0, describeRun(result));
      assert.equal(result.error, "", describeRun(result));
    }
    assert(runs.some(({ out }) => /The token is [0-9A-Za-z]{28}/.test(out)));
    await waitFor("the money", async () => ((await readWallet()) === start + totalChange ? true : undefined));
  });

/** The sample names the invoice that the sample before it cancelled. Those that exit with a code then exit with 1. */
const isLateReconciliation = ({ path, out, error }: RunResult): boolean =>
  /bill-?reconciliation/i.test(path) && (out + error).includes("No invoice has this externalReference.");

const describeRun = ({ path, code, out, error }: RunResult): string =>
  `${path} ended with ${code}:\n${out}${error}`;
