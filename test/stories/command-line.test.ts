/** An integrator's hour at the terminal: keys, a payment, a customer's phone, endings on demand, completion. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { assertBooksHold } from "../town/books.ts";
import { testDatabase, testSecretKey } from "../town/cluster.ts";
import { runCommand, runProgram, type Ran, type Running } from "../town/commands.ts";
import { eventually } from "../town/prompts.ts";
import { dataFolder, startServer, type Server } from "../town/server.ts";

let database: Awaited<ReturnType<typeof testDatabase>>;
let folder: ReturnType<typeof dataFolder>;
let server: Server;

before(async () => {
  database = await testDatabase();
  folder = dataFolder();
  server = await startServer(folder.path, database.url);
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await assertBooksHold(database.url);
  await database[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const settings = () => ({ DATA_DIR: folder.path });
const begin = (...args: string[]): Running => runCommand(settings(), ...args);
const run = (...args: string[]): Promise<Ran> => begin(...args).ended;

/** Runs a command that shall succeed, and reads the JSON that it answers. */
// oxlint-disable-next-line typescript/no-explicit-any -- whatever JSON the command answers
async function data(...args: string[]): Promise<any> {
  const ran = await run(...args, "--json");
  assert.equal(ran.code, 0, ran.stderr + ran.stdout);
  return JSON.parse(ran.stdout);
}

const customers = () => server.facts.markets.vodacomTZN.customers;
const handset = (which: number): string => server.facts.markets.vodacomTZN.handsets[which]?.msisdn ?? "";
const payBy = (msisdn: string, ...more: string[]) => [
  "pay",
  "--msisdn",
  msisdn,
  "--amount",
  "12.50",
  ...more,
];

test("keys are shown, and exported for a shell's eval", async () => {
  const shown = await data("keys");
  assert.equal(shown.apiKey, server.facts.apiKey);
  assert.equal(shown.gateway, server.gateway);
  const words = (await run("keys", "--market", "vodacomTZN")).stdout;
  assert.match(words, new RegExp(`^API key +${server.facts.apiKey}$`, "m"));
  assert.match(words, /^ {2}255750000001 {2}Amina Juma +1,000,000\.00 TZS {2}approve$/m);

  const script = `eval "$('${process.execPath}' src/cli/main.ts keys --env)"; echo "$PESARAIL_GATEWAY $PESARAIL_API_KEY $PESARAIL_MSISDN"`;
  const evaluated = await runProgram("sh", ["-c", script], settings()).ended;
  assert.equal(evaluated.stdout, `${server.gateway} ${server.facts.apiKey} 255750000001\n`);
});

test("a payment moves money once, and says so in words and in JSON", async () => {
  const [payer = ""] = customers();
  const paid = await data(...payBy(payer, "--conversation", "terminal1"));
  assert.deepEqual(
    [paid.outcome, paid.code, paid.httpStatus, paid.amount, paid.reference],
    ["paid", "INS-0", 201, "12.50", "terminal1"],
  );
  const inBooks = await server.control("GET", `/markets/vodacomTZN/payments/${paid.transactionId}`);
  assert.deepEqual([inBooks.status, inBooks.amount, inBooks.counterparty], ["completed", "12.50", payer]);
  assert.equal(paid.balances[0].available, "999987.50");

  const again = await run(...payBy("+255 750 000 001", "--conversation", "terminal1"));
  assert.equal(again.code, 1);
  assert.match(
    again.stdout,
    /^✖ Refused: 12\.50 TZS\. This reference was used before; the first payment stands\.\n/,
  );
  assert.match(again.stdout, /Amina Juma \(255750000001\) +has +999,987\.50 TZS\n/);
});

test("a two-step payment is held, committed or released as the option says", async () => {
  const [, payer = ""] = customers();
  const [held, committed, released] = await Promise.all(
    ["hold", "commit", "release"].map((ending) => data(...payBy(payer, "--two-step", ending))),
  );
  assert.deepEqual([held.outcome, committed.outcome, released.outcome], ["held", "paid", "released"]);
  assert.match(held.voucherCode, /^[A-Z0-9]+$/);
  const { available, held: heldMoney } = await server.control(
    "GET",
    `/markets/vodacomTZN/customers/${payer}`,
  );
  assert.deepEqual([available, heldMoney], ["999975.00", "12.50"]);
});

