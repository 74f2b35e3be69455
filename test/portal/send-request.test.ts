/** Requests by hand: only for the developer's own applications, and only what a protocol has. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { approvePrompt, getSeedHandset, waitForVisiblePrompt } from "../support/handsets.ts";
import { createTestSandbox, type TestSandbox } from "../support/sandbox.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- The tests compare the fields that they name.
  readonly body: any;
}

/** A call by a page of this server, which the local tools sign in. */
async function call(method: string, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`${sandbox.url}/portal/api${path}`, {
    method,
    headers: {
      "sec-fetch-site": "same-origin",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

const c2b = { protocol: "openapi-v2", call: "c2bSingle", market: "vodacomTZN" } as const;

async function readExample(): Promise<Record<string, string>> {
  const query = new URLSearchParams({ ...c2b, customer: "255750000001" });
  return (await call("GET", `/console/example?${query.toString()}`)).body.fields;
}

test("every call has an example that its checks accept", async () => {
  const { body } = await call("GET", "/console");
  let count = 0;
  for (const protocol of body.protocols)
    for (const { name, markets } of protocol.calls)
      for (const market of markets) {
        const target = { protocol: protocol.name, call: name, market };
        const query = new URLSearchParams({ ...target, customer: "255750000001" });
        const { fields } = (await call("GET", `/console/example?${query.toString()}`)).body;
        const { errors } = (await call("POST", "/console/check", { ...target, fields })).body;
        const wrong = errors.filter(({ field }: { field: string }) => !/MSISDN/i.test(field));
        assert.deepEqual(wrong, [], `${protocol.name} ${name} ${market}`);
        count += 1;
      }
  assert(count > 60, String(count));
});

test("a request goes through the gateway and is in the request log of its application", async () => {
  const fields = await readExample();
  const [{ id }] = (await call("GET", "/applications")).body.applications;
  const { status, body } = await call("POST", "/console/requests", { ...c2b, application: id, fields });
  assert.equal(status, 201);
  assert.equal(body.response.status, 201, body.response.body);
  assert.match(body.request.headers.authorization, /^Bearer [\w+/=]{600,}$/);
  assert.equal(body.payment, JSON.parse(body.response.body).output_ConversationID);
  const again = await call("POST", "/console/requests", { ...c2b, application: id, fields });
  assert.equal(again.body.response.status, 409, "the same reference is a duplicate at the gateway");
});

test("another developer's application, and one that does not exist, send nothing", async () => {
  const [developer] = await sandbox.stores.main<{ id: bigint }[]>`
    insert into developers (email, name) values ('other@example.com', 'Other') returning id`;
  const [other] = await sandbox.stores.main<{ id: bigint }[]>`
    insert into applications (developer_id, environment, name) values (${developer?.id ?? 0n}, 'sandbox', 'Theirs')
    returning id`;
  const fields = await readExample();
  for (const application of [String(other?.id), "999999"]) {
    const { status } = await call("POST", "/console/requests", { ...c2b, application, fields });
    assert.equal(status, 404);
  }
  const [count] = await sandbox.sql()<{ count: bigint }[]>`
    select count(*) from payments where reference = ${fields["input_ThirdPartyConversationID"] ?? ""}`;
  assert.equal(Number(count?.count), 0);
});

test("an unknown protocol, call or market is refused, and so is a protocol without sessions", async () => {
  for (const wrong of [
    { protocol: "ftp" },
    { protocol: "soap" },
    { call: "__proto__" },
    { call: "getEverything" },
    { market: "safaricomKEN" },
    { market: "nowhere" },
    { fields: [] },
  ]) {
    const { status } = await call("POST", "/console/check", { ...c2b, fields: {}, ...wrong });
    assert.equal(status, 400, JSON.stringify(wrong));
  }
});

test("hostile fields get the refusal of the gateway, and never an internal error", async () => {
  const [{ id }] = (await call("GET", "/applications")).body.applications;
  const example = await readExample();
  for (const value of ["\0", "\uD800", "9".repeat(5000), ["1"], { toString: "1" }, null, -1, "<script>"]) {
    for (const field of Object.keys(example)) {
      const fields = { ...example, [field]: value };
      const { status, body } = await call("POST", "/console/requests", { ...c2b, application: id, fields });
      assert.equal(status, 201, `${field}: ${JSON.stringify(value)?.slice(0, 40)}`);
      assert(body.response.status < 500, body.response.body);
    }
  }
  const polluted = JSON.parse('{"__proto__": {"isAdmin": true}, "constructor": "x"}') as object;
  const sent = await call("POST", "/console/requests", { ...c2b, application: id, fields: polluted });
  assert.equal(sent.status, 400);
});

test("a page that is closed while the customer is asked loses nothing: the reply pays once", async () => {
  const payer = getSeedHandset(sandbox);
  const [{ id }] = (await call("GET", "/applications")).body.applications;
  const fields: Record<string, string> = { ...(await readExample()), input_CustomerMSISDN: payer.msisdn };
  const closing = new AbortController();
  const sending = fetch(`${sandbox.url}/portal/api/console/requests`, {
    method: "POST",
    headers: { "sec-fetch-site": "same-origin", "content-type": "application/json" },
    body: JSON.stringify({ ...c2b, application: id, fields }),
    signal: closing.signal,
  });
  const balanceBefore = await sandbox.getAvailable(payer.msisdn);
  await waitForVisiblePrompt(sandbox, payer.msisdn);
  closing.abort();
  await assert.rejects(sending);
  await approvePrompt(sandbox, payer.msisdn, payer.pin);
  assert.equal(await sandbox.getAvailable(payer.msisdn), balanceBefore - 10_00n);
});
