/**
 * `pesarail listen`: forwards callbacks to a laptop without a public address, whatever happens to the laptop, to the
 * listener there, and to the server.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { createStores, type Stores } from "../../src/store/databases.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { onOneDatabase, createTestDatabase } from "../support/cluster.ts";
import {
  acknowledge,
  respondWith,
  neverRespond,
  createTestListener,
  type Listener,
} from "../support/listener.ts";
import { startListenCommand, type ListenCommand } from "../support/pull-listener.ts";
import { collectPath, createDataFolder, paymentFields, startServer, type Server } from "../support/server.ts";
import { createReference } from "../support/sandbox.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let folder: ReturnType<typeof createDataFolder>;
let stores: Stores;
let server: Server;
let bearer: string;

before(async () => {
  database = await createTestDatabase();
  stores = createStores(onOneDatabase(database.address));
  folder = createDataFolder();
  server = await startServer(folder.path, database.url);
  bearer = await server.session();
});
after(async () => {
  await assertInvariantsHold(database.address);
  await server[Symbol.asyncDispose]();
  await stores.close();
  await database[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function startForwarding(
  target: Pick<Listener, "url">,
  ...args: readonly string[]
): Promise<ListenCommand> {
  const command = startListenCommand(folder.path, "--forward-to", target.url, ...args);
  await command.waitForLine(/^Press Ctrl-C to stop/);
  return command;
}

/** Collects a payment, and returns its ConversationID. */
async function collectPayment(change: object = {}): Promise<string> {
  const { status, body } = await server.call("POST", collectPath, paymentFields(server, change), bearer);
  assert.equal(status, 201, JSON.stringify(body));
  assert.equal(body["output_TransactionID"], undefined, "it is acknowledged, and its result comes later");
  return body["output_ConversationID"] ?? "";
}

const getDelivery = (conversationId: string) =>
  server.control("GET", `/markets/vodacomTZN/deliveries/${conversationId}`);
const railSql = () => stores.rails.get("sandbox_vodacomTZN")!.sql;
const listConversationIds = (listener: Listener): (string | undefined)[] =>
  listener.received.map(({ body }) => body["input_OriginalConversationID"]);

test("a callback arrives as if it were posted, is acknowledged, and is printed as a line", async () => {
  await using target = await createTestListener();
  await using command = await startForwarding(target);
  const conversationId = await collectPayment({ input_ThirdPartyConversationID: "basket17" });
  const [received] = await target.waitForCallbacks(1);
  assert(received !== undefined);
  const { transactionId } = await getDelivery(conversationId);
  const line = await command.waitForLine(/basket17/);
  assert.match(
    line,
    new RegExp(
      `^✔ \\d\\d:\\d\\d:\\d\\d  vodacomTZN   ${transactionId}  basket17  INS-0   /callback → 200  \\d+ ms$`,
    ),
  );
  const { secret } = await server.control("GET", "/applications/1/callback-secret");
  assert.deepEqual(new Webhook(secret).verify(received.text, received.headers), received.body);
  assert.equal(received.headers["pesarail-response-url"], undefined);
  const { state, url, attempts } = await getDelivery(conversationId);
  assert.deepEqual([state, url, attempts.length], ["delivered", "relay:", 1]);
  assert.deepEqual(await command.waitForExit("SIGINT"), { code: 0, signal: null });
  assert.match(command.notices.join("\n"), /New results are queued/);
  assert.match(command.notices.join("\n"), /keys secret 1/);
});

test("callbacks from before the command started arrive later, in order for each payment; so do resent ones", async () => {
  const paid = await collectPayment();
  const { transactionId, state } = await getDelivery(paid);
  assert.equal(state, "open");
  const fields = {
    input_Country: "TZN",
    input_ServiceProviderCode: "000000",
    input_TransactionID: transactionId,
    input_ThirdPartyConversationID: createReference(),
  };
  const reversed = (await server.call("PUT", "reversal/", fields, bearer)).body["output_ConversationID"];
  await using target = await createTestListener();
  await using command = await startForwarding(target, "--json");
  await target.waitForCallbacks(2);
  assert.deepEqual(listConversationIds(target), [paid, reversed]);
  assert(command.notices.includes("Queued results: 2."));

  await server.control("POST", `/markets/vodacomTZN/deliveries/${paid}/resend`);
  const received = await target.waitForCallbacks(3);
  assert.equal(received[2]?.headers["webhook-id"], received[0]?.headers["webhook-id"]);
  await command.waitForLines(3);
  const [first] = command.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const { at, tookMs, body, ...rest } = first ?? {};
  assert(typeof at === "string" && typeof tookMs === "number");
  assert.deepEqual(body, target.received[0]?.body);
  assert.deepEqual(rest, {
    market: "vodacomTZN",
    transactionId,
    conversationId: paid,
    reference: target.received[0]?.body["input_ThirdPartyConversationID"],
    code: "INS-0",
    attempt: 1,
    url: null,
    to: target.url,
    httpStatus: 200,
    outcome: "delivered",
    failure: null,
    flag: null,
    nextAt: null,
  });
});

