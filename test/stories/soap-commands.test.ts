/** An integrator of the SOAP Broker at the terminal: keys, triggers, faults, deliveries. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createTestDatabase } from "../support/cluster.ts";
import { runCommand } from "../support/commands.ts";
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
  await database[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const run = (...args: string[]) => runCommand({ DATA_DIR: folder.path }, ...args).result;

async function runJson(...args: string[]) {
  const { code, stdout, stderr } = await run(...args, "--json");
  assert.equal(code, 0, stderr + stdout);
  return JSON.parse(stdout) as {
    readonly id: string;
    readonly soap: Readonly<Record<string, string>>;
    readonly asExpected: boolean;
    readonly toldLater: string;
    readonly request: { readonly fields: Readonly<Record<string, string>> };
  };
}

test("keys has the service provider, for people, programs and shells", async () => {
  const { soap } = await runJson("keys", "--protocol", "soap");
  const { spId = "", spPassword = "" } = soap;
  assert.match(spId, /^\d{6,}$/);
  const { stdout } = await run("keys", "--protocol", "soap");
  assert.match(stdout, new RegExp(spPassword));
  const shell = await run("keys", "--protocol", "soap", "--env");
  assert.match(shell.stdout, new RegExp(`PESARAIL_SP_ID=["']?${spId}`));
});

test("keys create and keys renew-soap show the secrets of a provider once", async () => {
  const created = await runJson("keys", "create", "Bank", "--protocol", "soap");
  assert.match(created.soap["spPassword"] ?? "", /^\w{32}$/);
  const renewed = await runJson("keys", "renew-soap", created.id);
  assert.equal(renewed.soap["spId"], created.soap["spId"]);
  assert.notEqual(renewed.soap["spPassword"], created.soap["spPassword"]);
  const again = await run("keys", "renew-soap", created.id);
  assert.match(again.stdout, /SP id of SOAP Broker \(shown only once\):\n\d+\n\nService id:\n\d+\n/);
});

test("trigger knows the commands by their names", async () => {
  const triggered = await runJson("trigger", "soap:BusinessPayment:18");
  assert(triggered.asExpected);
  assert.equal(triggered.toldLater, "18");
  assert.equal(triggered.request.fields["ReceiverParty"], "254700000018");
  const status = await runJson("trigger", "TransactionStatusQuery:49", "--protocol", "soap");
  assert.equal(status.request.fields["ReceiptNumber"], "TRIG000049");
});

test("fault makes the next command fail, and samples writes every command", async () => {
  assert.equal((await run("fault", "soap_busy", "--market", "safaricomKEN")).code, 0);
  const { code, stdout } = await run("trigger", "soap:BusinessPayment:18", "--json");
  assert.equal(code, 1);
  assert.match(stdout, /"26"/);
  const samples = await run("samples", `${folder.path}/samples`, "--protocol", "soap");
  assert.equal(samples.code, 0, samples.stderr);
});

test("pay collects by the LNMO checkout, and trigger knows its codes", async () => {
  const pay = ["pay", "--protocol", "soap", "--msisdn", "254722000001", "--amount", "10"];
  const paid = await run(...pay, "--json");
  assert.equal(paid.code, 0, paid.stderr + paid.stdout);
  assert.match(paid.stdout, /"outcome": "paid"/);
  const other = await run(...pay, "--shortcode", "600000");
  assert.equal(other.code, 0, other.stderr + other.stdout);
  const triggered = await runJson("trigger", "soap:processCheckOut:06");
  assert(triggered.asExpected);
  assert.deepEqual([triggered.toldLater, triggered.request.fields["MSISDN"]], ["06", "254700000006"]);
  const hold = await run(...pay, "--two-step", "hold");
  assert.notEqual(hold.code, 0);
  assert.match(hold.stderr, /no payment in two steps/);
});