test("a customer is asked on the handset, and answers from another terminal", async () => {
  const paying = begin(...payBy(handset(0), "--json"));
  const mistyped = await run("handset", handset(0), "wrong-pin", "--wait");
  assert.match(mistyped.stdout, /^! The PIN is wrong, 2 tries are left; \w{12} is still open\.\n$/);
  const shown = await run("handset", handset(0));
  assert.match(
    shown.stdout,
    /pay 12\.50 TZS to Duka la Amina \(000000\), ref T12344C\n {2}It is on the screen, until /,
  );
  const approved = await data("handset", handset(0), "approve", "--pin", "1234");
  const { code, stdout, stderr } = await paying.ended;
  assert.equal(code, 0, stderr);
  assert.match(stderr, /is being asked \(PIN 1234\): http:\S+\/handset\/vodacomTZN\/255750000006\n/);
  const paid = JSON.parse(stdout);
  assert.deepEqual([paid.outcome, paid.transactionId], ["paid", approved.transactionId]);
  assert.match((await run("handset", handset(0), "messages")).stdout, /you paid TZS 12\.50 to Duka la Amina/);
});

test("who interrupts a payment is told what to ask for later", async () => {
  const paying = begin(...payBy(handset(1), "--conversation", "interrupted1"));
  await eventually("a prompt", async () => {
    const { prompts } = await server.control("GET", `/markets/vodacomTZN/handsets/${handset(1)}`);
    return prompts[0];
  });
  paying.process.kill("SIGINT");
  const { code, stdout, stderr } = await paying.ended;
  assert.deepEqual([code, stdout], [130, ""]);
  assert.match(
    stderr,
    /Interrupted\. Its ThirdPartyConversationID is interrupted1: it may go through all the same\.\n$/,
  );
  assert.equal((await run("handset", handset(1), "decline")).code, 0);
});

test("a handset is told how to behave, and a payment that is acknowledged is followed to its end", async () => {
  const told = await run("handset", handset(2), "slow", "--delay", "1s");
  assert.match(
    told.stdout,
    /^The handset of Grace Massawe \(255750000008\) approves by itself, after a while\.\n$/,
  );
  const followed = await run(...payBy(handset(2), "--response-url", "http://127.0.0.1:9/told", "--json"));
  assert.match(
    followed.stderr,
    /Answered 201 INS-0: acknowledged, and http:\/\/127\.0\.0\.1:9\/told is told\./,
  );
  assert.equal(JSON.parse(followed.stdout).outcome, "paid");
  const idle = await run("handset", handset(2), "off", "--delay", "1s");
  assert.deepEqual(
    [idle.code, idle.stderr.split("\n")[0]],
    [2, "pesarail: --delay and off do not go together."],
  );
});

