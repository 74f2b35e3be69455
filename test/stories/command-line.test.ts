/** An integrator at the terminal: keys, a payment, a customer's handset, scenarios, completion. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { createTestDatabase, testSecretKey } from "../support/cluster.ts";
import { runCommand, runProgram, type CommandResult, type RunningCommand } from "../support/commands.ts";
import { commandProgram } from "../support/programs.ts";
import { waitFor } from "../support/prompts.ts";
import { createDataFolder, startServer, type Server } from "../support/server.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let folder: ReturnType<typeof createDataFolder>;
let server: Server;

before(async () => {
  database = await createTestDatabase();
  folder = createDataFolder();
  server = await startServer(folder.path, database.url);
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await assertInvariantsHold(database.url);
  await database[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const settings = () => ({ DATA_DIR: folder.path });
const startCommand = (...args: string[]): RunningCommand => runCommand(settings(), ...args);
const runCommandToEnd = (...args: string[]): Promise<CommandResult> => startCommand(...args).result;

/** Runs a command that must succeed, and parses its JSON output. */
// oxlint-disable-next-line typescript/no-explicit-any -- any JSON of the command
async function runJson(...args: string[]): Promise<any> {
  const result = await runCommandToEnd(...args, "--json");
  assert.equal(result.code, 0, result.stderr + result.stdout);
  return JSON.parse(result.stdout);
}

const customers = () => server.clientInfo.markets.vodacomTZN.customers;
const getHandset = (which: number): string =>
  server.clientInfo.markets.vodacomTZN.handsets[which]?.msisdn ?? "";
const payOptions = (msisdn: string, ...more: string[]) => [
  "pay",
  "--msisdn",
  msisdn,
  "--amount",
  "12.50",
  ...more,
];

test("keys are printed, and exported for a shell's eval", async () => {
  const output = await runJson("keys");
  assert.equal(output.apiKey, server.clientInfo.apiKey);
  assert.equal(output.gateway, server.gateway);
  const text = (await runCommandToEnd("keys", "--market", "vodacomTZN")).stdout;
  assert.match(text, new RegExp(`^API key +${server.clientInfo.apiKey}$`, "m"));
  assert.match(text, /^ {2}255750000001 {2}Amina Juma +1,000,000\.00 TZS {2}approve$/m);

  const script = `eval "$('${process.execPath}' '${commandProgram}' keys --env)"; echo "$PESARAIL_GATEWAY $PESARAIL_API_KEY $PESARAIL_MSISDN"`;
  const evaluated = await runProgram("sh", ["-c", script], settings()).result;
  assert.equal(evaluated.stdout, `${server.gateway} ${server.clientInfo.apiKey} 255750000001\n`);
});

test("keys, pay and trigger speak Daraja too", async () => {
  const keys = await runJson("keys", "--protocol", "daraja");
  assert.equal(keys.daraja.stkShortCode, "174379");
  assert.match(keys.daraja.consumerKey, /^[0-9A-Za-z]{32}$/);
  const text = (await runCommandToEnd("keys", "--protocol", "daraja")).stdout;
  assert.match(text, /^consumer secret +[0-9A-Za-z]{32}$/m);

  const paid = await runJson("pay", "--protocol", "daraja", "--msisdn", "254708374149", "--amount", "12");
  assert.deepEqual([paid.outcome, paid.code, paid.amount, paid.currency], ["paid", "0", "12.00", "KES"]);
  assert.match(paid.transactionId, /^[A-Z0-9]{10}$/);
  assert.match(paid.conversationId, /^ws_CO_\d{26}$/);
  const declined = await runJson("trigger", "daraja:stk:1032");
  assert.deepEqual([declined.asExpected, declined.toldLater], [true, "1032"]);
  const busy = await runJson("trigger", "1001", "--protocol", "daraja");
  assert.deepEqual([busy.asExpected, busy.answer.status], [true, 500]);

  const created = await runJson("keys", "create", "Duka");
  assert.match(created.daraja.consumerKey, /^[0-9A-Za-z]{32}$/);
  const renewed = await runJson("keys", "renew-daraja", created.id);
  assert.notEqual(renewed.daraja.consumerKey, created.daraja.consumerKey);
  assert(Date.parse(renewed.previousUntil) > Date.now() + 23 * 3_600_000);
  const again = await runCommandToEnd("keys", "renew", created.id, "--protocol", "daraja", "--overlap", "0s");
  assert.match(again.stdout, /^Consumer secret:\n[0-9A-Za-z]{32}\n\nThe old ones are no longer valid\.$/m);
  const wrong = await runCommandToEnd("keys", "renew", created.id, "--overlap", "8d");
  assert.deepEqual([wrong.code, wrong.stderr.includes("It must be a time from 0s to 7d")], [2, true]);
});

