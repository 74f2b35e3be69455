/**
 * `pesarail listen`: callbacks come to a laptop that nobody can post to, whatever happens to the laptop, to
 * what listens there, and to the server.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { openStores, type Stores } from "../../src/store/stores.ts";
import { assertBooksHold } from "../town/books.ts";
import { onOneDatabase, testDatabase } from "../town/cluster.ts";
import { acknowledge, answerWith, hang, openListener, type Listener } from "../town/listener.ts";
import { startListening, type Listening } from "../town/listening.ts";
import { collectPath, dataFolder, paymentFields, startServer, type Server } from "../town/server.ts";
import { reference } from "../town/town.ts";

let database: Awaited<ReturnType<typeof testDatabase>>;
let folder: ReturnType<typeof dataFolder>;
let stores: Stores;
let server: Server;
let bearer: string;

before(async () => {
  database = await testDatabase();
  stores = openStores(onOneDatabase(database.address));
  folder = dataFolder();
  server = await startServer(folder.path, database.url);
  bearer = await server.session();
});
after(async () => {
  await assertBooksHold(database.address);
  await server[Symbol.asyncDispose]();
  await stores.close();
  await database[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function listenTo(target: Pick<Listener, "url">, ...args: readonly string[]): Promise<Listening> {
  const listening = startListening(folder.path, "--forward-to", target.url, ...args);
  await listening.until(/^Ctrl-C stops it/);
  return listening;
}

/** Collects a payment, and returns its ConversationID. */
async function collects(change: object = {}): Promise<string> {
  const { status, body } = await server.call("POST", collectPath, paymentFields(server, change), bearer);
  assert.equal(status, 201, JSON.stringify(body));
  assert.equal(body["output_TransactionID"], undefined, "it is acknowledged, and its result comes later");
  return body["output_ConversationID"] ?? "";
}

const deliveryOf = (name: string) => server.control("GET", `/markets/vodacomTZN/deliveries/${name}`);
const rail = () => stores.rails.get("sandbox_vodacomTZN")!.sql;
const told = (listener: Listener): (string | undefined)[] =>
  listener.heard.map(({ body }) => body["input_OriginalConversationID"]);

test("a callback arrives as it would be posted, is acknowledged, and has its line", async () => {
  await using target = await openListener();
  await using listening = await listenTo(target);
  const name = await collects({ input_ThirdPartyConversationID: "basket17" });
  const [heard] = await target.untilHeard(1);
  assert(heard !== undefined);
  const { transactionId } = await deliveryOf(name);
  const line = await listening.until(/basket17/);
  assert.match(
    line,
    new RegExp(
      `^✔ \\d\\d:\\d\\d:\\d\\d  vodacomTZN   ${transactionId}  basket17  INS-0   /told → 200  \\d+ ms$`,
    ),
  );
  const { secret } = await server.control("GET", "/applications/1/callback-secret");
  assert.deepEqual(new Webhook(secret).verify(heard.text, heard.headers), heard.body);
  assert.equal(heard.headers["pesarail-response-url"], undefined);
  const { state, url, attempts } = await deliveryOf(name);
  assert.deepEqual([state, url, attempts.length], ["told", "relay:", 1]);
  assert.deepEqual(await listening.ended("SIGINT"), { code: 0, signal: null });
  assert.match(listening.notices.join("\n"), /Results wait from now on/);
  assert.match(listening.notices.join("\n"), /keys secret 1/);
});

test("what happened while nobody listened comes afterwards, in order for each payment; so does what is sent again", async () => {
  const paid = await collects();
  const { transactionId, state } = await deliveryOf(paid);
  assert.equal(state, "open");
  const fields = {
    input_Country: "TZN",
    input_ServiceProviderCode: "000000",
    input_TransactionID: transactionId,
    input_ThirdPartyConversationID: reference(),
  };
  const reversed = (await server.call("PUT", "reversal/", fields, bearer)).body["output_ConversationID"];
  await using target = await openListener();
  await using listening = await listenTo(target, "--json");
  await target.untilHeard(2);
  assert.deepEqual(told(target), [paid, reversed]);
  assert(listening.notices.includes("2 waited."));

  await server.control("POST", `/markets/vodacomTZN/deliveries/${paid}/resend`);
  const heard = await target.untilHeard(3);
  assert.equal(heard[2]?.headers["webhook-id"], heard[0]?.headers["webhook-id"]);
  await listening.untilLines(3);
  const [first] = listening.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const { at, tookMs, body, ...rest } = first ?? {};
  assert(typeof at === "string" && typeof tookMs === "number");
  assert.deepEqual(body, target.heard[0]?.body);
  assert.deepEqual(rest, {
    market: "vodacomTZN",
    transactionId,
    conversationId: paid,
    reference: target.heard[0]?.body["input_ThirdPartyConversationID"],
    code: "INS-0",
    attempt: 1,
    url: null,
    to: target.url,
    httpStatus: 200,
    outcome: "told",
    failure: null,
    flag: null,
    nextAt: null,
  });
});

