/**
 * The samples run, and move money: each file as it stands in docs/samples, against a running server.
 *
 * A language is run with whatever this machine has for it; one for which it has nothing is named in a diagnostic,
 * and its files are parsed alone (`pages.test.ts`).
 */
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { markets, parseAmount, type Market } from "../../src/money.ts";
import { sampleCalls } from "../../src/samples/sample-calls.ts";
import { languages, pathOf } from "../../src/samples/samples-page.ts";
import { fillSample, spellings, type SampleValues } from "../../src/samples/values.ts";
import { testDatabase } from "../town/cluster.ts";
import { dataFolder, startServer, type Server } from "../town/server.ts";
import {
  compileJava,
  copyInto,
  findRunners,
  readersFolder,
  run,
  twoAtATime,
  type Ran,
  type Runner,
} from "./runners.ts";

const { found, missing } = findRunners();

const open = new AsyncDisposableStack();
let server: Server;
let folder: string;

before(async () => {
  const database = open.use(await testDatabase());
  const data = open.use(dataFolder());
  server = open.use(await startServer(data.path, database.url));
  folder = open.use(readersFolder()).path;
  // Where a clone has its data: the samples look there.
  symlinkSync(data.path, join(folder, "data"));
});

after(() => open.disposeAsync());

/** What is where, in minor units. */
interface Purses {
  readonly customer: bigint;
  readonly held: bigint;
  readonly organisation: bigint;
  readonly receiver: bigint;
}

/** What each sample does to the purses, by one run. */
const none: Purses = { customer: 0n, held: 0n, organisation: 0n, receiver: 0n };
const collected: Purses = { ...none, customer: -10_00n, organisation: 10_00n };
const moves: Readonly<Record<string, Purses>> = {
  "c2b-single-stage": collected,
  "c2b-multi-stage": { ...none, customer: -10_00n, held: 10_00n },
  "update-transaction-status": collected,
  b2c: { ...none, customer: 10_00n, organisation: -10_00n },
  // To this receiver the money comes from the operator's float: docs/scenarios.md.
  b2b: { ...none, receiver: 10_00n },
  "query-transaction-status": collected,
  "direct-debit-payment": collected,
};

/** What a sample says at its end, where its answer has something of its own. */
const ends: Readonly<Record<string, RegExp>> = {
  "get-session": /The session key is [0-9a-zA-Z]{20,}/,
  "c2b-multi-stage": /voucher_?code/i,
  "query-transaction-status": /Completed/,
  "query-direct-debit": /Active/,
  "query-beneficiary-name": /Akosua[^]*Mensah/,
};

const allTogether = sampleCalls.map(({ name }) => moves[name] ?? none).reduce(plus);

for (const runner of found) {
  test(`every sample in ${runner.title} runs as it stands, and the money moves`, async () => {
    const language = languages.find(({ id }) => id === runner.language);
    assert(language !== undefined);
    const paths = sampleCalls.map((call) => pathOf(language, call));
    if (runner.compiled) await compileJava(paths, folder);

    const start = await purses("vodacomTZN", "255750000001");
    const runs = await twoAtATime(paths, (path) => runAsItStands(runner, path));
    for (const [place, { name }] of sampleCalls.entries()) {
      const ran = runs[place];
      assert(ran !== undefined);
      assert.equal(ran.code, 0, told(ran));
      assert.equal(ran.error, "", told(ran));
      assert.match(ran.out, ends[name] ?? /INS-(?:GAR-)?0/, told(ran));
    }
    assert.deepEqual(await purses("vodacomTZN", "255750000001"), plus(start, allTogether));
    await assertReversed(runs.find(({ path }) => /reversal/i.test(path)));
  });
}

/** In the folder of a running sandbox, as somebody with a clone would. */
async function runAsItStands(runner: Runner, path: string): Promise<Ran> {
  if (runner.compiled) return run([...runner.command, "-cp", "classes"], basename(path, ".java"), folder);
  const file = runner.language === "typescript-sdk" ? copyInto(folder, path) : resolve(path);
  return run(runner.command, file, folder);
}

