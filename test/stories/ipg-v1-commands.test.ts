/** An integrator of IPG v1 at the terminal: keys, payments, triggers, response URLs, deliveries. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createTestDatabase, testSecretKey } from "../support/cluster.ts";
import { runCommand } from "../support/commands.ts";
import { createTestListener } from "../support/listener.ts";
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

// oxlint-disable-next-line typescript/no-explicit-any -- any JSON of the command; the assertions check it
async function runJson(expectedCode: number, ...args: string[]): Promise<any> {
  const { code, stdout, stderr } = await run(...args, "--json");
  assert.equal(code, expectedCode, stderr + stdout);
  return JSON.parse(stdout);
}

const byProtocol = ["--protocol", "ipg-v1"];

test("keys has the key of IPG v1", async () => {
  const { stdout } = await run("keys", ...byProtocol);
  assert(stdout.includes(server.ipgV1.apiKey), stdout);
  assert.match(stdout, /171717 +\(it pays 979797\)/);
});

test("pay pays, and says why a payment was refused", async () => {
  const paid = await runJson(0, "pay", ...byProtocol, "--msisdn", "258843330333", "--amount", "100");
  assert.equal(paid.outcome, "paid");
  assert.match(paid.transactionId, /^[0-9a-z]{12}$/);
  await runJson(1, "pay", ...byProtocol, "--msisdn", "258850000005", "--amount", "100");
  const url = await run(
    "pay",
    ...byProtocol,
    "--msisdn",
    "258843330333",
    "--amount",
    "1",
    "--response-url",
    "http://127.0.0.1:9/",
  );
  assert.notEqual(url.code, 0);
  assert.match(url.stderr, /has no response URL/);
});

test("trigger knows the scenarios of IPG v1 by their names", async () => {
  const declined = await runJson(0, "trigger", "ipg-v1:c2b:customer_declined");
  assert(declined.asExpected);
  assert.equal(declined.expected.code, "INS-5");
  const query = await runJson(0, "trigger", "queryTransactionStatus:payment_unknown", ...byProtocol);
  assert.equal(query.answer.status, 400);
  const { stdout } = await run("scenarios", ...byProtocol);
  assert.match(stdout, /c2b:customer_declined +401 +INS-5 +258850000005/);
});

test("an application of IPG v1: created, asynchronous, synchronous again, renewed", async () => {
  await using listener = await createTestListener();
  const { id, ipgV1 } = await runJson(0, "keys", "create", "Night shop", ...byProtocol);
  const changed = await runJson(0, "keys", "response-url", id, listener.url, ...byProtocol);
  assert.equal(changed.ipgV1ResponseUrl, listener.url);
  const acknowledged = await runJson(0, "trigger", "ipg-v1:c2b:payment_failed", "--api-key", ipgV1.apiKey);
  assert.equal(acknowledged.toldLater, "INS-6");
  const [callback] = await listener.waitForCallbacks(1);
  assert.equal(callback?.body["input_ResultCode"], "INS-6");
  const { stdout } = await runCommand(
    {
      DATA_DIR: folder.path,
      DATABASE_URL: database.url,
      SECRET_KEY: testSecretKey.toString("hex"),
    },
    "deliveries",
    "show",
    callback?.body["input_OriginalConversationID"] ?? "",
    "--environment",
    "sandbox",
    "--market",
    "vodacomMOZ",
    ...byProtocol,
  ).result;
  assert.match(stdout, /input_ResultCode/);
  const cleared = await runJson(0, "keys", "response-url", id, "none", ...byProtocol);
  assert.equal(cleared.ipgV1ResponseUrl, null);
  const synchronous = await runJson(0, "trigger", "ipg-v1:c2b:payment_failed", "--api-key", ipgV1.apiKey);
  assert.equal(synchronous.toldLater, undefined);
  const renewed = await runJson(0, "keys", "renew-ipg-v1", id);
  assert.match(renewed.ipgV1.apiKey, /^[0-9A-Za-z]{32}$/);
  const refused = await run("trigger", "ipg-v1:c2b:payment_failed", "--api-key", ipgV1.apiKey);
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, /401 INS-2/);
});

test("fault asks for IPG v1's faults in Mozambique only", async () => {
  const inMozambique = ["--market", "vodacomMOZ"];
  const set = await runJson(0, "fault", "ipg_v1_origin_missing", ...inMozambique);
  assert.deepEqual(set, [{ kind: "ipg_v1_origin_missing", remaining: 1 }]);
  await runJson(1, "pay", ...byProtocol, "--msisdn", "258843330333", "--amount", "1");
  assert.deepEqual(await runJson(0, "fault", ...inMozambique), []);
  const other = await run("fault", "ipg_v1_origin_missing", "--market", "vodacomTZN");
  assert.match(other.stderr, /ipg_v1_origin_missing is a fault of: vodacomMOZ/);
});
