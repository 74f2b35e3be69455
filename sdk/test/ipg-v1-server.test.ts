/** The IPG v1 client against the real server: money, outcomes, keys, callbacks; and its tables against the server's. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { codes as serverCodes } from "../../src/protocols/ipg-v1/codes.ts";
import { operations } from "../../src/protocols/ipg-v1/operations.ts";
import { listenerNames } from "../../src/protocols/ipg-v1/settings.ts";
import { callControl, control } from "../../test/support/control.ts";
import { getClientInfo, mozambique } from "../../test/support/ipg-v1.ts";
import { answerPrompt, waitFor, waitForPrompt } from "../../test/support/prompts.ts";
import { createTestSandbox, type TestSandbox } from "../../test/support/sandbox.ts";
import { registerOrganisations } from "../../src/organisations/register-organisations.ts";
import { railFor } from "../../src/core/rails.ts";
import { toNodeHandler, createReference, TransportError } from "../src/index.ts";
import { calls, type Call } from "../src/ipg-v1/calls.ts";
import { codes } from "../src/ipg-v1/codes.ts";
import { documentedPorts } from "../src/ipg-v1/settings.ts";
import { createListener, IpgV1, type CallbackEvent, type IpgV1Options } from "../src/ipg-v1/index.ts";
import { expectAccepted } from "./support/client.ts";

const payer = "258840000101";
const prompted = "258840000102";
const declining = "258840000103";
const provider = "171717";
const receiver = "979797";

let sandbox: TestSandbox;
let mpesa: IpgV1;

const createClient = (overrides: Partial<IpgV1Options> = {}): IpgV1 => {
  const { apiKey, publicKey } = getClientInfo(sandbox);
  return new IpgV1({
    environment: "sandbox",
    baseUrl: sandbox.url,
    apiKey,
    publicKey,
    serviceProviderCode: provider,
    ...overrides,
  });
};

before(async () => {
  sandbox = await createTestSandbox({ promptLifeMs: 60_000 });
  await registerOrganisations(sandbox.platform.payments(railFor("sandbox", mozambique)).context, [
    { shortcode: provider, name: "Loja" },
    { shortcode: receiver, name: "Armazem" },
  ]);
  await control(sandbox, "POST /markets/{market}/customers", {
    params: { market: mozambique },
    body: {
      customers: [
        { msisdn: payer, balance: "1000.00", answer: "approve", firstName: "John", lastName: "Smith" },
        { msisdn: prompted, balance: "1000.00", answer: "ask" },
        { msisdn: declining, balance: "1000.00", answer: "decline" },
      ],
    },
  });
  mpesa = createClient();
});
after(() => sandbox[Symbol.asyncDispose]());

const order = { amount: "10.50", transactionReference: "T12344C" } as const;
const getTill = (shortcode = provider): Promise<bigint> => sandbox.getAvailable(shortcode, mozambique);

test("a customer pays, is paid, and the organisation pays another; the status is known by every name", async () => {
  const before = await getTill();
  const receiverBefore = await getTill(receiver);
  const reference = createReference();
  const paid = expectAccepted(await mpesa.collect({ ...order, msisdn: "84 000 0101", reference }));
  assert.match(paid.transactionId, /^[0-9a-z]{12}$/);
  assert.equal(await getTill(), before + 10_50n);
  for (const query of [reference, paid.transactionId, paid.conversationId ?? ""]) {
    const status = expectAccepted(await mpesa.queryTransaction({ query }));
    assert.deepEqual([status.status, status.transactionId], ["Completed", paid.transactionId]);
    const outcome = expectAccepted(await mpesa.waitForOutcome(query));
    assert.deepEqual([outcome.reference, outcome.status], [query, "Completed"]);
  }
  const again = await mpesa.collect({ ...order, msisdn: payer, reference });
  assert(again.outcome === "unknown" && again.unknownReason === "duplicate", JSON.stringify(again));
  expectAccepted(await mpesa.payOut({ ...order, amount: 500n, msisdn: payer }));
  expectAccepted(await mpesa.transfer({ ...order, amount: "2", receiver }));
  assert.equal(await getTill(), before + 10_50n - 5_00n - 2_00n);
  assert.equal(await getTill(receiver), receiverBefore + 2_00n);
  const named = expectAccepted(await mpesa.queryCustomer({ msisdn: payer }));
  assert.match(named.customerName, /^J.*\*.* S.*\*/);
});

test("a declined payment is refused with its code, and so are an unknown customer and an unknown shortcode", async () => {
  for (const [overrides, code] of [
    [{ msisdn: declining }, "INS-5"],
    [{ msisdn: "258849999999" }, "INS-2051"],
    [{ msisdn: payer, serviceProviderCode: "123456" }, "INS-13"],
  ] as const) {
    const result = await mpesa.collect({ ...order, ...overrides });
    assert(result.outcome === "refused" && result.code === code, JSON.stringify(result));
    assert.notEqual(result.advice, "");
  }
});