test("an ending is asked for by its name", async () => {
  const triggered = await data("trigger", "customer_balance_too_low");
  assert.deepEqual(
    [
      triggered.scenario,
      triggered.asExpected,
      triggered.answer.status,
      triggered.request.fields.input_CustomerMSISDN,
    ],
    ["c2b:customer_balance_too_low", true, 422, "000000000008"],
  );
  const words = (await run("trigger", "b2c:timed_out", "--market", "vodacomMOZ")).stdout;
  assert.match(words, /^POST http:\S+\/sandbox\/ipg\/v2\/vodacomMOZ\/b2cPayment\/\n/);
  assert.match(words, /input_CustomerMSISDN +000000000004 +← the scenario\n/);
  assert.match(words, /^408 INS-9 Request timeout/m);
  assert.match(words, /\n✔ No answer came in time; ask for the payment's status before trying again\.\n$/);
});

test("while its results are collected, a payment in two steps ends and an ending is asked for all the same", async () => {
  await server.control("POST", "/applications/1/relay");
  try {
    const [payer = ""] = customers();
    const [committed, triggered] = await Promise.all([
      data(...payBy(payer, "--two-step", "commit")),
      data("trigger", "customer_balance_too_low"),
    ]);
    assert.deepEqual([committed.outcome, committed.answers.length], ["paid", 2]);
    const { asExpected, expected, toldLater } = triggered;
    assert.deepEqual([asExpected, expected.code, toldLater], [true, "INS-0", "INS-2006"]);
  } finally {
    await server.control("DELETE", "/applications/1/relay");
  }
});

test("an application of one's own has a key that pays until it is revoked", async () => {
  const made = await data(
    "keys",
    "create",
    "Night shop",
    "--product",
    "c2bSingle",
    "--session-lifetime",
    "1h",
  );
  const [payer = ""] = customers();
  const asNightShop = payBy(payer, "--api-key", made.apiKey);
  assert.equal((await data(...asNightShop)).outcome, "paid");
  const renewed = await data("keys", "renew", made.id);
  const refused = await run(...asNightShop);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^pesarail: The gateway gave no session: /);
  assert.equal((await data(...payBy(payer, "--api-key", renewed.apiKey))).outcome, "paid");
  await data("keys", "revoke", made.id);
  assert.match(
    (await run("keys", "list")).stdout,
    /^ 2 {2}Night shop +…\w{4} {2}all +c2bSingle +- +revoked$/m,
  );
});

test("what is missing is named, and nobody is asked who is not there", async () => {
  const { code, stdout, stderr } = await run("pay", "--market", "vodacomTZN");
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /^pesarail: --msisdn and --amount must be given: there is no terminal to ask at\.\n/);
  const nobody = await runCommand({ DATA_DIR: join(folder.path, "empty") }, "pay").ended;
  assert.match(
    nobody.stderr,
    /^pesarail: No server is running on DATA_DIR \(\S+\)\. To start one: npm start\n$/,
  );
});

test("a shell completes commands, values, and what only the server knows", async () => {
  await server.control("POST", "/snapshots", { name: "payday" });
  const script = join(folder.path, "ask.sh");
  const asked = [
    "ha",
    "handset 255",
    "handset 255750000006 ap",
    "trigger c2b:t",
    "snapshot restore ",
    "admin --x",
  ];
  writeFileSync(
    script,
    `pesarail() { '${process.execPath}' src/cli/main.ts "$@"; }
     source <(pesarail completion bash)
     ask() { COMP_LINE="pesarail $1"; COMP_POINT=\${#COMP_LINE}; _pesarail; echo "$1: \${COMPREPLY[*]}"; }
     ${asked.map((line) => `ask '${line}'`).join("\n")}`,
  );
  const { stdout, stderr } = await runProgram("bash", [script], settings()).ended;
  assert.deepEqual(
    stdout.split("\n"),
    [
      "ha: handset",
      "handset 255: 255750000006 255750000007 255750000008",
      "handset 255750000006 ap: approve",
      "trigger c2b:t: timed_out",
      "snapshot restore : payday",
      "admin --x: ",
      "",
    ],
    stderr,
  );
});

test("start says in one line of JSON where the server is, without a secret, and Ctrl-C ends it well", async () => {
  using other = dataFolder();
  const places = ["--port", "0", "--https-port", "off", "--data", other.path, "--database", database.url];
  const secret = { SECRET_KEY: testSecretKey.toString("hex"), LOG_LEVEL: "error" };
  const started = runCommand(secret, "start", ...places, "--json");
  assert(started.process.stdout !== null);
  const [line] = (await once(createInterface(started.process.stdout), "line")) as [string];
  const { ready, gateway, sandboxFile } = JSON.parse(line);
  assert.deepEqual([ready, sandboxFile], [true, join(other.path, "sandbox.json")]);
  assert.equal((await fetch(`${gateway}/health/ready`)).status, 200);
  assert(!line.includes(server.facts.apiKey));
  started.process.kill("SIGINT");
  const ended = await started.ended;
  assert.deepEqual([ended.code, ended.stdout.trimEnd().split("\n").length], [0, 1], ended.stderr);

  const wrong = await runCommand({}, "start", "--port", "many").ended;
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /PORT is "many", and must be a port from 0 to 65535/);
});
