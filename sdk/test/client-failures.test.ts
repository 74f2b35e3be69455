/** Connection failures: no payment is made twice, doubtful outcomes are unknown, and waitForOutcome finds them out. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inspect } from "node:util";
import { waitFor } from "../../test/support/prompts.ts";
import type { Server } from "../../test/support/server.ts";
import { explainCode } from "../src/openapi-v2/codes.ts";
import {
  createReference,
  TransportError,
  type CollectRequest,
  type Result,
  type PaymentOutcome,
} from "../src/index.ts";
import {
  expectAccepted,
  toUrl,
  createClient,
  startTestServer,
  shoes,
  getTillBalance,
  getWalletBalance,
} from "./support/client.ts";
import { createUnreliableNetwork, type Fault } from "./support/unreliable-network.ts";

let fixture: Awaited<ReturnType<typeof startTestServer>>;
let amina: string;
before(async () => {
  fixture = await startTestServer();
  amina = fixture.server.clientInfo.markets.vodacomTZN.customers[0] ?? "";
});
after(() => fixture[Symbol.asyncDispose]());

const buildPayment = (change: Partial<CollectRequest> = {}): CollectRequest & { reference: string } =>
  ({
    ...shoes,
    amount: "10",
    msisdn: amina,
    reference: createReference(),
    ...change,
  }) as CollectRequest & { reference: string };

/** Returns the error that the call throws. */
async function expectTransportError(work: Promise<unknown>): Promise<TransportError> {
  const error = await work.then(
    (result) => assert.fail(`expected an error, got ${inspect(result)}`),
    (reason: unknown) => reason,
  );
  assert(error instanceof TransportError, inspect(error));
  assert.equal(error.outcome, "unknown");
  assert.doesNotMatch(
    inspect(error, { depth: 10 }),
    /Bearer [A-Za-z0-9]|[A-Za-z0-9+/]{100}/,
    "the error contains a key",
  );
  return error;
}

/** Registers a customer with a handset, so that a call waits until the test replies to the prompt. */
async function createPromptedCustomer(server: Server, msisdn: string): Promise<string> {
  const customers = [{ msisdn, balance: "100.00", answer: "ask" }];
  await server.control("POST", "/markets/vodacomTZN/customers", { customers });
  return msisdn;
}

const handset = (msisdn: string): string => `/markets/vodacomTZN/handsets/${msisdn}`;

const waitForPrompt = (server: Server, msisdn: string): Promise<true> =>
  waitFor(`a prompt for ${msisdn}`, async () => {
    const { prompts } = await server.control("GET", handset(msisdn));
    return prompts.length > 0 ? true : undefined;
  });

const approve = (server: Server, msisdn: string): Promise<unknown> =>
  server.control("POST", `${handset(msisdn)}/answer`, { says: "approve", pin: "1234" });