test("a payment moves money once, and is reported as text and as JSON", async () => {
  const [payer = ""] = customers();
  const paid = await runJson(...payOptions(payer, "--conversation", "terminal1"));
  assert.deepEqual(
    [paid.outcome, paid.code, paid.httpStatus, paid.amount, paid.reference],
    ["paid", "INS-0", 201, "12.50", "terminal1"],
  );
  const recorded = await server.control("GET", `/markets/vodacomTZN/payments/${paid.transactionId}`);
  assert.deepEqual([recorded.status, recorded.amount, recorded.counterparty], ["completed", "12.50", payer]);
  assert.equal(paid.balances[0].available, "999987.50");

  const again = await runCommandToEnd(...payOptions("+255 750 000 001", "--conversation", "terminal1"));
  assert.equal(again.code, 1);
  assert.match(
    again.stdout,
    /^✖ Refused: 12\.50 TZS\. This reference was already used\. The first payment is unchanged\.\n/,
  );
  assert.match(again.stdout, /Amina Juma \(255750000001\) +has +999,987\.50 TZS\n/);
});

test("a two-step payment is held, committed or released by the option", async () => {
  const [, payer = ""] = customers();
  const [held, committed, released] = await Promise.all(
    ["hold", "commit", "release"].map((secondStep) =>
      runJson(...payOptions(payer, "--two-step", secondStep)),
    ),
  );
  assert.deepEqual([held.outcome, committed.outcome, released.outcome], ["held", "paid", "released"]);
  assert.match(held.voucherCode, /^[A-Z0-9]+$/);
  const { available, held: heldAmount } = await server.control(
    "GET",
    `/markets/vodacomTZN/customers/${payer}`,
  );
  assert.deepEqual([available, heldAmount], ["999975.00", "12.50"]);
});

test("a customer gets a prompt on the handset, and replies from another terminal", async () => {
  const paying = startCommand(...payOptions(getHandset(0), "--json"));
  const mistyped = await runCommandToEnd("handset", getHandset(0), "wrong-pin", "--wait");
  assert.match(mistyped.stdout, /^! The PIN is wrong, 2 attempts are left; \w{12} is still open\.\n$/);
  const output = await runCommandToEnd("handset", getHandset(0));
  assert.match(
    output.stdout,
    /pay 12\.50 TZS to Duka la Amina \(000000\), ref T12344C\n {2}On the screen, until /,
  );
  const approved = await runJson("handset", getHandset(0), "approve", "--pin", "1234");
  const { code, stdout, stderr } = await paying.result;
  assert.equal(code, 0, stderr);
  assert.match(stderr, /has a prompt to answer \(PIN 1234\): http:\S+\/handset\/vodacomTZN\/255750000006\n/);
  const paid = JSON.parse(stdout);
  assert.deepEqual([paid.outcome, paid.transactionId], ["paid", approved.transactionId]);
  assert.match(
    (await runCommandToEnd("handset", getHandset(0), "messages")).stdout,
    /you paid TZS 12\.50 to Duka la Amina/,
  );
});

test("an interrupted payment prints the reference to query later", async () => {
  const paying = startCommand(...payOptions(getHandset(1), "--conversation", "interrupted1"));
  await waitFor("a prompt", async () => {
    const { prompts } = await server.control("GET", `/markets/vodacomTZN/handsets/${getHandset(1)}`);
    return prompts[0];
  });
  paying.process.kill("SIGINT");
  const { code, stdout, stderr } = await paying.result;
  assert.deepEqual([code, stdout], [130, ""]);
  assert.match(
    stderr,
    /Interrupted\. The payment may still complete\. Its ThirdPartyConversationID is interrupted1\.\n$/,
  );
  assert.equal((await runCommandToEnd("handset", getHandset(1), "decline")).code, 0);
});

test("a handset's behaviour can be set, and an acknowledged payment is followed until it is final", async () => {
  const result = await runCommandToEnd("handset", getHandset(2), "slow", "--delay", "1s");
  assert.match(
    result.stdout,
    /^The handset of Grace Massawe \(255750000008\) approves automatically, after a delay\.\n$/,
  );
  const followed = await runCommandToEnd(
    ...payOptions(getHandset(2), "--response-url", "http://127.0.0.1:9/callback", "--json"),
  );
  assert.match(
    followed.stderr,
    /Response 201 INS-0: acknowledged, and the result will be sent to http:\/\/127\.0\.0\.1:9\/callback\./,
  );
  assert.equal(JSON.parse(followed.stdout).outcome, "paid");
  const idle = await runCommandToEnd("handset", getHandset(2), "off", "--delay", "1s");
  assert.deepEqual(
    [idle.code, idle.stderr.split("\n")[0]],
    [2, "pesarail: --delay cannot be used with off."],
  );
});

