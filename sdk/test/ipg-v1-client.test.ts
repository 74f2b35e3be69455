/** What the IPG v1 client sends to M-Pesa's gateway, and what it makes of every kind of answer. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { inspect } from "node:util";
import { IpgV1, type IpgV1Options, type PaymentOutcome, type Result } from "../src/ipg-v1/index.ts";
import { createReference, InvalidArgumentError, TransportError } from "../src/index.ts";
import {
  apiKey,
  buildSuccess,
  createStubClient,
  createStubGateway,
  decryptBearer,
  publicKeyText,
  type StubGateway,
  type StubRequest,
} from "./support/ipg-v1.ts";

let gateway: StubGateway;
let mpesa: IpgV1;
before(async () => {
  gateway = await createStubGateway();
  mpesa = createStubClient(gateway);
});
beforeEach(() => gateway.setAnswer(({ parameters }) => [201, buildSuccess(parameters)]));
after(() => gateway[Symbol.asyncDispose]());

const order = { amount: "10.50", msisdn: "84 333 0333", transactionReference: "T12344C" } as const;

const getLast = (): StubRequest => {
  const last = gateway.requests.at(-1);
  assert(last !== undefined);
  return last;
};

/** A result in short: `refused INS-6`, or `unknown timed_out`. */
const summarise = (result: Result<unknown> | PaymentOutcome): string =>
  result.outcome === "unknown"
    ? `unknown ${result.unknownReason} ${result.code}`
    : `${result.outcome} ${result.code}`;

test("every call goes to its own port, with the documented method, path and parameters", async () => {
  const reference = "11114";
  const common = { input_ThirdPartyReference: reference, input_ServiceProviderCode: "171717" };
  const payment = {
    ...common,
    input_Amount: "10.50",
    input_CustomerMSISDN: "258843330333",
    input_TransactionReference: "T12344C",
  };
  // prettier-ignore
  const table: [call: () => Promise<unknown>, listener: string, request: string, parameters: object][] = [
    [() => mpesa.collect({ ...order, reference }), "c2b", "POST /ipg/v1x/c2bPayment/singleStage/", payment],
    [() => mpesa.payOut({ ...order, reference }), "b2c", "POST /ipg/v1x/b2cPayment/", payment],
    [() => mpesa.transfer({ amount: 1050n, receiver: "979797", transactionReference: "T12344C", reference }), "b2b", "POST /ipg/v1x/b2bPayment/", {
      input_ThirdPartyReference: reference, input_PrimaryPartyCode: "171717", input_ReceiverPartyCode: "979797",
      input_Amount: "10.50", input_TransactionReference: "T12344C",
    }],
    [() => mpesa.reverse({ transactionId: "7m2swkzme9y9", amount: "1", reference }), "reversal", "PUT /ipg/v1x/reversal/", {
      ...common, input_TransactionID: "7m2swkzme9y9", input_ReversalAmount: "1",
      input_InitiatorIdentifier: "MPesa2018", input_SecurityCredential: "Mpesa2019",
    }],
    [() => mpesa.queryTransaction({ query: "7m2swkzme9y9", reference }), "queryTransactionStatus", "GET /ipg/v1x/queryTransactionStatus/",
      { ...common, input_QueryReference: "7m2swkzme9y9" }],
    [() => mpesa.queryCustomer({ msisdn: "+258 84 333 0333", reference }), "queryCustomerName", "GET /ipg/v1x/queryCustomerName/",
      { ...common, input_CustomerMSISDN: "258843330333" }],
  ];
  for (const [call, listener, request, parameters] of table) {
    await call();
    const last = getLast();
    assert.deepEqual([last.listener, `${last.method} ${last.path}`], [listener, request]);
    assert.deepEqual(last.parameters, parameters);
    assert.equal(decryptBearer(last.headers.authorization), apiKey);
    assert.equal(last.headers["origin"], "developer.mpesa.vm.co.mz");
    assert.equal(last.method === "GET" ? last.body : "", "", "the real gateway refuses a GET with a body");
  }
  assert.equal(new Set(gateway.requests.map(({ headers }) => headers.authorization)).size, 1);
});

