/** `@pesarail/sdk/testing`, with the server of this repository. test/packages tests the published server. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createTestDatabase, testSecretKey } from "../../test/support/cluster.ts";
import { serverProgram } from "../../test/support/programs.ts";
import { createListener, toNodeHandler, type CallbackEvent } from "../src/index.ts";
import { connectSandbox, SandboxError, startSandbox, type Sandbox } from "../src/testing/index.ts";

const command = [process.execPath, serverProgram] as const;

/** The key that sealed the secrets in every test database. */
const sealed = { SECRET_KEY: testSecretKey.toString("hex") };

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let sandbox: Sandbox;

before(async () => {
  database = await createTestDatabase();
  // The environment of the tested program must not reach the sandbox.
  process.env["PORT"] = "3000";
  process.env["DATABASE_URL"] = "postgres://user@127.0.0.1:1/none";
  sandbox = await startSandbox({ command, databaseUrl: database.url, settings: sealed });
});

after(async () => {
  await sandbox.stop();
  await database[Symbol.asyncDispose]();
});

const shoes = { amount: "10", transactionReference: "T12344C", description: "Shoes" };

test("a customer gets a prompt on their handset, approves, and the payment succeeds", async () => {
  const { msisdn } = await sandbox.createCustomer("vodacomTZN", { answer: "ask", balance: 500_00n });
  const handset = sandbox.getHandset(msisdn);
  const paying = sandbox.createClient().collect({ ...shoes, msisdn });
  const { amount, organisation } = await handset.waitForPrompt();
  assert.deepEqual([amount, organisation.name], ["10.00", "Duka la Amina"]);
  assert.equal((await handset.approve("1234")).outcome, "accepted");
  assert.equal((await paying).outcome, "accepted");
  const [message] = await handset.listMessages();
  assert.match(message?.text ?? "", /you paid TZS 10\.00 .* Balance TZS 490\.00/);
});

test("a customer declines, enters wrong PINs until the handset locks, and approves by setBehaviour", async () => {
  const { msisdn } = await sandbox.createCustomer("vodacomMOZ", { answer: "ask", pin: "0000" });
  const handset = sandbox.getHandset(msisdn, "vodacomMOZ");
  const client = sandbox.createClient("vodacomMOZ");

  const declined = client.collect({ ...shoes, msisdn });
  await handset.decline();
  assert.equal((await declined).code, "INS-6");

  const locked = client.collect({ ...shoes, msisdn });
  const outcomes = [
    await handset.enterWrongPin(),
    await handset.enterWrongPin(),
    await handset.enterWrongPin(),
  ];
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ["wrong_pin", "wrong_pin", "locked"],
  );
  assert.equal((await locked).outcome, "refused");

  await handset.unlock();
  await handset.setBehaviour("approve");
  assert.equal((await client.collect({ ...shoes, msisdn })).outcome, "accepted");
});

test("a number may be written with spaces, and belongs to only one customer", async () => {
  const first = await sandbox.createCustomer("vodacomLES", { msisdn: "+266 5900 0001" });
  assert.deepEqual(first, { msisdn: "26659000001", market: "vodacomLES" });
  for (const options of [{}, { pin: "4321" }]) {
    await assert.rejects(
      sandbox.createCustomer("vodacomLES", { ...options, msisdn: "26659000001" }),
      /is already registered/,
    );
  }
});

