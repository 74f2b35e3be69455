/** Several servers on one database: a prompt that one server waits for is answered through another. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { createTestDatabase } from "../support/cluster.ts";
import { waitFor } from "../support/prompts.ts";
import { collectPath, createDataFolder, paymentFields, startServer, type Server } from "../support/server.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let folders: ReturnType<typeof createDataFolder>[];
let one: Server;
let two: Server;

before(async () => {
  database = await createTestDatabase();
  folders = [createDataFolder(), createDataFolder()];
  const [first, second] = await Promise.all(folders.map(({ path }) => startServer(path, database.url)));
  assert(first !== undefined && second !== undefined);
  [one, two] = [first, second];
});
after(async () => {
  await Promise.all([one, two].map((server) => server[Symbol.asyncDispose]()));
  await database[Symbol.asyncDispose]();
  for (const folder of folders) folder[Symbol.dispose]();
});

const handsetsPath = "/markets/vodacomTZN/handsets";

const getHandset = (which: number): { msisdn: string; pin: string } => {
  const handset = one.clientInfo.markets.vodacomTZN.handsets[which];
  assert(handset !== undefined);
  return handset;
};

test("a client waits on one server, the customer approves on the other, and the response comes within a second", async () => {
  const { msisdn, pin } = getHandset(0);
  const payment = one.call(
    "POST",
    collectPath,
    paymentFields(one, { input_CustomerMSISDN: msisdn }),
    await one.session(),
  );
  const answer = { says: "approve", pin, waitSeconds: 10 };
  const answered = await two.control("POST", `${handsetsPath}/${msisdn}/answer`, answer);
  const before = performance.now();
  const result = await payment;
  assert.equal(answered.outcome, "accepted");
  assert.equal(result.body["output_ResponseCode"], "INS-0");
  assert.equal(result.body["output_TransactionID"], answered.transactionId);
  assert(performance.now() - before < 1000);
});

test("wrong PINs are counted across all servers", async () => {
  const { msisdn } = getHandset(1);
  const payment = one.call(
    "POST",
    collectPath,
    paymentFields(one, { input_CustomerMSISDN: msisdn }),
    await one.session(),
  );
  const enterWrongPin = (server: Server) =>
    server.control("POST", `${handsetsPath}/${msisdn}/answer`, {
      says: "approve",
      pin: "0000",
      waitSeconds: 10,
    });
  const outcomes = [await enterWrongPin(one), await enterWrongPin(two), await enterWrongPin(one)];
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ["wrong_pin", "wrong_pin", "locked"],
  );
  assert.equal((await payment).body["output_ResponseCode"], "INS-6");
});

test("after the server that created a prompt is killed, another delivers the prompt and its messages", async () => {
  const { msisdn, pin } = getHandset(2);
  await two.control("PATCH", `${handsetsPath}/${msisdn}`, { answer: "no_signal" });
  const payment = one
    .call("POST", collectPath, paymentFields(one, { input_CustomerMSISDN: msisdn }), await one.session())
    .catch(() => "hung up");
  await waitFor("a prompt that waits", async () => {
    const { prompts } = await two.control("GET", `${handsetsPath}/${msisdn}`);
    return prompts[0]?.says === "Waiting for a signal." ? true : undefined;
  });
  await one.kill();
  assert.equal(await payment, "hung up");
  await two.control("PATCH", `${handsetsPath}/${msisdn}`, { answer: "ask" });
  const { outcome, transactionId } = await two.control("POST", `${handsetsPath}/${msisdn}/answer`, {
    says: "approve",
    pin,
    waitSeconds: 10,
  });
  assert.equal(outcome, "accepted");
  const receipt = await waitFor("the receipt", async () => {
    const { messages } = await two.control("GET", `${handsetsPath}/${msisdn}`);
    return messages.find((message: { state: string }) => message.state === "delivered");
  });
  assert.equal(receipt.transactionId, transactionId);
  await assertInvariantsHold(database.address);
});