test("without baseUrl the client calls the real M-Pesa, at the documented ports", async () => {
  for (const [environment, host] of [
    ["sandbox", "https://api.sandbox.vm.co.mz"],
    ["live", "https://api.vm.co.mz"],
  ] as const) {
    const urls: string[] = [];
    const fetch = ((url: string) => {
      urls.push(url.replace(/\?.*/, ""));
      return Promise.resolve(Response.json({ output_ResponseCode: "INS-0" }));
    }) as typeof globalThis.fetch;
    const client = new IpgV1({
      environment,
      apiKey,
      publicKey: publicKeyText,
      serviceProviderCode: "171717",
      initiator: { identifier: "a", securityCredential: "b" },
      fetch,
    });
    await client.collect(order);
    await client.payOut(order);
    await client.transfer({ amount: "1", receiver: "979797", transactionReference: "T" });
    await client.reverse({ transactionId: "7m2swkzme9y9" });
    await client.queryTransaction({ query: "11114" });
    await client.queryCustomer({ msisdn: order.msisdn });
    assert.deepEqual(urls, [
      `${host}:18352/ipg/v1x/c2bPayment/singleStage/`,
      `${host}:18345/ipg/v1x/b2cPayment/`,
      `${host}:18349/ipg/v1x/b2bPayment/`,
      `${host}:18354/ipg/v1x/reversal/`,
      `${host}:18353/ipg/v1x/queryTransactionStatus/`,
      `${host}:19323/ipg/v1x/queryCustomerName/`,
    ]);
  }
});

test("a baseUrl without ports serves every call, and a port that is off leads to it", async () => {
  const baseUrl = `http://127.0.0.1:${gateway.ports.c2b}/mpesa/`;
  const one = createStubClient(gateway, { baseUrl, ports: undefined });
  assert.equal(summarise(await one.payOut(order)), "accepted INS-0");
  assert.deepEqual([getLast().listener, getLast().path], ["c2b", "/mpesa/ipg/v1x/b2cPayment/"]);
  const some = createStubClient(gateway, { baseUrl, ports: { b2c: gateway.ports.b2c, b2b: null } });
  await some.payOut(order);
  assert.equal(getLast().listener, "b2c");
  await some.transfer({ amount: "1", receiver: "979797", transactionReference: "T" });
  assert.equal(getLast().listener, "c2b");
});

test("numbers are accepted in every form that people write, and others are refused", async () => {
  for (const msisdn of [
    "843330333",
    "258843330333",
    "+258 84 333 0333",
    "00258 84 333-0333",
    "084 333 0333",
  ]) {
    await mpesa.collect({ ...order, msisdn });
    assert.equal(getLast().parameters["input_CustomerMSISDN"], "258843330333", msisdn);
  }
  for (const msisdn of ["863330333", "258863330333", "+255750000001", "84333033", "8433303333", "", "abc"])
    await assert.rejects(mpesa.collect({ ...order, msisdn }), InvalidArgumentError, msisdn);
});