test("a registered application receives results in signed callbacks", async () => {
  const events: CallbackEvent[] = [];
  const delivered = Promise.withResolvers<void>();
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  try {
    const responseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callbacks`;
    const application = await sandbox.createApplication({ responseUrl });
    const onEvent = (event: CallbackEvent): void => {
      events.push(event);
      delivered.resolve();
    };
    server.on("request", toNodeHandler(createListener({ secret: application.callbackSecret, onEvent })));
    const { msisdn } = await sandbox.createCustomer();
    const result = await application.createClient().collect({ ...shoes, msisdn });
    assert.equal(result.outcome === "unknown" && result.unknownReason, "acknowledged");
    await delivered.promise;
    assert.deepEqual([events[0]?.outcome, events[0]?.signed], ["accepted", true]);

    const name = result.conversationId ?? "";
    const { body } = await sandbox.deliveries.read(name);
    assert.equal((body as Record<string, unknown>)["input_ResultCode"], "INS-0");
    assert.deepEqual(
      (await sandbox.deliveries.list("vodacomTZN", { application: application.id })).map(
        (each) => each.conversationId,
      ),
      [name],
    );
    await application.revoke();
    assert.equal((await application.createClient().collect({ ...shoes, msisdn })).outcome, "refused");
  } finally {
    server.close();
  }
});

const kenya = "safaricomKEN";

test("a Daraja client of the sandbox pushes, the customer approves, and the callback arrives", async () => {
  await using listener = await startListener();
  const { callbackUrl } = listener;
  const { msisdn } = await sandbox.createCustomer(kenya, { answer: "ask", balance: "500" });
  assert.match(msisdn, /^2547\d{8}$/);
  const daraja = sandbox.createDarajaClient({ callbackUrl });
  const push = await daraja.collect({ amount: "10", msisdn, accountReference: "Invoice 17" });
  assert(push.outcome === "acknowledged", JSON.stringify(push));
  const handset = sandbox.getHandset(msisdn, kenya);
  assert.equal((await handset.approve("1234")).outcome, "accepted");
  const paid = await daraja.waitForOutcome(push.checkoutRequestId);
  assert.equal(paid.outcome, "accepted", JSON.stringify(paid));
  assert.match(await listener.received(1), /"ResultCode":0,/);
  const [message] = await handset.listMessages();
  assert.match(message?.text ?? "", /Ksh10\.00/);

  // A second sandbox customer declines with a number that is written as in Kenya.
  const { msisdn: other } = await sandbox.createCustomer(kenya, {
    msisdn: "0799 000 001",
    answer: "decline",
  });
  assert.equal(other, "254799000001");
  const declined = await daraja.collect({ amount: 1_00n, msisdn: other, accountReference: "Invoice 18" });
  assert(declined.outcome === "acknowledged");
  assert.equal((await daraja.waitForOutcome(declined.checkoutRequestId)).outcome, "refused");
});

test("the sandbox has Daraja's data, and the client's initiator pays out", async () => {
  await using listener = await startListener();
  const { daraja: info } = sandbox.info;
  assert.deepEqual([info.stkShortCode, info.shortCode, info.initiatorName], ["174379", "600996", "testapi"]);
  assert.equal(info.stkShortCodes["174379"], info.passkey);
  assert.match(info.certificate, /BEGIN CERTIFICATE/);
  assert(info.customers.includes("254708374149"));
  const { msisdn } = await sandbox.createCustomer(kenya);
  const payment = { amount: "20", msisdn, remarks: "Winnings" };
  const resultUrl = listener.callbackUrl;
  const result = await sandbox.createDarajaClient({ resultUrl }).payOut(payment);
  assert.equal(result.outcome, "acknowledged", JSON.stringify(result));
  assert.match(await listener.received(1), /"ResultCode":0,/);
});

test("an IPG v1 client of the sandbox collects, reverses a part, and an application of a test has its own key", async () => {
  const { msisdn } = await sandbox.createCustomer("vodacomMOZ", { msisdn: "258840000201", balance: "500" });
  const client = sandbox.createIpgV1Client();
  const paid = await client.collect({ amount: "10.50", msisdn, transactionReference: "T12344C" });
  assert(paid.outcome === "accepted", JSON.stringify(paid));
  for (const amount of ["4", undefined]) {
    const { transactionId } = paid;
    const reversed = await client.reverse(
      amount === undefined ? { transactionId } : { transactionId, amount },
    );
    assert.equal(reversed.outcome, "accepted", JSON.stringify(reversed));
  }
  assert.equal((await client.waitForOutcome(paid.reference)).outcome, "accepted");

  const application = await sandbox.createApplication({ name: "Maputo", products: { ipgV1C2b: {} } });
  assert.notEqual(application.ipgV1?.apiKey, sandbox.info.ipgV1.apiKey);
  const own = await application
    .createIpgV1Client()
    .collect({ amount: 1_00n, msisdn, transactionReference: "T12344C" });
  assert.equal(own.outcome, "accepted", JSON.stringify(own));
  assert.throws(() => application.createDarajaClient(), /has no product of Daraja/);
});

test("an application of a test has its own keys of Daraja", async () => {
  const application = await sandbox.createApplication({ name: "Kenyan", products: { darajaExpress: {} } });
  assert.notEqual(application.daraja?.consumerKey, sandbox.info.daraja.consumerKey);
  const client = application.createDarajaClient();
  assert.equal((await client.getToken()).outcome, "accepted");
  // It has no other product.
  const refused = await client.createQrCode({ merchantName: "Shop", amount: "10" });
  assert.equal(refused.outcome, "refused");
  const without = await sandbox.createApplication({ products: { c2bSingle: {} } });
  assert.equal(without.daraja, null);
  assert.throws(() => without.createDarajaClient(), /has no product of Daraja/);
});

test("faults: a lost callback, one that arrives twice, and an internal error", async () => {
  await using listener = await startListener();
  const { callbackUrl } = listener;
  const { msisdn } = await sandbox.createCustomer(kenya);
  const daraja = sandbox.createDarajaClient({ callbackUrl });
  const pay = async (accountReference: string): Promise<void> => {
    const push = await daraja.collect({ amount: "10", msisdn, accountReference });
    assert(push.outcome === "acknowledged", JSON.stringify(push));
    assert.equal((await daraja.waitForOutcome(push.checkoutRequestId)).outcome, "accepted");
  };
  assert.deepEqual(await sandbox.faults.set("lose", { market: kenya }), [{ kind: "lose", remaining: 1 }]);
  await pay("lost");
  await waitUntil(async () => (await sandbox.faults.list(kenya)).length === 0);
  await sandbox.faults.set("twice", { market: kenya });
  await pay("repeated");
  const second = await listener.received(2);
  assert.equal(second, await listener.received(1));
  assert.equal(listener.count(), 2, "the first payment's callback was lost");

  await sandbox.faults.set("internal_error", { market: kenya });
  const failed = await daraja.collect({ amount: "10", msisdn, accountReference: "failed" });
  assert(failed.outcome === "unknown" && failed.unknownReason === "platform_error", JSON.stringify(failed));
  await sandbox.faults.set("twice", { market: kenya, times: 5 });
  assert.deepEqual(await sandbox.faults.set("twice", { market: kenya, times: 0 }), []);
  await assert.rejects(sandbox.faults.set("internal_error"), /is a fault of: safaricomKEN/);
});

test("the clock advances, and restoring a snapshot restores balances and time", async () => {
  const { msisdn } = await sandbox.createCustomer();
  const before = await sandbox.snapshots.take("before");
  const paid = await sandbox.createClient().collect({ ...shoes, msisdn });
  assert.equal(paid.outcome, "accepted");
  const { from, to, events } = await sandbox.clock.advance("2d");
  assert.equal(Date.parse(to) - Date.parse(from), 2 * 86_400_000);
  assert(events.some(({ what }) => what === "day_began"));
  assert.equal((await sandbox.clock.freeze()).frozen, true);
  assert.equal((await sandbox.clock.run()).frozen, false);

  await sandbox.snapshots.restore("before");
  assert.equal((await sandbox.snapshots.list())[0]?.name, "before");
  assert(Date.parse((await sandbox.clock.read()).now) < Date.parse(before.now) + 86_400_000);
  const queried = await sandbox.createClient().queryTransaction({ query: paid.reference });
  assert.notEqual(queried.outcome, "accepted");
  await sandbox.snapshots.remove("before");
  await assert.rejects(sandbox.snapshots.restore("before"), SandboxError);
  await assert.rejects(sandbox.clock.advance("soon"), /90s/);
});

test("connectSandbox connects to a running sandbox", async () => {
  await using other = connectSandbox(sandbox.dataDir);
  const { msisdn } = await other.createCustomer();
  assert.equal((await other.createClient().collect({ ...shoes, msisdn })).outcome, "accepted");
  await other.stop();
  assert.equal(typeof (await sandbox.clock.read()).now, "string");
  assert.throws(() => connectSandbox(tmpdir()), /No server is running/);
});

test("sandboxes that start from the cache share no key and no data", async () => {
  await using first = await startSandbox({ command });
  await using second = await startSandbox({ command });
  const secrets = [first, second].map(({ info, dataDir }) => [
    info.apiKey,
    info.publicKey,
    ...["secret.key", "postgres.password"].map((file) => readFileSync(join(dataDir, file), "utf8")),
  ]);
  assert.equal(new Set(secrets.flat()).size, 8);
  const { msisdn } = await first.createCustomer("vodacomLES", { msisdn: "26659000002" });
  assert.equal((await second.createCustomer("vodacomLES", { msisdn })).msisdn, msisdn);
  assert.equal((await second.createClient("vodacomLES").collect({ ...shoes, msisdn })).outcome, "accepted");
});

test("a sandbox that does not start throws an error with the reason, and leaves nothing behind", async () => {
  const before = temporaryFolders();
  const start = startSandbox({ command, settings: { PORT: "http" } });
  await assert.rejects(start, (error: Error) => {
    assert(error instanceof SandboxError);
    assert.match(error.message, /did not start\. It exited with code 1\.\npesarail: PORT is "http"/);
    return true;
  });
  const foreign = startSandbox({ command, databaseUrl: database.url });
  await assert.rejects(foreign, /SECRET_KEY is not the key that sealed the secrets in this database/);
  await assert.rejects(startSandbox({ command: ["/nowhere/pesarail"] }), /did not start\. .*ENOENT/);
  await assert.rejects(
    startSandbox({ command: [process.execPath, "-e", "setInterval(() => {}, 1e6)"], startTimeoutMs: 300 }),
    /not ready after 0\.3 s/,
  );
  assert.deepEqual(temporaryFolders(), before);
});

test("after the server has ended, the next control request reports it", async () => {
  const own = await createTestDatabase();
  const mortal = await startSandbox({ command, databaseUrl: own.url, settings: sealed });
  process.kill(Number(readFileSync(join(mortal.dataDir, "server.pid"), "utf8")), "SIGKILL");
  // A request can fail before the exit of the child process is reported here, so requests go on until it is.
  const deadline = Date.now() + 20_000;
  let message = "";
  while (!message.includes("has ended") && Date.now() < deadline) {
    message = await mortal.clock.read().then(
      () => "",
      (reason: Error) => reason.message,
    );
    await sleep(5);
  }
  assert.match(message, /has ended\. It was killed by SIGKILL/);
  await mortal.stop();
  await mortal.stop();
  assert(!existsSync(mortal.dataDir));
  await own[Symbol.asyncDispose]();
});

test("if the test process is killed, server, PostgreSQL and folder are removed", async () => {
  const script = `
    import { startSandbox } from "./sdk/src/testing/index.ts";
    const { dataDir } = await startSandbox({ command: [process.execPath, "${serverProgram}"] });
    console.log(dataDir);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [printed] = (await once(child.stdout, "data")) as [Buffer];
  const dataDir = printed.toString().trim();
  assert(existsSync(join(dataDir, "sandbox.json")));
  const postgres = Number(
    (await import("node:fs"))
      .readFileSync(join(dataDir, "postgres/cluster/postmaster.pid"), "utf8")
      .split("\n")[0],
  );
  child.kill("SIGKILL");
  const deadline = Date.now() + 30_000;
  while (existsSync(dataDir) && Date.now() < deadline) await sleep(20);
  assert(!existsSync(dataDir), `${dataDir} still exists`);
  assert.throws(() => process.kill(postgres, 0), /ESRCH/);
});

/** A listener that acknowledges what it gets. */
async function startListener() {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      bodies.push(body);
      response.end("{}");
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    callbackUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    count: () => bodies.length,
    /** The body of the nth callback. */
    async received(nth: number): Promise<string> {
      await waitUntil(() => Promise.resolve(bodies.length >= nth));
      return bodies[nth - 1] ?? "";
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function waitUntil(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    assert(Date.now() < deadline, "the condition was not met within 20 s");
    await sleep(20);
  }
}

const temporaryFolders = (): string[] =>
  readdirSync(tmpdir())
    .filter((name) => name.startsWith("pesarail-sandbox-"))
    .sort();