test("what is not acknowledged is an attempt, and comes again when its time has come or somebody listens anew", async () => {
  await using target = await openListener({ behaviour: answerWith(503) });
  const name = await (async () => {
    await using listening = await listenTo(target);
    const failed = await collects();
    assert.match(await listening.until(/→ 503/), /^✖ .* again in 1\d s$/);
    assert.equal((await deliveryOf(failed)).attempts[0].failure, "It answered 503.");
    await server.control("POST", "/clock/advance", { seconds: 12 });
    assert.match(await listening.until(/attempt 2/), /→ 503 .* again in \d\d s  attempt 2$/);
    return failed;
  })();
  target.behave(answerWith(202));
  await using listening = await listenTo(target);
  assert.match(await listening.until(/attempt 3/), /^! .* → 202 .* The answer has no body\.  attempt 3$/);
  const { state, attempts } = await deliveryOf(name);
  assert.equal(state, "told");
  assert.deepEqual(
    attempts.map(({ httpStatus }: { httpStatus: number }) => httpStatus),
    [503, 503, 202],
  );
});

test("where nobody listens on the laptop, the line says so", async () => {
  await using listening = await listenTo({ url: "http://127.0.0.1:9/told" }, "--once");
  await collects();
  assert.match(
    await listening.until(/no answer/),
    /Nobody listens there \(connection refused\)\. {2}again in/,
  );
  assert.equal((await listening.ended()).code, 1);
  await using target = await openListener();
  await using again = await listenTo(target, "--once");
  assert.equal((await again.ended()).code, 0);
});

test("a command that was killed while it forwarded gets it once more", async () => {
  await using target = await openListener({ behaviour: hang });
  const killed = await listenTo(target);
  const name = await collects();
  await target.untilHeard(1);
  await killed.ended("SIGKILL");
  target.behave(acknowledge);
  await using listening = await listenTo(target);
  // As if the rest of the lease had passed.
  await rail()`update deliveries set lease_until = clock_timestamp()`;
  const [first, second] = await target.untilHeard(2);
  assert.equal(first?.text, second?.text);
  await listening.until(/→ 200/);
  const { state, attempts } = await deliveryOf(name);
  assert.deepEqual([state, attempts.length], ["told", 1], "nobody knows of the first");
});

test("a command that slept goes on, with what came meanwhile", async () => {
  await using target = await openListener();
  await using listening = await listenTo(target);
  listening.signal("SIGSTOP");
  const name = await collects();
  listening.signal("SIGCONT");
  await listening.untilLines(1);
  assert.deepEqual(told(target), [name]);
});

test("a server that was killed and comes back, on another port, is found again", async () => {
  await using target = await openListener();
  await using listening = await listenTo(target);
  await server.kill();
  await listening.until(/The server is gone/);
  server = await startServer(folder.path, database.url);
  await listening.until(/The server is back/);
  const name = await collects();
  await listening.untilLines(1);
  assert.deepEqual(told(target), [name]);
  assert.equal(listening.notices.filter((line) => line.includes("The server is")).length, 2);
});

test("a URL that a request names is passed on, and not called", async () => {
  await using named = await openListener();
  await using target = await openListener();
  await using listening = await listenTo(target);
  await collects({ input_ResponseURL: named.url });
  const [heard] = await target.untilHeard(1);
  assert.equal(heard?.headers["pesarail-response-url"], named.url);
  await listening.until(new RegExp(`instead of ${named.url}`));
  assert.equal(named.heard.length, 0);
});

test("when it is ended, whoever listens hears of it, and calls are answered as before", async () => {
  await using target = await openListener();
  await using listening = await listenTo(target);
  await using end = startListening(folder.path, "--end");
  assert.deepEqual(await end.ended(), { code: 0, signal: null });
  assert.match(end.lines.join("\n"), /are not collected any more: its calls are answered as before\.$/);
  assert.equal((await listening.ended()).code, 1);
  assert.match(listening.notices.at(-1) ?? "", /Somebody ended it \(listen --end\)/);
  const { body } = await server.call("POST", collectPath, paymentFields(server), bearer);
  assert.notEqual(body["output_TransactionID"], undefined);
});

test("what cannot be is refused in one line", async () => {
  const table: [string[], number, RegExp][] = [
    [[], 2, /--forward-to says where/],
    [["--forward-to", "localhost:3000/callback"], 2, /http or https URL/],
    [["--forward-to", "http://localhost:3000", "--at-once", "9"], 2, /from 1 to 8/],
    [["--forward-to", "http://localhost:3000", "--end"], 2, /do not go together/],
    [["--forward-to", "http://localhost:3000", "--application", "99"], 1, /has no such application/],
    [["--end", "--url", "http://127.0.0.1:9/control/v1", "--token", "x"], 1, /No server answers/],
  ];
  await Promise.all(
    table.map(async ([args, code, says]) => {
      await using ran = startListening(folder.path, ...args);
      assert.equal((await ran.ended()).code, code, ran.notices.join("\n"));
      assert.match(ran.notices.join("\n"), says);
    }),
  );
});
