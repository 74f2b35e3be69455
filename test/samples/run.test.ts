/**
 * Runs the written samples unchanged against a running server, and checks the money they move.
 *
 * A language runs with the interpreters that this machine has; a language without one is named in a diagnostic, and
 * its files are only parsed (`pages.test.ts`).
 */
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { markets, type Market } from "../../src/core/markets.ts";
import { parseAmount } from "../../src/core/money.ts";
import { sampleCalls } from "../../src/protocols/openapi-v2/samples/sample-calls.ts";
import { fillSample, type SampleValues } from "../../src/protocols/openapi-v2/samples/values.ts";
import { spellings } from "../../src/protocols/samples/spellings.ts";
import { languages, writeSamples } from "../../src/protocols/openapi-v2/samples/write-samples.ts";
import { createTestDatabase } from "../support/cluster.ts";
import { createDataFolder, startServer, type Server } from "../support/server.ts";
import {
  compileJava,
  copyInto,
  findRunners,
  createReaderFolder,
  run,
  mapTwoAtATime,
  type RunResult,
  type Runner,
} from "./runners.ts";

const { available, missing } = findRunners();

const resources = new AsyncDisposableStack();
let server: Server;
let folder: string;
/** The folder with the samples. It has none of the files that they could need from a clone. */
let samples: string;

before(async () => {
  const database = resources.use(await createTestDatabase());
  const data = resources.use(createDataFolder());
  server = resources.use(await startServer(data.path, database.url));
  folder = resources.use(createReaderFolder()).path;
  // The data folder of a clone: the samples look there.
  symlinkSync(data.path, join(folder, "data"));
  samples = join(resources.use(createReaderFolder()).path, "samples");
  writeSamples(samples);
});

after(() => resources.disposeAsync());

/** Balances in minor units. */
interface Balances {
  readonly customer: bigint;
  readonly held: bigint;
  readonly organisation: bigint;
  readonly receiver: bigint;
}

/** How one run of each sample changes the balances. */
const noChange: Balances = { customer: 0n, held: 0n, organisation: 0n, receiver: 0n };
const collected: Balances = { ...noChange, customer: -10_00n, organisation: 10_00n };
const balanceChanges: Readonly<Record<string, Balances>> = {
  "c2b-single-stage": collected,
  "c2b-multi-stage": { ...noChange, customer: -10_00n, held: 10_00n },
  "update-transaction-status": collected,
  b2c: { ...noChange, customer: 10_00n, organisation: -10_00n },
  // For this receiver the operator's float pays: docs/scenarios.md.
  b2b: { ...noChange, receiver: 10_00n },
  "query-transaction-status": collected,
  "direct-debit-payment": collected,
};

/** What a sample prints last, where its response has a field of its own. */
const expectedOutput: Readonly<Record<string, RegExp>> = {
  "get-session": /The session key is [0-9a-zA-Z]{20,}/,
  "c2b-multi-stage": /voucher_?code/i,
  "query-transaction-status": /Completed/,
  "query-direct-debit": /Active/,
  "query-beneficiary-name": /Akosua[^]*Mensah/,
};

const totalChange = sampleCalls.map(({ name }) => balanceChanges[name] ?? noChange).reduce(addBalances);

for (const runner of available) {
  test(`every sample in ${runner.title} runs unchanged, and the money moves`, async () => {
    const language = languages.find(({ id }) => id === runner.language);
    assert(language !== undefined);
    const paths = sampleCalls.map((call) => join(samples, language.id, language.fileName(call)));
    if (runner.compiled) await compileJava(paths, folder);

    const start = await readBalances("vodacomTZN", "255750000001");
    const runs = await mapTwoAtATime(paths, (path) => runAsItStands(runner, path));
    for (const [index, { name }] of sampleCalls.entries()) {
      const result = runs[index];
      assert(result !== undefined);
      assert.equal(result.code, 0, describeRun(result));
      assert.equal(result.error, "", describeRun(result));
      assert.match(result.out, expectedOutput[name] ?? /INS-(?:GAR-)?0/, describeRun(result));
    }
    assert.deepEqual(await readBalances("vodacomTZN", "255750000001"), addBalances(start, totalChange));
    await assertReversed(runs.find(({ path }) => /reversal/i.test(path)));
  });
}

/** Runs it in the folder of a running sandbox, like a user with a clone. */
async function runAsItStands(runner: Runner, path: string): Promise<RunResult> {
  if (runner.compiled) return run([...runner.command, "-cp", "classes"], basename(path, ".java"), folder);
  const file = runner.language === "typescript-sdk" ? copyInto(folder, path) : path;
  return run(runner.command, file, folder);
}

