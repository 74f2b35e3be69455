/** Several servers on one database: a prompt that one is waiting for is answered through another. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertBooksHold } from "../town/books.ts";
import { testDatabase } from "../town/cluster.ts";
import { eventually } from "../town/prompts.ts";
import { collectPath, dataFolder, paymentFields, startServer, type Server } from "../town/server.ts";

let database: Awaited<ReturnType<typeof testDatabase>>;
let folders: ReturnType<typeof dataFolder>[];
let one: Server;
let two: Server;

before(async () => {
  database = await testDatabase();
  folders = [dataFolder(), dataFolder()];
  const [first, second] = await Promise.all(folders.map(({ path }) => startServer(path, database.url)));
  assert(first !== undefined && second !== undefined);
  [one, two] = [first, second];
});
after(async () => {
  await Promise.all([one, two].map((server) => server[Symbol.asyncDispose]()));
  await database[Symbol.asyncDispose]();
  for (const folder of folders) folder[Symbol.dispose]();
});

const handsets = "/markets/vodacomTZN/handsets";

const owner = (which: number): { msisdn: string; pin: string } => {
  const found = one.facts.markets.vodacomTZN.handsets[which];
  assert(found !== undefined);
  return found;
};

test("a caller waits on one server, the customer approves on the other, and is answered within the second", async () => {
  const { msisdn, pin } = owner(0);
  const calling = one.call(
    "POST",
    collectPath,
    paymentFields(one, { input_CustomerMSISDN: msisdn }),
    await one.session(),
  );
  const answer = { says: "approve", pin, waitSeconds: 10 };
  const answered = await two.control("POST", `${handsets}/${msisdn}/answer`, answer);
  const before = performance.now();
  const heard = await calling;
  assert.equal(answered.outcome, "accepted");
  assert.equal(heard.body["output_ResponseCode"], "INS-0");
  assert.equal(heard.body["output_TransactionID"], answered.transactionId);
  assert(performance.now() - before < 1000);
});

test("wrong PINs are counted by all servers together", async () => {
  const { msisdn } = owner(1);
  const calling = one.call(
    "POST",
    collectPath,
    paymentFields(one, { input_CustomerMSISDN: msisdn }),
    await one.session(),
  );
  const guess = (server: Server) =>
    server.control("POST", `${handsets}/${msisdn}/answer`, { says: "approve", pin: "0000", waitSeconds: 10 });
  const outcomes = [await guess(one), await guess(two), await guess(one)];
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ["wrong_pin", "wrong_pin", "locked"],
  );
  assert.equal((await calling).body["output_ResponseCode"], "INS-6");
});

test("the server that placed the prompt is killed, and another brings the prompt and its messages", async () => {
  const { msisdn, pin } = owner(2);
  await two.control("PATCH", `${handsets}/${msisdn}`, { answer: "no_signal" });
  const calling = one
    .call("POST", collectPath, paymentFields(one, { input_CustomerMSISDN: msisdn }), await one.session())
    .catch(() => "hung up");
  await eventually("a prompt that waits", async () => {
    const { prompts } = await two.control("GET", `${handsets}/${msisdn}`);
    return prompts[0]?.says === "It waits for a signal." ? true : undefined;
  });
  await one.kill();
  assert.equal(await calling, "hung up");
  await two.control("PATCH", `${handsets}/${msisdn}`, { answer: "ask" });
  const { outcome, transactionId } = await two.control("POST", `${handsets}/${msisdn}/answer`, {
    says: "approve",
    pin,
    waitSeconds: 10,
  });
  assert.equal(outcome, "accepted");
  const receipt = await eventually("the receipt", async () => {
    const { messages } = await two.control("GET", `${handsets}/${msisdn}`);
    return messages.find((message: { state: string }) => message.state === "delivered");
  });
  assert.equal(receipt.transactionId, transactionId);
  await assertBooksHold(database.address);
});