test("a failed attempt is retried when it is due or when the command starts again", async () => {
  await using target = await createTestListener({ behaviour: respondWith(503) });
  const conversationId = await (async () => {
    await using command = await startForwarding(target);
    const failed = await collectPayment();
    assert.match(await command.waitForLine(/→ 503/), /^✖ .* next attempt in 1\d s$/);
    assert.equal((await getDelivery(failed)).attempts[0].failure, "It answered 503.");
    await server.control("POST", "/clock/advance", { seconds: 12 });
    assert.match(await command.waitForLine(/attempt 2/), /→ 503 .* next attempt in \d\d s  attempt 2$/);
    return failed;
  })();
  target.setBehaviour(respondWith(202));
  await using command = await startForwarding(target);
  assert.match(
    await command.waitForLine(/attempt 3/),
    /^! .* → 202 .* The response has no body\.  attempt 3$/,
  );
  const { state, attempts } = await getDelivery(conversationId);
  assert.equal(state, "delivered");
  assert.deepEqual(
    attempts.map(({ httpStatus }: { httpStatus: number }) => httpStatus),
    [503, 503, 202],
  );
});

test("if no program listens on the laptop, the line says so", async () => {
  await using command = await startForwarding({ url: "http://127.0.0.1:9/callback" }, "--once");
  await collectPayment();
  assert.match(
    await command.waitForLine(/no response/),
    /Connection refused: nothing listens at this address\. {2}next attempt in/,
  );
  assert.equal((await command.waitForExit()).code, 1);
  await using target = await createTestListener();
  await using again = await startForwarding(target, "--once");
  assert.equal((await again.waitForExit()).code, 0);
});

test("a command killed while it forwarded gets the callback again", async () => {
  await using target = await createTestListener({ behaviour: neverRespond });
  const killed = await startForwarding(target);
  const conversationId = await collectPayment();
  await target.waitForCallbacks(1);
  await killed.waitForExit("SIGKILL");
  target.setBehaviour(acknowledge);
  await using command = await startForwarding(target);
  // As if the rest of the lease had passed.
  await railSql()`update deliveries set lease_until = clock_timestamp()`;
  const [first, second] = await target.waitForCallbacks(2);
  assert.equal(first?.text, second?.text);
  await command.waitForLine(/→ 200/);
  const { state, attempts } = await getDelivery(conversationId);
  assert.deepEqual([state, attempts.length], ["delivered", 1], "the first attempt was not recorded");
});

test("a suspended command continues, with the callbacks that arrived meanwhile", async () => {
  await using target = await createTestListener();
  await using command = await startForwarding(target);
  command.sendSignal("SIGSTOP");
  const conversationId = await collectPayment();
  command.sendSignal("SIGCONT");
  await command.waitForLines(1);
  assert.deepEqual(listConversationIds(target), [conversationId]);
});

test("a server that was killed and restarts on another port is found again", async () => {
  await using target = await createTestListener();
  await using command = await startForwarding(target);
  await server.kill();
  await command.waitForLine(/Cannot reach the server/);
  server = await startServer(folder.path, database.url);
  await command.waitForLine(/Connected to the server again/);
  const conversationId = await collectPayment();
  await command.waitForLines(1);
  assert.deepEqual(listConversationIds(target), [conversationId]);
  assert.equal(command.notices.filter((line) => /reach the server|server again/.test(line)).length, 2);
});

test("a URL in a request is passed on, and not called", async () => {
  await using named = await createTestListener();
  await using target = await createTestListener();
  await using command = await startForwarding(target);
  await collectPayment({ input_ResponseURL: named.url });
  const [received] = await target.waitForCallbacks(1);
  assert.equal(received?.headers["pesarail-response-url"], named.url);
  await command.waitForLine(new RegExp(`instead of ${named.url}`));
  assert.equal(named.received.length, 0);
});

test("when pull delivery is ended, the listening command stops, and calls are synchronous as before", async () => {
  await using target = await createTestListener();
  await using command = await startForwarding(target);
  await using end = startListenCommand(folder.path, "--end");
  assert.deepEqual(await end.waitForExit(), { code: 0, signal: null });
  assert.match(
    end.lines.join("\n"),
    /are no longer queued for listen\. Its requests are answered as before\.$/,
  );
  assert.equal((await command.waitForExit()).code, 1);
  assert.match(command.notices.at(-1) ?? "", /listen was ended \(listen --end\)/);
  const { body } = await server.call("POST", collectPath, paymentFields(server), bearer);
  assert.notEqual(body["output_TransactionID"], undefined);
});

test("invalid input is refused in one line", async () => {
  const table: [string[], number, RegExp][] = [
    [[], 2, /--forward-to is required/],
    [["--forward-to", "localhost:3000/callback"], 2, /http or https URL/],
    [["--forward-to", "http://localhost:3000", "--at-once", "9"], 2, /from 1 to 8/],
    [["--forward-to", "http://localhost:3000", "--end"], 2, /Use either --end or --forward-to/],
    [
      ["--forward-to", "http://localhost:3000", "--application", "99"],
      1,
      /No sandbox application has this id/,
    ],
    [["--end", "--url", "http://127.0.0.1:9/control/v1", "--token", "x"], 1, /The server did not respond/],
  ];
  await Promise.all(
    table.map(async ([args, code, expected]) => {
      await using refused = startListenCommand(folder.path, ...args);
      assert.equal((await refused.waitForExit()).code, code, refused.notices.join("\n"));
      assert.match(refused.notices.join("\n"), expected);
    }),
  );
});