/** The first payment that a sample made was taken back by its second. */
async function assertReversed(ran: Ran | undefined): Promise<void> {
  const [payment, reversal] = (ran?.out ?? "").matchAll(/output_TransactionID"?: ?["'](\w+)/g);
  const read = (id = "") => server.control("GET", `/markets/vodacomTZN/payments/${id}`);
  const { amount, reversed, use } = await read(payment?.[1]);
  assert.deepEqual({ amount, reversed, use }, { amount: "10.00", reversed: "10.00", use: "collection" });
  assert.equal((await read(reversal?.[1])).original, payment?.[1]);
}

test("a filled sample pays for whoever filled it, waits until its session is live, and needs no sandbox's file", async () => {
  await using database = await testDatabase();
  using data = dataFolder();
  await using slow = await startServer(data.path, database.url, { SANDBOX_ACTIVATION_DELAY: "1s" });
  using mine = readersFolder();
  const customer = slow.facts.markets.vodacomMOZ.customers[1] ?? "";
  const start = await purses("vodacomMOZ", customer, slow);
  const runs = await twoAtATime(found, (runner) =>
    runFilled(runner, mine.path, { ...valuesOf(slow), customer }),
  );
  for (const ran of runs) assert.equal(ran.code, 0, told(ran));
  const times = BigInt(found.length);
  const paid: Purses = { ...none, customer: -10_00n * times, organisation: 10_00n * times };
  assert.deepEqual(await purses("vodacomMOZ", customer, slow), plus(start, paid));
});

test("a refused sample ends with 1 and says code and reason; one that nobody knows about says whom to ask", async () => {
  using mine = readersFolder();
  const start = await purses("vodacomMOZ", "258840000001");
  const cases: [change: Partial<SampleValues>, says: RegExp][] = [
    [{ customer: "000000000008" }, /^Refused: INS-2006 \w/],
    [
      { customer: "000000000002" },
      /^Not known: (?:HTTP )?(?:408 )?INS-9 \w[^]*(?:queryTransactionStatus|settle)/,
    ],
    [{ apiKey: "notMine" }, /^Refused: INS-989 \w/],
  ];
  const all = found.flatMap((runner) => cases.map(([change, says]) => ({ runner, change, says })));
  await twoAtATime(all, async ({ runner, change, says }) => {
    const ran = await runFilled(runner, mine.path, { ...valuesOf(server), ...change });
    assert.equal(ran.code, 1, told(ran));
    assert.match(ran.error, says, told(ran));
  });
  assert.deepEqual(await purses("vodacomMOZ", "258840000001"), start);
});

test("a value means itself in every language, whatever it is made of", async () => {
  const odd = `'"; exit 1 $(id) \`id\` \${x} #{x} %s \\' \\" \\\\ \\n \\u0022 ?> */  // #`;
  const quoted = (id: keyof typeof spellings): string => spellings[id].quote(odd);
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
  await twoAtATime(found, async ({ language, command }) => {
    const program = programs[language];
    if (program === undefined) return;
    const [name, text] = program;
    writeFileSync(join(folder, name), text);
    const ran = await run(command, join(folder, name), folder);
    assert.equal(ran.out, odd, told(ran));
  });
});

test("what this machine has no interpreter for is said", (context) => {
  context.diagnostic(`executed: ${found.map(({ title }) => title).join(", ")}`);
  context.diagnostic(`no interpreter, parsed alone: ${missing.join(", ") || "none"}`);
  // Node is what runs this, so its samples have no excuse.
  assert(["typescript", "typescript-sdk"].every((id) => found.some(({ language }) => language === id)));
});

const valuesOf = ({ gateway, facts }: Server): SampleValues => ({
  gateway,
  environment: "sandbox",
  market: "vodacomMOZ",
  apiKey: facts.apiKey,
  publicKey: facts.publicKey,
  customer: facts.markets.vodacomMOZ.customers[0] ?? "",
  organisation: facts.serviceProviderCode,
});

let folders = 0;

/** Java's is run as the single file that it is. */
async function runFilled(runner: Runner, mine: string, values: SampleValues): Promise<Ran> {
  const language = languages.find(({ id }) => id === runner.language);
  const call = sampleCalls.find(({ name }) => name === "c2b-single-stage");
  assert(language !== undefined && call !== undefined);
  const own = join(mine, `${(folders += 1)}`);
  mkdirSync(own);
  const file = join(own, language.fileName(call));
  writeFileSync(file, fillSample(language.render(call), language.id, values));
  return run(runner.command, file, own);
}

async function purses(market: Market, customer: string, of: Server = server): Promise<Purses> {
  const minor = (amount: string): bigint =>
    amount === "0.00" ? 0n : (parseAmount(amount, markets[market].decimals) ?? 0n);
  const working = async (shortcode: string): Promise<bigint> => {
    const { accounts } = await of.control("GET", `/markets/${market}/organisations/${shortcode}`);
    return minor(accounts.find(({ kind }: { kind: string }) => kind === "working").available);
  };
  const { available, held } = await of.control("GET", `/markets/${market}/customers/${customer}`);
  return {
    customer: minor(available),
    held: minor(held),
    organisation: await working("000000"),
    receiver: await working("000001"),
  };
}

function plus(a: Purses, b: Purses): Purses {
  return {
    customer: a.customer + b.customer,
    held: a.held + b.held,
    organisation: a.organisation + b.organisation,
    receiver: a.receiver + b.receiver,
  };
}

const told = ({ path, code, out, error }: Ran): string => `${path} ended with ${code}:\n${out}${error}`;
