/** An integrator of Daraja at the terminal: keys, payments, triggers. */
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

async function runJson(expectedCode: number, ...args: string[]) {
  const { code, stdout, stderr } = await runCommand({ DATA_DIR: folder.path }, ...args, "--json").result;
  assert.equal(code, expectedCode, stderr + stdout);
  return JSON.parse(stdout) as {
    readonly daraja: { readonly consumerKey: string };
    readonly outcome: string;
    readonly balances: readonly { readonly who: string; readonly available: string }[];
    readonly transactionId: string;
    readonly asExpected: boolean;
    readonly toldLater: string;
    readonly request: { readonly fields: Readonly<Record<string, string>> };
  };
}

test("keys has the keys of Daraja", async () => {
  const { daraja } = await runJson(0, "keys", "--protocol", "daraja");
  const { consumerKey } = daraja;
  assert.match(consumerKey, /^\w{32,}$/);
  const { stdout } = await runCommand({ DATA_DIR: folder.path }, "keys", "--protocol", "daraja").result;
  assert.match(stdout, new RegExp(consumerKey));
});

test("pay pays by STK push", async () => {
  const read = async (): Promise<string> =>
    (await server.control("GET", "/markets/safaricomKEN/customers/254708374149")).available;
  const before = Number(await read());
  const paid = await runJson(0, "pay", "--protocol", "daraja", "--msisdn", "254708374149", "--amount", "100");
  assert.equal(paid.outcome, "paid");
  const utility = paid.balances.find(({ who }) => who.includes("(174379)"));
  assert.equal(utility?.available, "100.00", "the account that the payment went to");
  assert.equal(Number(await read()), before - 100);
});

test("trigger knows Daraja's scenarios by their names", async () => {
  const declined = await runJson(0, "trigger", "daraja:stkPush:1032");
  assert(declined.asExpected);
  assert.equal(declined.toldLater, "1032");
  assert.equal(declined.request.fields["PhoneNumber"], "254700001032");
  const paid = await runJson(0, "trigger", "b2cV3:2001", "--protocol", "daraja");
  assert.equal(paid.toldLater, "2001");
  await runJson(1, "pay", "--protocol", "daraja", "--msisdn", "254700001032", "--amount", "100");
});

test("fault asks for faults and lists them", async () => {
  const inKenya = ["--market", "safaricomKEN"];
  const set = (await runJson(0, "fault", "internal_error", ...inKenya, "--times", "2")) as unknown;
  assert.deepEqual(set, [{ kind: "internal_error", remaining: 2 }]);
  await runJson(1, "trigger", "daraja:stkPush:1032");
  assert.deepEqual(await runJson(0, "fault", ...inKenya), [{ kind: "internal_error", remaining: 1 }]);
  assert.deepEqual(await runJson(0, "fault", "internal_error", ...inKenya, "--times", "0"), []);
  const run = (...args: string[]) => runCommand({ DATA_DIR: folder.path }, "fault", ...args).result;
  assert.equal((await run(...inKenya)).stdout, "safaricomKEN has no faults.\n");
  const other = await run("soap_fault", "--market", "vodacomTZN");
  assert.equal(other.code, 1);
  assert.match(other.stderr, /soap_fault is a fault of: safaricomKEN/);
  assert.equal((await run("delay", ...inKenya)).code, 2);
});

test("handset works in Kenya: a new one, and a wrong PIN", async () => {
  const run = (...args: string[]) => runCommand({ DATA_DIR: folder.path }, "handset", ...args).result;
  const created = await run("new", "254711000077", "--balance", "50.00");
  assert.equal(created.code, 0, created.stderr);
  assert.match(created.stdout, /a balance of 50\.00 KES/);
  const noPrompt = await run("254711000077", "wrong-pin");
  assert.equal(noPrompt.code, 1);
  assert.match(noPrompt.stderr, /To wait for one, add --wait/);
});