test("a scenario is triggered by its name", async () => {
  const triggered = await runJson("trigger", "customer_balance_too_low");
  assert.deepEqual(
    [
      triggered.scenario,
      triggered.asExpected,
      triggered.answer.status,
      triggered.request.fields.input_CustomerMSISDN,
    ],
    ["c2b:customer_balance_too_low", true, 422, "000000000008"],
  );
  const text = (await runCommandToEnd("trigger", "b2c:timed_out", "--market", "vodacomMOZ")).stdout;
  assert.match(text, /^POST http:\S+\/sandbox\/ipg\/v2\/vodacomMOZ\/b2cPayment\/\n/);
  assert.match(text, /input_CustomerMSISDN +000000000004 +← the scenario\n/);
  assert.match(text, /^408 INS-9 Request timeout/m);
  assert.match(text, /\n✔ There was no response in time\. Query the payment's status before you retry\.\n$/);
});

test("with pull delivery on, two-step payments and scenarios still work", async () => {
  await server.control("POST", "/applications/1/relay");
  try {
    const [payer = ""] = customers();
    const [committed, triggered] = await Promise.all([
      runJson(...payOptions(payer, "--two-step", "commit")),
      runJson("trigger", "customer_balance_too_low"),
    ]);
    assert.deepEqual([committed.outcome, committed.answers.length], ["paid", 2]);
    const { asExpected, expected, toldLater: callbackCode } = triggered;
    assert.deepEqual([asExpected, expected.code, callbackCode], [true, "INS-0", "INS-2006"]);
  } finally {
    await server.control("DELETE", "/applications/1/relay");
  }
});

test("a new application's key works until it is revoked", async () => {
  const made = await runJson(
    "keys",
    "create",
    "Night shop",
    "--product",
    "c2bSingle",
    "--session-lifetime",
    "1h",
  );
  const [payer = ""] = customers();
  const asNightShop = payOptions(payer, "--api-key", made.apiKey);
  assert.equal((await runJson(...asNightShop)).outcome, "paid");
  const overlapped = await runJson("keys", "renew", made.id);
  assert.equal((await runJson(...asNightShop)).outcome, "paid");
  const renewed = await runJson("keys", "renew", made.id, "--overlap", "0s");
  const refused = await runCommandToEnd(...asNightShop);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^pesarail: The gateway did not open a session: /);
  assert.equal((await runJson(...payOptions(payer, "--api-key", renewed.apiKey))).outcome, "paid");
  const history = await runJson("keys", "history", made.id);
  const states = history.map(({ hint, state }: { hint: string; state: string }) => [hint, state]);
  assert.deepEqual(states, [
    [renewed.apiKey.slice(-4), "active"],
    [overlapped.apiKey.slice(-4), "inactive"],
    [made.apiKey.slice(-4), "inactive"],
  ]);
  await runJson("keys", "revoke", made.id);
  assert.match(
    (await runCommandToEnd("keys", "list")).stdout,
    /^ {1,2}\d+ {2}Night shop +…\w{4} {2}all +c2bSingle +- +revoked$/m,
  );
});

test("missing options are named, and the command asks nothing without a terminal", async () => {
  const { code, stdout, stderr } = await runCommandToEnd("pay", "--market", "vodacomTZN");
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(
    stderr,
    /^pesarail: --msisdn and --amount must be given, because there is no terminal to ask on\.\n/,
  );
  const withoutServer = await runCommand({ DATA_DIR: join(folder.path, "empty") }, "pay").result;
  assert.match(
    withoutServer.stderr,
    /^pesarail: No server is running on DATA_DIR \(\S+\)\. To start one: npm start\n$/,
  );
});

test("a shell completes commands, values, and values from the server", async () => {
  await server.control("POST", "/snapshots", { name: "payday" });
  const script = join(folder.path, "ask.sh");
  const lines = [
    "ha",
    "handset 255",
    "handset 255750000006 ap",
    "trigger c2b:t",
    "snapshot restore ",
    "admin --x",
  ];
  writeFileSync(
    script,
    `pesarail() { '${process.execPath}' '${commandProgram}' "$@"; }
     source <(pesarail completion bash)
     ask() { COMP_LINE="pesarail $1"; COMP_POINT=\${#COMP_LINE}; _pesarail; echo "$1: \${COMPREPLY[*]}"; }
     ${lines.map((line) => `ask '${line}'`).join("\n")}`,
  );
  const { stdout, stderr } = await runProgram("bash", [script], settings()).result;
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

test("start prints one line of JSON with the server's address, without a secret, and Ctrl-C stops it cleanly", async () => {
  using other = createDataFolder();
  const options = ["--port", "0", "--https-port", "off", "--data", other.path, "--database", database.url];
  const secret = { SECRET_KEY: testSecretKey.toString("hex"), LOG_LEVEL: "error" };
  const started = runCommand(secret, "start", ...options, "--json");
  assert(started.process.stdout !== null);
  const [line] = (await once(createInterface(started.process.stdout), "line")) as [string];
  const { ready, gateway, sandboxFile } = JSON.parse(line);
  assert.deepEqual([ready, sandboxFile], [true, join(other.path, "sandbox.json")]);
  assert.equal((await fetch(`${gateway}/health/ready`)).status, 200);
  assert(!line.includes(server.clientInfo.apiKey));
  started.process.kill("SIGINT");
  const ended = await started.result;
  assert.deepEqual([ended.code, ended.stdout.trimEnd().split("\n").length], [0, 1], ended.stderr);

  const wrong = await runCommand({}, "start", "--port", "many").result;
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /PORT is "many", but must be a port from 0 to 65535/);
});
