/** What can go wrong on the way: nothing is paid twice, nothing in doubt is called a failure, and settle tells the truth. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inspect } from "node:util";
import { eventually } from "../../test/town/prompts.ts";
import type { Server } from "../../test/town/server.ts";
import { explain } from "../src/explain.ts";
import {
  newReference,
  TransportError,
  type CollectRequest,
  type Result,
  type Settled,
} from "../src/index.ts";
import { accepted, addressOf, clientOf, openServer, shoes, till, wallet } from "./town/client.ts";
import { openRoad, type Accident } from "./town/road.ts";

let place: Awaited<ReturnType<typeof openServer>>;
let amina: string;
before(async () => {
  place = await openServer();
  amina = place.server.facts.markets.vodacomTZN.customers[0] ?? "";
});
after(() => place[Symbol.asyncDispose]());

const payment = (change: Partial<CollectRequest> = {}): CollectRequest & { reference: string } =>
  ({
    ...shoes,
    amount: "10",
    msisdn: amina,
    reference: newReference(),
    ...change,
  }) as CollectRequest & { reference: string };

/** The error that it ends with. */
async function failure(work: Promise<unknown>): Promise<TransportError> {
  const error = await work.then(
    (result) => assert.fail(`it came to ${inspect(result)}`),
    (reason: unknown) => reason,
  );
  assert(error instanceof TransportError, inspect(error));
  assert.equal(error.outcome, "unknown");
  assert.doesNotMatch(
    inspect(error, { depth: 10 }),
    /Bearer [A-Za-z0-9]|[A-Za-z0-9+/]{100}/,
    "an error shows a key",
  );
  return error;
}

/** A customer who is asked on a handset, so that a call lasts until the test answers there. */
async function asked(server: Server, msisdn: string): Promise<string> {
  const customers = [{ msisdn, balance: "100.00", answer: "ask" }];
  await server.control("POST", "/markets/vodacomTZN/customers", { customers });
  return msisdn;
}

const handset = (msisdn: string): string => `/markets/vodacomTZN/handsets/${msisdn}`;

const untilAsked = (server: Server, msisdn: string): Promise<true> =>
  eventually(`a prompt for ${msisdn}`, async () => {
    const { prompts } = await server.control("GET", handset(msisdn));
    return prompts.length > 0 ? true : undefined;
  });

const approve = (server: Server, msisdn: string): Promise<unknown> =>
  server.control("POST", `${handset(msisdn)}/answer`, { says: "approve", pin: "1234" });

test("a server that is killed in mid-call: errors have the references, settle tells the truth, a re-send pays once", async () => {
  const msisdn = await asked(place.server, "255750900011");
  const waiting = payment({ msisdn });
  const many = Array.from({ length: 60 }, () => payment({ amount: "1" }));
  const before = await till(place.server);
  const mpesa = clientOf(place.server);
  const lost = failure(mpesa.collect(waiting));
  await untilAsked(place.server, msisdn);
  let answers = 0;
  const first = many.map(async (each) => {
    try {
      const { outcome } = await mpesa.collect(each);
      answers += 1;
      return outcome;
    } catch (error) {
      assert(error instanceof TransportError && error.reference === each.reference, inspect(error));
      return "lost";
    }
  });
  await eventually("some answers", async () => (answers > 5 ? true : undefined));
  await place.server.kill();
  const outcomes = await Promise.all(first);
  const error = await lost;
  assert.deepEqual([error.reference, error.mayHaveArrived], [waiting.reference, true]);
  const never = payment({ amount: "1" });
  const unsent = await failure(mpesa.collect(never));
  assert.deepEqual([unsent.reference, unsent.mayHaveArrived], [never.reference, false]);

  const server = await place.restart();
  const anew = clientOf(server);
  const open = await anew.settle(waiting.reference, { patienceMs: 0 });
  assert(open.outcome === "unknown" && open.why === "still_open", inspect(open));
  const settling = anew.settle(waiting.reference);
  await approve(server, msisdn);
  assert.equal(accepted(await settling).status, "Completed");
  assert.equal(nameOf(await anew.collect(waiting)), "duplicate");
  assert.equal(await wallet(server, msisdn), 90_00n);

  const unknown = await anew.settle(never.reference, { patienceMs: 0 });
  assert(unknown.outcome === "unknown" && unknown.why === "not_found", inspect(unknown));
  assert.match(unknown.advice, /Send it again with the same reference: it pays once/);
  accepted(await anew.collect(never));
  for (const [index, each] of many.entries()) {
    const settled = nameOf(await anew.settle(each.reference, { patienceMs: 0 }));
    if (outcomes[index] === "accepted") assert.equal(settled, "accepted");
    else assert(settled === "accepted" || settled === "not_found", settled);
    assert.equal(nameOf(await anew.collect(each)), settled === "accepted" ? "duplicate" : "accepted");
  }
  assert.equal(await till(server), before + 10_00n + 61_00n);
});