test("an invalid argument is refused before anything is sent", async () => {
  const sent = gateway.requests.length;
  const reverse = { transactionId: "7m2swkzme9y9" };
  // prettier-ignore
  const table: [call: () => unknown, field: string][] = [
    [() => mpesa.collect({ ...order, amount: 10 as never }), "amount"],
    [() => mpesa.collect({ ...order, amount: "10.505" }), "amount"],
    [() => mpesa.collect({ ...order, amount: "0" }), "amount"],
    [() => mpesa.collect({ ...order, transactionReference: "with space" }), "transactionReference"],
    [() => mpesa.collect({ ...order, transactionReference: "x".repeat(21) }), "transactionReference"],
    [() => mpesa.collect({ ...order, reference: "a b" }), "reference"],
    [() => mpesa.collect({ ...order, reference: "x".repeat(33) }), "reference"],
    [() => mpesa.collect({ ...order, serviceProviderCode: "17 17" }), "serviceProviderCode"],
    [() => mpesa.collect({ ...order, refrence: "1" } as never), "refrence"],
    [() => mpesa.collect({ amount: "1", msisdn: order.msisdn } as never), "transactionReference"],
    [() => mpesa.collect(null as never), "request"],
    [() => mpesa.reverse({ ...reverse, amount: "" }), "amount"],
    [() => mpesa.reverse({ ...reverse, amount: undefined as never }), "amount"],
    [() => createStubClient(gateway, { initiator: undefined }).reverse(reverse), "initiator"],
    [() => mpesa.queryTransaction({ query: "same", reference: "same" }), "reference"],
    [() => mpesa.queryTransaction({ query: "a space" }), "query"],
    [() => createStubClient(gateway, { serviceProviderCode: undefined }).collect(order), "serviceProviderCode"],
  ];
  for (const [call, field] of table)
    await assert.rejects(
      async () => call(),
      (error) => error instanceof InvalidArgumentError && error.field === field,
      field,
    );
  await assert.rejects(mpesa.waitForOutcome("a b"), InvalidArgumentError);
  await assert.rejects(mpesa.waitForOutcome("ab", { timeout: 1 } as never), InvalidArgumentError);
  assert.equal(gateway.requests.length, sent);
});

test("an invalid option is refused, and its message contains no key", () => {
  // prettier-ignore
  const table: [overrides: Partial<Record<keyof IpgV1Options, unknown>> & { baseURL?: string }, field: string][] = [
    [{ environment: "production" }, "environment"],
    [{ apiKey: "" }, "apiKey"],
    [{ publicKey: "not a key" }, "publicKey"],
    [{ baseUrl: "ftp://x" }, "baseUrl"],
    [{ baseUrl: "http://example.com/ipg/v1x" }, "baseUrl"],
    [{ baseUrl: "http://example.com", environment: "live" }, "baseUrl"],
    [{ ports: { c2b: 0 } }, "ports"],
    [{ ports: { c2b: 70_000 } }, "ports"],
    [{ ports: { c2c: 1 } }, "c2c"],
    [{ serviceProviderCode: "1" }, "serviceProviderCode"],
    [{ initiator: { identifier: "a" } }, "initiator"],
    [{ origin: "a b" }, "origin"],
    [{ timeoutMs: 0 }, "timeoutMs"],
    [{ baseURL: "http://127.0.0.1" }, "baseURL"],
  ];
  for (const [overrides, field] of table)
    assert.throws(
      () => createStubClient(gateway, overrides as Partial<IpgV1Options>),
      (error) =>
        error instanceof InvalidArgumentError && error.field === field && !inspect(error).includes(apiKey),
      JSON.stringify(overrides),
    );
});