test("if the caller hangs up while the customer decides, the query finds the outcome, and the money moved once", async () => {
  const before = await getTill();
  const reference = createReference();
  const impatient = createClient({ timeoutMs: 300 });
  const result = await impatient.collect({ ...order, msisdn: prompted, reference });
  assert(result.outcome === "unknown" && result.unknownReason === "timed_out", JSON.stringify(result));
  const open = await mpesa.waitForOutcome(reference, { timeoutMs: 0 });
  assert(open.outcome === "unknown" && open.unknownReason === "still_open", JSON.stringify(open));
  const prompt = await waitForPrompt(sandbox, prompted, mozambique);
  await answerPrompt(sandbox, prompt, "approve", mozambique);
  const outcome = await mpesa.waitForOutcome(reference);
  assert.equal(outcome.outcome, "accepted", JSON.stringify(outcome));
  assert.equal(await getTill(), before + 10_50n);
  const unknown = await mpesa.waitForOutcome("neverSent", { timeoutMs: 0 });
  assert(unknown.outcome === "unknown" && unknown.unknownReason === "not_found", JSON.stringify(unknown));
});

test("a renewed key is refused, and not as a failed payment", async () => {
  const made = (await callControl(sandbox, "POST", "/applications", { name: "Renewed" })).body;
  const client = createClient({ apiKey: made.ipgV1.apiKey });
  expectAccepted(await client.collect({ ...order, msisdn: payer }));
  await callControl(sandbox, "POST", `/applications/${made.id}/ipg-v1-key`, { overlapSeconds: 60 });
  expectAccepted(await client.collect({ ...order, msisdn: payer }));
  await callControl(sandbox, "POST", `/applications/${made.id}/ipg-v1-key`);
  const refused = await client.collect({ ...order, msisdn: payer });
  assert(refused.outcome === "refused" && refused.code === "INS-2", JSON.stringify(refused));
  assert.match(refused.reason, /^Authentication failed\. The platform's message: The API key was renewed/);
});

test("with a response URL, calls are acknowledged, and the listener gets each result once", async (t) => {
  const events: CallbackEvent[] = [];
  const server = createServer(toNodeHandler(createListener({ onEvent: (event) => void events.push(event) })));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const made = (
    await callControl(sandbox, "POST", "/applications", {
      name: "Asynchronous",
      ipgV1ResponseUrl: `http://127.0.0.1:${port}/`,
    })
  ).body;
  const client = createClient({ apiKey: made.ipgV1.apiKey });
  for (const [msisdn, outcome] of [
    [payer, "accepted"],
    [declining, "refused"],
  ] as const) {
    const result = await client.collect({ ...order, msisdn });
    assert(result.outcome === "unknown" && result.unknownReason === "acknowledged", JSON.stringify(result));
    const event = await waitFor("the callback", async () =>
      events.find(({ reference }) => reference === result.reference),
    );
    assert.equal(event.outcome, outcome, JSON.stringify(event.fields));
    assert.equal(event.conversationId, result.conversationId);
  }
  const attempts = await waitFor("two delivered callbacks", async () => {
    const path = `/markets/${mozambique}/deliveries?state=delivered&application=${made.id}`;
    const { deliveries } = (await callControl(sandbox, "GET", path)).body;
    return deliveries.length === 2 ? deliveries : undefined;
  });
  for (const { lastAttempt } of attempts)
    assert.equal(lastAttempt.flag, null, "the acknowledgement is complete");
  const waiting = await client.waitForOutcome("any", { timeoutMs: 0 });
  assert(waiting.outcome === "unknown" && waiting.unknownReason === "acknowledged", JSON.stringify(waiting));
});

test("a reversal needs the initiator, and returns a part or all that is left", async () => {
  const info = sandbox.platform.sandboxInfo["ipg-v1"] as {
    readonly initiatorIdentifier: string;
    readonly securityCredential: string;
  };
  const wrong = createClient({
    initiator: { identifier: info.initiatorIdentifier, securityCredential: "wrong" },
  });
  const { transactionId } = expectAccepted(await mpesa.collect({ ...order, msisdn: payer }));
  const refused = await wrong.reverse({ transactionId });
  assert(refused.outcome === "refused" && refused.code === "INS-2001", JSON.stringify(refused));
});

test("nothing that listens is a transport error that certainly did not arrive", async () => {
  const nowhere = createClient({ ports: { c2b: 9 } });
  await assert.rejects(
    nowhere.collect({ ...order, msisdn: payer }),
    (error) => error instanceof TransportError && !error.mayHaveArrived,
  );
});

const allCalls: readonly Call[] = Object.values(calls) as readonly Call[];

for (const { path, method, parameters, listener } of operations)
  test(`the client's call of ${path} has the method, the port and the fields of the server's table`, () => {
    const call = allCalls.find((each) => each.path.toLowerCase() === path.toLowerCase());
    assert(call !== undefined, `no call of the client has the path ${path}`);
    assert.deepEqual([call.method, call.port], [method, listener]);
    const initiator = call.needsInitiator ? ["input_InitiatorIdentifier", "input_SecurityCredential"] : [];
    const sent = [...Object.values(call.fields).map(({ wire }) => wire), ...initiator];
    assert.deepEqual(sent.toSorted(), Object.keys(parameters).toSorted());
    for (const { wire, mandatory } of Object.values(call.fields))
      assert.equal(parameters[wire]?.mandatory, mandatory, wire);
  });

test("every code of the server has a reason and advice, and the ports are the documented ones", () => {
  assert.deepEqual(Object.keys(codes).toSorted(), Object.keys(serverCodes).toSorted());
  assert.deepEqual(Object.keys(documentedPorts).toSorted(), [...listenerNames].toSorted());
});