/** `accepted`, `refused`, or why nobody knows. */
const nameOf = (result: Result<object> | Settled): string =>
  result.outcome === "unknown" ? result.why : result.outcome;

test("our own timeout is unknown, never failed; settle waits for the customer", async () => {
  const { server } = place;
  const msisdn = await asked(server, "255750900012");
  const mpesa = clientOf(server, { timeoutMs: 300 });
  const result = await mpesa.collect(payment({ msisdn }));
  assert(result.outcome === "unknown" && result.why === "timed_out", inspect(result));
  assert.deepEqual([result.code, result.httpStatus, result.fields], [null, null, null]);
  assert.match(result.reason, /within 0\.3 s/);
  await untilAsked(server, msisdn);
  const settling = clientOf(server).settle(result.reference);
  await approve(server, msisdn);
  accepted(await settling);
  assert.equal(await wallet(server, msisdn), 90_00n);
});

test("an answer that gets lost is not asked for by paying again", async () => {
  const { server } = place;
  await using road = await openRoad(server);
  const mpesa = clientOf(server, { baseUrl: road.url });
  const before = await till(server);
  accepted(await mpesa.collect(payment()));
  assert.deepEqual(road.seen, [
    "GET /mpesa/sandbox/ipg/v2/vodacomTZN/getSession/",
    "POST /mpesa/sandbox/ipg/v2/vodacomTZN/c2bPayment/singleStage/",
  ]);

  road.meet(async (request, _response, pass) => {
    await pass();
    request.socket.destroy();
  });
  const lost = payment();
  const error = await failure(mpesa.collect(lost));
  assert.deepEqual([error.reference, error.mayHaveArrived, error.httpStatus], [lost.reference, true, null]);
  assert.equal(road.seen.length, 3);
  const unheard = await mpesa.settle(lost.reference, { patienceMs: 700 });
  assert(unheard.outcome === "unknown" && unheard.why === "not_answered", inspect(unheard));
  assert.match(unheard.reason, /asked [2-9] times.*The connection failed/);

  road.meet(async (_request, response, pass) => {
    const { status, body } = await pass();
    response.writeHead(status).end(body);
  });
  accepted(await mpesa.settle(lost.reference));
  assert.equal(await till(server), before + 20_00n);
});