test("every documented answer is accepted, refused or unknown, and a doubtful one is never refused", async () => {
  const id = { output_TransactionID: "7m2swkzme9y9" };
  // prettier-ignore
  const table: [status: number, body: object, expected: string][] = [
    [201, { output_ResponseCode: "INS-0", ...id }, "accepted INS-0"],
    [200, { output_ResponseCode: "INS-0", ...id }, "accepted INS-0"],
    [200, { output_ResponseCode: "INS-0" }, "unknown acknowledged INS-0"],
    [200, { output_ResponseCode: "INS-0", output_TransactionID: "N/A" }, "unknown acknowledged INS-0"],
    [500, { output_ResponseCode: "INS-0", ...id }, "unknown platform_error INS-0"],
    [401, { output_ResponseCode: "INS-4", output_TransactionID: "N/A" }, "refused INS-4"],
    [401, { output_ResponseCode: "INS-5", output_TransactionID: "N/A" }, "refused INS-5"],
    [401, { output_ResponseCode: "INS-6", output_TransactionID: "N/A" }, "refused INS-6"],
    [422, { output_ResponseCode: "INS-2006" }, "refused INS-2006"],
    [400, { output_ResponseCode: "INS-2051" }, "refused INS-2051"],
    [408, { output_ResponseCode: "INS-9" }, "unknown timed_out INS-9"],
    [409, { output_ResponseCode: "INS-10" }, "unknown duplicate INS-10"],
    // Where INS-2006 belongs, the gateway sometimes answers INS-1, or an empty code.
    [500, { output_ResponseCode: "INS-1" }, "unknown platform_error INS-1"],
    [500, { output_ResponseCode: "" }, "unknown platform_error null"],
    [503, { output_ResponseCode: "INS-16" }, "unknown platform_error INS-16"],
    [400, { output_ResponseCode: "INS-23" }, "unknown platform_error INS-23"],
    [408, { output_error: "Request timed out" }, "unknown platform_error null"],
    [400, { output_ResponseCode: "INS-7777" }, "unknown platform_error INS-7777"],
    [401, { output_error: "Origin header is missing" }, "refused INS-2"],
    [401, { output_ResponseCode: "INS-2", output_error: "The API key was revoked." }, "refused INS-2"],
    [400, { output_error: "Bad API Key" }, "refused INS-2"],
    [500, { output_error: "Internal error" }, "unknown platform_error null"],
  ];
  for (const [status, body, expected] of table) {
    gateway.setAnswer(() => [status, body]);
    const result = await mpesa.collect(order);
    assert.equal(summarise(result), expected, JSON.stringify(body));
    assert(result.reason !== "" && result.httpStatus === status);
    if (result.outcome === "refused") assert.notEqual(result.advice, "");
  }
  gateway.setAnswer(() => [401, { output_ResponseCode: "INS-2", output_error: "The API key was revoked." }]);
  const refused = await mpesa.collect(order);
  assert.match(refused.reason, /The platform's message: The API key was revoked\.$/);
});

test("a query's answer has either name for its code, and its failure is no doubt about money", async () => {
  gateway.setAnswer(() => [
    200,
    { output_ResultCode: "INS-0", output_ResultDesc: "ok", output_CustomerName: "Jo*n Sm**h" },
  ]);
  const named = await mpesa.queryCustomer({ msisdn: order.msisdn });
  assert(named.outcome === "accepted" && named.customerName === "Jo*n Sm**h", inspect(named));
  gateway.setAnswer(() => [400, { output_ResponseCode: "INS-26", output_CustomerName: "N/A" }]);
  assert.equal(summarise(await mpesa.queryCustomer({ msisdn: order.msisdn })), "refused INS-26");
  gateway.setAnswer(() => [500, { output_ResponseCode: "INS-1" }]);
  assert.equal(summarise(await mpesa.queryTransaction({ query: "x1" })), "refused INS-1");
  gateway.setAnswer(() => [200, { output_ResponseCode: "INS-0", output_ResponseTransactionStatus: "N/A" }]);
  const open = await mpesa.queryTransaction({ query: "x1" });
  assert(open.outcome === "accepted" && open.status === "N/A" && open.transactionId === "", inspect(open));
});

test("an answer that is not M-Pesa's is a transport error: a page, an empty object, or other JSON", async () => {
  for (const [status, body] of [
    [403, "<html>403 Forbidden</html>"],
    [200, {}],
    [200, []],
    [502, ""],
  ] as const) {
    gateway.setAnswer(() => [status, body]);
    await assert.rejects(
      mpesa.collect({ ...order, reference: "ref1" }),
      (error) =>
        error instanceof TransportError &&
        error.reference === "ref1" &&
        error.mayHaveArrived &&
        error.httpStatus === status,
    );
  }
});

/** Answers every query with the statuses in turn, and hangs up on every payment. */
function hangUpOnPayments(...statuses: readonly string[]): void {
  const remaining = [...statuses];
  gateway.setAnswer(({ method }, response) => {
    if (method === "GET") {
      const status = remaining.length > 1 ? remaining.shift() : remaining[0];
      const body = { output_ResponseCode: "INS-0", output_ResponseTransactionStatus: status };
      return [200, { ...body, output_TransactionID: "7m2swkzme9y9" }];
    }
    response.destroy();
    return null;
  });
}

test("after a hang-up the payment is not sent again, and a query finds its outcome", async () => {
  for (const [statuses, expected] of [
    [["Completed"], "accepted INS-0"],
    [["N/A", "Completed"], "accepted INS-0"],
    [["N/A", "Cancelled"], "refused null"],
    [["Expired"], "refused null"],
  ] as const) {
    hangUpOnPayments(...statuses);
    const sent = gateway.requests.length;
    const reference = createReference();
    const error = await mpesa.collect({ ...order, reference }).then(
      () => assert.fail("expected an error"),
      (reason: unknown) => reason,
    );
    assert(error instanceof TransportError && error.reference === reference && error.mayHaveArrived);
    assert.doesNotMatch(inspect(error, { depth: 9 }), /Bearer|[A-Za-z0-9+/]{100}|843330333/);
    const outcome = await mpesa.waitForOutcome(error.reference);
    assert.equal(summarise(outcome), expected, statuses.join());
    if (outcome.outcome !== "unknown") assert.equal(outcome.reference, reference);
    const requests = gateway.requests.slice(sent);
    assert.deepEqual(
      requests.map(({ method }) => method),
      ["POST", ...statuses.map(() => "GET")],
    );
    assert(requests.slice(1).every(({ parameters }) => parameters["input_QueryReference"] === reference));
    assert(
      requests.slice(1).every(({ parameters }) => parameters["input_ThirdPartyReference"] !== reference),
    );
  }
});

test("no answer within the timeout is unknown, and a query finds the outcome", async () => {
  const statuses = ["N/A", "Completed"];
  gateway.setAnswer(({ method }) =>
    method === "GET"
      ? [200, { output_ResponseCode: "INS-0", output_ResponseTransactionStatus: statuses.shift() }]
      : null,
  );
  const impatient = createStubClient(gateway, { timeoutMs: 100 });
  const result = await impatient.payOut(order);
  assert.equal(summarise(result), "unknown timed_out null");
  assert.equal(summarise(await mpesa.waitForOutcome(result.reference)), "accepted INS-0");
});

test("waitForOutcome says why it does not know: open, not found, not answered, or sent to the listener", async () => {
  const wait = async (status: number, body: object): Promise<string> => {
    gateway.setAnswer(() => [status, body]);
    return summarise(await mpesa.waitForOutcome("11114", { timeoutMs: 0 }));
  };
  const open = { output_ResponseCode: "INS-0", output_ResponseTransactionStatus: "N/A" };
  assert.equal(await wait(200, open), "unknown still_open INS-0");
  assert.equal(await wait(400, { output_ResponseCode: "INS-23" }), "unknown not_found INS-23");
  assert.equal(await wait(500, { output_ResponseCode: "INS-1" }), "unknown not_answered INS-1");
  assert.equal(await wait(200, { output_ResponseCode: "INS-0" }), "unknown acknowledged INS-0");
  const sent = gateway.requests.length;
  gateway.setAnswer(() => [400, { output_ResponseCode: "INS-13" }]);
  assert.equal(summarise(await mpesa.waitForOutcome("11114")), "unknown not_answered INS-13");
  assert.equal(gateway.requests.length, sent + 1, "a wrong shortcode stays wrong");
  const controller = new AbortController();
  controller.abort(new Error("stopped"));
  await assert.rejects(mpesa.waitForOutcome("11114", { signal: controller.signal }), /stopped/);
});

test("waitForOutcome asks again after a passing failure of its query", async () => {
  const table: [status: number, code: string][] = [
    [500, "INS-1"],
    [401, "INS-6"],
    [408, "INS-9"],
    [503, "INS-16"],
  ];
  for (const [status, code] of table) {
    const answers: [number, object][] = [
      [status, { output_ResponseCode: code }],
      [200, { output_ResponseCode: "INS-0", output_ResponseTransactionStatus: "Completed" }],
    ];
    gateway.setAnswer(() => answers.shift() ?? null);
    assert.equal(summarise(await mpesa.waitForOutcome("11114")), "accepted INS-0", code);
    assert.deepEqual(answers, [], code);
  }
});