/** The sample's second payment reversed its first. */
async function assertReversed(result: RunResult | undefined): Promise<void> {
  const [payment, reversal] = (result?.out ?? "").matchAll(/output_TransactionID"?: ?["'](\w+)/g);
  const read = (id = "") => server.control("GET", `/markets/vodacomTZN/payments/${id}`);
  const { amount, reversed, use } = await read(payment?.[1]);
  assert.deepEqual({ amount, reversed, use }, { amount: "10.00", reversed: "10.00", use: "collection" });
  assert.equal((await read(reversal?.[1])).original, payment?.[1]);
}

test("a filled sample pays with the given values, waits until its session is active, and needs no sandbox.json", async () => {
  await using database = await createTestDatabase();
  using data = createDataFolder();
  await using slow = await startServer(data.path, database.url, { SANDBOX_ACTIVATION_DELAY: "1s" });
  using readerFolder = createReaderFolder();
  const customer = slow.clientInfo.markets.vodacomMOZ.customers[1] ?? "";
  const start = await readBalances("vodacomMOZ", customer, slow);
  const runs = await mapTwoAtATime(available, (runner) =>
    runFilled(runner, readerFolder.path, { ...getSampleValues(slow), customer }),
  );
  for (const result of runs) assert.equal(result.code, 0, describeRun(result));
  const times = BigInt(available.length);
  const paid: Balances = { ...noChange, customer: -10_00n * times, organisation: 10_00n * times };
  assert.deepEqual(await readBalances("vodacomMOZ", customer, slow), addBalances(start, paid));
});

test("a refused sample exits with 1 and prints code and reason; one with an unknown outcome names the query", async () => {
  using readerFolder = createReaderFolder();
  const start = await readBalances("vodacomMOZ", "258840000001");
  const cases: [change: Partial<SampleValues>, expected: RegExp][] = [
    [{ customer: "000000000008" }, /^Refused: INS-2006 \w/],
    [
      { customer: "000000000002" },
      /^Unknown result: (?:HTTP )?(?:408 )?INS-9 \w[^]*(?:queryTransactionStatus|waitForOutcome)/,
    ],
    [{ apiKey: "notMine" }, /^Refused: INS-989 \w/],
  ];
  const all = available.flatMap((runner) =>
    cases.map(([overrides, expected]) => ({ runner, change: overrides, says: expected })),
  );
  await mapTwoAtATime(all, async ({ runner, change: overrides, says: expected }) => {
    const result = await runFilled(runner, readerFolder.path, { ...getSampleValues(server), ...overrides });
    assert.equal(result.code, 1, describeRun(result));
    assert.match(result.error, expected, describeRun(result));
  });
  assert.deepEqual(await readBalances("vodacomMOZ", "258840000001"), start);
});

test("a value is quoted correctly in every language, whatever its characters", async () => {
  const oddText = `'"; exit 1 $(id) \`id\` \${x} #{x} %s \\' \\" \\\\ \\n \\u0022 ?> */  // #`;
  const quoted = (id: keyof typeof spellings): string => spellings[id].quote(oddText);
  const programs: Readonly<Record<string, [name: string, text: string]>> = {
    curl: ["quoted.sh", `printf %s ${quoted("curl")}`],
    typescript: ["quoted.mts", `process.stdout.write(${quoted("typescript")})`],
    python: ["quoted.py", `import sys\nsys.stdout.buffer.write(${quoted("python")}.encode())`],
    php: ["quoted.php", `<?php echo ${quoted("php")};`],
    java: [
      "Quoted.java",
      `class Quoted { public static void main(String[] a) throws Exception { System.out.write(${quoted("java")}.getBytes("UTF-8")); System.out.flush(); } }`,
    ],
  };
  await mapTwoAtATime(available, async ({ language, command }) => {
    const program = programs[language];
    if (program === undefined) return;
    const [name, text] = program;
    writeFileSync(join(folder, name), text);
    const result = await run(command, join(folder, name), folder);
    assert.equal(result.out, oddText, describeRun(result));
  });
});

test("languages without an interpreter on this machine are reported", (context) => {
  context.diagnostic(`executed: ${available.map(({ title }) => title).join(", ")}`);
  context.diagnostic(`no interpreter, only parsed: ${missing.join(", ") || "none"}`);
  // Node runs this test, so its samples must always run.
  assert(["typescript", "typescript-sdk"].every((id) => available.some(({ language }) => language === id)));
});

const getSampleValues = ({ gateway, clientInfo: facts }: Server): SampleValues => ({
  gateway,
  environment: "sandbox",
  market: "vodacomMOZ",
  apiKey: facts.apiKey,
  publicKey: facts.publicKey,
  customer: facts.markets.vodacomMOZ.customers[0] ?? "",
  organisation: facts.serviceProviderCode,
});

let lastFolder = 0;

/** Java runs the single source file. */
async function runFilled(runner: Runner, readerFolder: string, values: SampleValues): Promise<RunResult> {
  const language = languages.find(({ id }) => id === runner.language);
  const call = sampleCalls.find(({ name }) => name === "c2b-single-stage");
  assert(language !== undefined && call !== undefined);
  const ownFolder = join(readerFolder, `${(lastFolder += 1)}`);
  mkdirSync(ownFolder);
  const file = join(ownFolder, language.fileName(call));
  writeFileSync(file, fillSample(language.render(call, language.fileName(call)), language.id, values));
  return run(runner.command, file, ownFolder);
}

async function readBalances(market: Market, customer: string, target: Server = server): Promise<Balances> {
  const parseMinor = (amount: string): bigint =>
    amount === "0.00" ? 0n : (parseAmount(amount, markets[market].decimals) ?? 0n);
  const working = async (shortcode: string): Promise<bigint> => {
    const { accounts } = await target.control("GET", `/markets/${market}/organisations/${shortcode}`);
    return parseMinor(accounts.find(({ kind }: { kind: string }) => kind === "working").available);
  };
  const { available, held } = await target.control("GET", `/markets/${market}/customers/${customer}`);
  return {
    customer: parseMinor(available),
    held: parseMinor(held),
    organisation: await working("000000"),
    receiver: await working("000001"),
  };
}

function addBalances(a: Balances, b: Balances): Balances {
  return {
    customer: a.customer + b.customer,
    held: a.held + b.held,
    organisation: a.organisation + b.organisation,
    receiver: a.receiver + b.receiver,
  };
}

const describeRun = ({ path, code, out, error }: RunResult): string =>
  `${path} ended with ${code}:\n${out}${error}`;