test("what is no answer of M-Pesa's is said to be none, with its status and how it begins", async () => {
  const { server } = place;
  await using road = await openRoad(server);
  const mpesa = clientOf(server, { baseUrl: road.url });
  const before = await till(server);
  const says =
    (status: number, body: string, headers = {}): Accident =>
    (_request, response) =>
      void response.writeHead(status, headers).end(body);
  // prettier-ignore
  const table: [what: string, accident: Accident, status: number | null, says: RegExp, excerpt: RegExp | null][] = [
    ["a proxy's page",      says(502, "<html><h1>Bad Gateway</h1>"), 502, /HTTP 502.*no JSON object.*proxies/, /^<html><h1>Bad/],
    ["a forbidden page",    says(403, "<!DOCTYPE html>"),            403, /HTTP 403/, /^<!DOCTYPE/],
    ["a page for 401",      says(401, "<html>"),                     401, /HTTP 401/, /^<html>/],
    ["nothing at all",      says(200, ""),                           200, /It is empty/, /^$/],
    ["some other JSON",     says(404, '{"error":"Not Found"}'),      404, /no output_ResponseCode/, /Not Found/],
    ["a list",              says(200, "[]"),                         200, /no JSON object/, /\[\]/],
    ["a redirect",          says(302, "", { location: "http://127.0.0.1:1/" }), 302, /HTTP 302/, /^$/],
    ["an echo of the key",  (request, response) => void response.end(inspect(request.headers)), 200, /no JSON/, /…/],
    ["far too much",        says(200, `{"a":"${"x ".repeat(60_000)}"}`), 200, /far longer/, /^\{"a":"x x/],
    ["a torn answer",       (request, response) => { response.writeHead(200, { "content-length": "100" }).write("{"); setTimeout(() => request.socket.destroy(), 50); }, null, /connection failed/, null],
    ["a closed connection", (request) => void request.socket.destroy(), null, /connection failed/, null],
  ];
  for (const [what, accident, status, message, excerpt] of table) {
    road.meet(accident);
    const sent = road.seen.length;
    const unlucky = payment();
    const error = await failure(mpesa.collect(unlucky));
    assert.match(error.message, message, what);
    assert.deepEqual([error.httpStatus, error.mayHaveArrived], [status, true], what);
    assert.equal(error.reference, unlucky.reference);
    if (excerpt === null) assert.equal(error.excerpt, null, what);
    else assert.match(error.excerpt ?? "nothing", excerpt, what);
    assert((error.excerpt ?? "").length <= 200, what);
    // What the client sent in vain was sent once; its session was bought with the first of them.
    assert.equal(road.seen.slice(sent).filter((each) => each.startsWith("POST")).length, 1, what);
  }
  assert.equal(await till(server), before);
});

test("a code that nobody documents leaves it unknown, and so does a failure without one", async () => {
  const { server } = place;
  await using road = await openRoad(server);
  const mpesa = clientOf(server, { baseUrl: road.url });
  // prettier-ignore
  const table: [status: number, body: object, outcome: string, code: string | null][] = [
    [400, { output_ResponseCode: "INS-2005", output_ResponseDesc: "Rule limited." }, "platform_error", "INS-2005"],
    [500, { output_error: "Internal error" },                    "platform_error", null],
    [503, { output_ResponseCode: "INS-16" },                     "platform_error", "INS-16"],
    [500, { output_ResponseCode: "INS-0", output_TransactionID: "x" }, "platform_error", "INS-0"],
    [401, { output_ResponseCode: "INS-5" },                      "platform_error", "INS-5"],
    [408, { output_ResponseCode: "INS-9" },                      "timed_out",      "INS-9"],
    [200, { output_ResponseCode: "INS-A-0", output_ConversationID: "c" }, "acknowledged", "INS-A-0"],
    [400, { output_ResponseCode: "toString" },                   "platform_error", "toString"],
    [422, { output_ResponseCode: "INS-2006" },                   "refused",        "INS-2006"],
    [401, { output_ResponseCode: "", output_ResponseDesc: "?" }, "platform_error", null],
    [302, { output_ResponseCode: "INS-0", output_TransactionID: "x" }, "platform_error", "INS-0"],
    [200, { output_ResponseCode: "INS-A-0", output_TransactionID: "x" }, "acknowledged", "INS-A-0"],
    [200, { output_ResponseCode: "INS-0", output_TransactionID: null }, "acknowledged", "INS-0"],
    [200, { output_ResponseCode: "INS-0", output_TransactionID: "N/A" }, "acknowledged", "INS-0"],
    [200, { output_ResponseCode: null, output_error: null, x: "" }, "thrown", null],
    [201, { output_ResponseCode: "INS-0", output_TransactionID: 7 }, "accepted",   "INS-0"],
  ];
  for (const [status, body, outcome, code] of table) {
    road.meet((_request, response) => void response.writeHead(status).end(JSON.stringify(body)));
    const sent = road.seen.length;
    if (outcome === "thrown") {
      await failure(mpesa.collect(payment()));
      continue;
    }
    const result = await mpesa.collect(payment());
    assert.equal(road.seen.slice(sent).filter((each) => each.startsWith("POST")).length, 1);
    assert.deepEqual(
      [nameOf(result), result.code, result.httpStatus],
      [outcome, code, status],
      inspect(result),
    );
    assert.match(result.reason, /^[A-Z].*\.$/);
  }
  assert.match(explain("INS-2005", "Rule limited.").reason, /INS-2005.*nobody documents: Rule limited\./);
});

test("a fetch that does not listen to signals ends in time all the same", async () => {
  const deaf: typeof fetch = (url, { signal: _unheard, ...init } = {}) => fetch(url, init);
  const { server } = place;
  await using road = await openRoad(server);
  const mpesa = clientOf(server, { baseUrl: road.url, timeoutMs: 200, fetch: deaf });
  for (const begins of ["", "{"]) {
    road.meet((_request, response) =>
      begins === "" ? undefined : void response.writeHead(200).write(begins),
    );
    assert.equal(nameOf(await mpesa.collect(payment())), "timed_out");
  }
});

test("an error has no customer's number in it, whatever the runtime writes into its own", async () => {
  const { server } = place;
  // prettier-ignore
  const words: ((url: string) => Error)[] = [
    (url) => Object.assign(new Error("Was there a typo in the url or port?"), { code: "ConnectionRefused", path: url }), // Bun
    (url) => new TypeError(`error sending request for url (${url}): client error (Connect): tcp connect error: Connection refused`), // Deno
  ];
  for (const say of words) {
    const mpesa = clientOf(server, {
      market: "vodafoneGHA",
      fetch: (url, init) =>
        addressOf(url).includes("/getSession/") ? fetch(url, init) : Promise.reject(say(addressOf(url))),
    });
    const error = await failure(mpesa.queryBeneficiary({ msisdn: "233200000001" }));
    assert.doesNotMatch(inspect(error, { depth: 10 }), /233200000001/);
    assert.equal(error.mayHaveArrived, false);
    assert(error.cause instanceof Error);
  }
});

test("a getSession that is answered with no key, or an endless one, is no session", async () => {
  for (const key of [null, "", "k".repeat(4_000)]) {
    const body = JSON.stringify({ output_ResponseCode: "INS-0", output_SessionID: key });
    const mpesa = clientOf(place.server, { fetch: () => Promise.resolve(new Response(body)) });
    const error = await failure(mpesa.collect(payment()));
    assert.match(error.message, /without a session key/);
    assert.deepEqual([error.mayHaveArrived, error.httpStatus], [false, 200]);
  }
});

test("settle ends when its signal says so, with the signal's reason", async () => {
  const { server } = place;
  const mpesa = clientOf(server);
  const reserved = accepted(await mpesa.reserve(payment()));
  const stop = new AbortController();
  const settling = mpesa.settle(reserved.reference, { signal: stop.signal });
  setTimeout(() => stop.abort(new Error("enough")), 100);
  await assert.rejects(settling, /enough/);
  await assert.rejects(mpesa.settle(reserved.reference, { signal: stop.signal }), /enough/);

  await using road = await openRoad(server);
  road.meet(() => {});
  const hung = new AbortController();
  const hanging = clientOf(server, { baseUrl: road.url }).settle(reserved.reference, { signal: hung.signal });
  await eventually("the question", async () => (road.seen.length > 1 ? true : undefined));
  hung.abort(new Error("enough of it"));
  await assert.rejects(hanging, /enough of it/);
});

test("a platform that is not there is tried for a session a few times, and nothing was paid", async () => {
  const lost = payment();
  const unknown = clientOf(place.server, { baseUrl: "http://nowhere.invalid" });
  const nowhere = await failure(unknown.collect(lost));
  assert.deepEqual([nowhere.mayHaveArrived, nowhere.reference], [false, lost.reference]);
  assert.match(nowhere.message, /^The connection failed: .+\.$/);

  await using road = await openRoad({ gateway: "http://127.0.0.1:1" });
  const error = await failure(clientOf(place.server, { baseUrl: road.url }).collect(payment()));
  assert.equal(error.mayHaveArrived, false);
  assert.equal(road.seen.length, 3);
});