test("if the server is killed during calls, errors have the references, waitForOutcome finds the outcomes, and resending pays once", async () => {
  const msisdn = await createPromptedCustomer(fixture.server, "255750900011");
  const waiting = buildPayment({ msisdn });
  const payments = Array.from({ length: 60 }, () => buildPayment({ amount: "1" }));
  const before = await getTillBalance(fixture.server);
  const mpesa = createClient(fixture.server);
  const lost = expectTransportError(mpesa.collect(waiting));
  await waitForPrompt(fixture.server, msisdn);
  let answers = 0;
  const first = payments.map(async (payment) => {
    try {
      const { outcome } = await mpesa.collect(payment);
      answers += 1;
      return outcome;
    } catch (error) {
      assert(error instanceof TransportError && error.reference === payment.reference, inspect(error));
      return "lost";
    }
  });
  await waitFor("some answers", async () => (answers > 5 ? true : undefined));
  await fixture.server.kill();
  const outcomes = await Promise.all(first);
  const error = await lost;
  assert.deepEqual([error.reference, error.mayHaveArrived], [waiting.reference, true]);
  const never = buildPayment({ amount: "1" });
  const unsent = await expectTransportError(mpesa.collect(never));
  assert.deepEqual([unsent.reference, unsent.mayHaveArrived], [never.reference, false]);

  const server = await fixture.restart();
  const client = createClient(server);
  const open = await client.waitForOutcome(waiting.reference, { timeoutMs: 0 });
  assert(open.outcome === "unknown" && open.unknownReason === "still_open", inspect(open));
  const settling = client.waitForOutcome(waiting.reference);
  await approve(server, msisdn);
  assert.equal(expectAccepted(await settling).status, "Completed");
  assert.equal(outcomeName(await client.collect(waiting)), "duplicate");
  assert.equal(await getWalletBalance(server, msisdn), 90_00n);

  const unknown = await client.waitForOutcome(never.reference, { timeoutMs: 0 });
  assert(unknown.outcome === "unknown" && unknown.unknownReason === "not_found", inspect(unknown));
  assert.match(unknown.advice, /Send it again with the same reference: it pays once/);
  expectAccepted(await client.collect(never));
  for (const [index, payment] of payments.entries()) {
    const settled = outcomeName(await client.waitForOutcome(payment.reference, { timeoutMs: 0 }));
    if (outcomes[index] === "accepted") assert.equal(settled, "accepted");
    else assert(settled === "accepted" || settled === "not_found", settled);
    assert.equal(
      outcomeName(await client.collect(payment)),
      settled === "accepted" ? "duplicate" : "accepted",
    );
  }
  assert.equal(await getTillBalance(server), before + 10_00n + 61_00n);
});

/** `accepted`, `refused`, or the reason why it is unknown. */
const outcomeName = (result: Result<object> | PaymentOutcome): string =>
  result.outcome === "unknown" ? result.unknownReason : result.outcome;

test("a client timeout is unknown, never refused; waitForOutcome waits for the customer", async () => {
  const { server } = fixture;
  const msisdn = await createPromptedCustomer(server, "255750900012");
  const mpesa = createClient(server, { timeoutMs: 300 });
  const result = await mpesa.collect(buildPayment({ msisdn }));
  assert(result.outcome === "unknown" && result.unknownReason === "timed_out", inspect(result));
  assert.deepEqual([result.code, result.httpStatus, result.fields], [null, null, null]);
  assert.match(result.reason, /within 0\.3 s/);
  await waitForPrompt(server, msisdn);
  const settling = createClient(server).waitForOutcome(result.reference);
  await approve(server, msisdn);
  expectAccepted(await settling);
  assert.equal(await getWalletBalance(server, msisdn), 90_00n);
});

test("a lost response does not make the client send the payment again", async () => {
  const { server } = fixture;
  await using network = await createUnreliableNetwork(server);
  const mpesa = createClient(server, { baseUrl: network.url });
  const before = await getTillBalance(server);
  expectAccepted(await mpesa.collect(buildPayment()));
  assert.deepEqual(network.requests, [
    "GET /mpesa/sandbox/ipg/v2/vodacomTZN/getSession/",
    "POST /mpesa/sandbox/ipg/v2/vodacomTZN/c2bPayment/singleStage/",
  ]);

  network.setFault(async (request, _response, pass) => {
    await pass();
    request.socket.destroy();
  });
  const lost = buildPayment();
  const error = await expectTransportError(mpesa.collect(lost));
  assert.deepEqual([error.reference, error.mayHaveArrived, error.httpStatus], [lost.reference, true, null]);
  assert.equal(network.requests.length, 3);
  const unanswered = await mpesa.waitForOutcome(lost.reference, { timeoutMs: 700 });
  assert(
    unanswered.outcome === "unknown" && unanswered.unknownReason === "not_answered",
    inspect(unanswered),
  );
  assert.match(unanswered.reason, /after [2-9] queries.*The connection failed/);

  network.setFault(async (_request, response, pass) => {
    const { status, body } = await pass();
    response.writeHead(status).end(body);
  });
  expectAccepted(await mpesa.waitForOutcome(lost.reference));
  assert.equal(await getTillBalance(server), before + 20_00n);
});

test("a response that is not from M-Pesa throws an error with its status and its beginning", async () => {
  const { server } = fixture;
  await using network = await createUnreliableNetwork(server);
  const mpesa = createClient(server, { baseUrl: network.url });
  const before = await getTillBalance(server);
  const respondWith =
    (status: number, body: string, headers = {}): Fault =>
    (_request, response) =>
      void response.writeHead(status, headers).end(body);
  // prettier-ignore
  const table: [what: string, accident: Fault, status: number | null, message: RegExp, excerpt: RegExp | null][] = [
    ["a proxy's page",      respondWith(502, "<html><h1>Bad Gateway</h1>"), 502, /HTTP 502.*not a JSON object.*proxies/, /^<html><h1>Bad/],
    ["a forbidden page",    respondWith(403, "<!DOCTYPE html>"),            403, /HTTP 403/, /^<!DOCTYPE/],
    ["a page for 401",      respondWith(401, "<html>"),                     401, /HTTP 401/, /^<html>/],
    ["nothing at all",      respondWith(200, ""),                           200, /The body is empty/, /^$/],
    ["some other JSON",     respondWith(404, '{"error":"Not Found"}'),      404, /no output_ResponseCode/, /Not Found/],
    ["a list",              respondWith(200, "[]"),                         200, /not a JSON object/, /\[\]/],
    ["a redirect",          respondWith(302, "", { location: "http://127.0.0.1:1/" }), 302, /HTTP 302/, /^$/],
    ["an echo of the key",  (request, response) => void response.end(inspect(request.headers)), 200, /not a JSON/, /…/],
    ["far too much",        respondWith(200, `{"a":"${"x ".repeat(60_000)}"}`), 200, /body is too long/, /^\{"a":"x x/],
    ["a torn answer",       (request, response) => { response.writeHead(200, { "content-length": "100" }).write("{"); setTimeout(() => request.socket.destroy(), 50); }, null, /connection failed/, null],
    ["a closed connection", (request) => void request.socket.destroy(), null, /connection failed/, null],
  ];
  for (const [what, fault, status, message, excerpt] of table) {
    network.setFault(fault);
    const sent = network.requests.length;
    const unlucky = buildPayment();
    const error = await expectTransportError(mpesa.collect(unlucky));
    assert.match(error.message, message, what);
    assert.deepEqual([error.httpStatus, error.mayHaveArrived], [status, true], what);
    assert.equal(error.reference, unlucky.reference);
    if (excerpt === null) assert.equal(error.excerpt, null, what);
    else assert.match(error.excerpt ?? "nothing", excerpt, what);
    assert((error.excerpt ?? "").length <= 200, what);
    // The client sent the failed request only once. The first iteration also requested the session.
    assert.equal(
      network.requests.slice(sent).filter((payment) => payment.startsWith("POST")).length,
      1,
      what,
    );
  }
  assert.equal(await getTillBalance(server), before);
});

test("an undocumented code is unknown, and so is an error without a code", async () => {
  const { server } = fixture;
  await using network = await createUnreliableNetwork(server);
  const mpesa = createClient(server, { baseUrl: network.url });
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
    network.setFault((_request, response) => void response.writeHead(status).end(JSON.stringify(body)));
    const sent = network.requests.length;
    if (outcome === "thrown") {
      await expectTransportError(mpesa.collect(buildPayment()));
      continue;
    }
    const result = await mpesa.collect(buildPayment());
    assert.equal(network.requests.slice(sent).filter((payment) => payment.startsWith("POST")).length, 1);
    assert.deepEqual(
      [outcomeName(result), result.code, result.httpStatus],
      [outcome, code, status],
      inspect(result),
    );
    assert.match(result.reason, /^[A-Z].*\.$/);
  }
  assert.match(explainCode("INS-2005", "Rule limited.").reason, /undocumented code INS-2005: Rule limited\./);
});

test("a fetch that ignores signals still times out", async () => {
  const ignoresSignal: typeof fetch = (url, { signal: _signal, ...init } = {}) => fetch(url, init);
  const { server } = fixture;
  await using network = await createUnreliableNetwork(server);
  const mpesa = createClient(server, { baseUrl: network.url, timeoutMs: 200, fetch: ignoresSignal });
  for (const begins of ["", "{"]) {
    network.setFault((_request, response) =>
      begins === "" ? undefined : void response.writeHead(200).write(begins),
    );
    assert.equal(outcomeName(await mpesa.collect(buildPayment())), "timed_out");
  }
});

test("an error contains no customer's number, even if the runtime's error does", async () => {
  const { server } = fixture;
  // prettier-ignore
  const words: ((url: string) => Error)[] = [
    (url) => Object.assign(new Error("Was there a typo in the url or port?"), { code: "ConnectionRefused", path: url }), // Bun
    (url) => new TypeError(`error sending request for url (${url}): client error (Connect): tcp connect error: Connection refused`), // Deno
  ];
  for (const makeError of words) {
    const mpesa = createClient(server, {
      market: "vodafoneGHA",
      fetch: (url, init) =>
        toUrl(url).includes("/getSession/") ? fetch(url, init) : Promise.reject(makeError(toUrl(url))),
    });
    const error = await expectTransportError(mpesa.queryBeneficiary({ msisdn: "233200000001" }));
    assert.doesNotMatch(inspect(error, { depth: 10 }), /233200000001/);
    assert.equal(error.mayHaveArrived, false);
    assert(error.cause instanceof Error);
  }
});

test("a getSession response without a key, or with one that is too long, is an error", async () => {
  for (const key of [null, "", "k".repeat(4_000)]) {
    const body = JSON.stringify({ output_ResponseCode: "INS-0", output_SessionID: key });
    const mpesa = createClient(fixture.server, { fetch: () => Promise.resolve(new Response(body)) });
    const error = await expectTransportError(mpesa.collect(buildPayment()));
    assert.match(error.message, /no session key/);
    assert.deepEqual([error.mayHaveArrived, error.httpStatus], [false, 200]);
  }
});

test("waitForOutcome rejects with the signal's reason when the signal aborts", async () => {
  const { server } = fixture;
  const mpesa = createClient(server);
  const reserved = expectAccepted(await mpesa.reserve(buildPayment()));
  const stop = new AbortController();
  const settling = mpesa.waitForOutcome(reserved.reference, { signal: stop.signal });
  setTimeout(() => stop.abort(new Error("enough")), 100);
  await assert.rejects(settling, /enough/);
  await assert.rejects(mpesa.waitForOutcome(reserved.reference, { signal: stop.signal }), /enough/);

  await using network = await createUnreliableNetwork(server);
  network.setFault(() => {});
  const hung = new AbortController();
  const hanging = createClient(server, { baseUrl: network.url }).waitForOutcome(reserved.reference, {
    signal: hung.signal,
  });
  await waitFor("the status query", async () => (network.requests.length > 1 ? true : undefined));
  hung.abort(new Error("enough of it"));
  await assert.rejects(hanging, /enough of it/);
});

test("if the platform is unreachable, the client retries getSession a few times and sends no payment", async () => {
  const lost = buildPayment();
  const unknown = createClient(fixture.server, { baseUrl: "http://nowhere.invalid" });
  const nowhere = await expectTransportError(unknown.collect(lost));
  assert.deepEqual([nowhere.mayHaveArrived, nowhere.reference], [false, lost.reference]);
  assert.match(nowhere.message, /^The connection failed: .+\.$/);

  await using network = await createUnreliableNetwork({ gateway: "http://127.0.0.1:1" });
  const error = await expectTransportError(
    createClient(fixture.server, { baseUrl: network.url }).collect(buildPayment()),
  );
  assert.equal(error.mayHaveArrived, false);
  assert.equal(network.requests.length, 3);
});
