/** Every call of IPG v1 as it is documented: its fields, its response, and the code for each thing that is wrong with it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { codes } from "../../../src/protocols/ipg-v1/codes.ts";
import { namedScenarios } from "../../../src/protocols/ipg-v1/named-scenarios.ts";
import { findOperation, operations } from "../../../src/protocols/ipg-v1/operations.ts";
import type { IpgV1Product } from "../../../src/protocols/ipg-v1/products.ts";
import { portSettings } from "../../../src/protocols/ipg-v1/settings.ts";
import { control } from "../../support/control.ts";
import {
  bearer,
  buildFields,
  call,
  collect,
  createApplication,
  getStatus,
  getTransactionId,
  mozambique,
  pathTo,
  readLastRequest,
  summarise,
} from "../../support/ipg-v1.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
import { documented, statuses } from "./documented.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

const products = Object.keys(documented) as IpgV1Product[];

/** Fields with which a call succeeds although it names a payment: the trigger of a success is not a payment. */
async function buildValidFields(product: IpgV1Product): Promise<Record<string, string>> {
  if (product === "ipgV1Reversal")
    return buildFields(product, { input_TransactionID: getTransactionId(await collect(sandbox)) });
  return buildFields(product);
}

const send = (product: IpgV1Product, fields: object) =>
  sandbox.raw(documented[product].method, documented[product].path, {
    bearer: bearer(sandbox),
    fields,
  });

test("the tables have the documented paths, methods, fields, ports and statuses", () => {
  assert.deepEqual(operations.map(({ product }) => product).toSorted(), products.toSorted());
  for (const product of products) {
    const operation = findOperation(product);
    const expected = documented[product];
    assert.equal(pathTo(operation), expected.path);
    assert.equal(operation.method, expected.method);
    assert.equal(portSettings[operation.listener], expected.port);
    assert.equal(operation.success.status, expected.status);
    assert.deepEqual(Object.keys(operation.parameters).toSorted(), Object.keys(expected.fields).toSorted());
  }
  const { "INS-0": _success, ...failures } = codes;
  assert.deepEqual(
    Object.fromEntries(Object.entries(failures).map(([code, { status }]) => [code, status])),
    statuses,
  );
});

for (const product of products) {
  const { status, response, fields: documentedFields } = documented[product];

  test(`${product} succeeds with the documented response`, async () => {
    const fields = await buildValidFields(product);
    const reply = await send(product, fields);
    assert.equal(summarise(reply), `${status} INS-0`, JSON.stringify(reply.body));
    assert.deepEqual(Object.keys(reply.body).toSorted(), response.toSorted());
    assert.equal(reply.body["output_ThirdPartyReference"], fields["input_ThirdPartyReference"]);
    assert.match(reply.body["output_ConversationID"] ?? "", /^[0-9a-f]{32}$/);
    assert.equal(reply.body["output_ResponseDesc"], "Request processed successfully");
  });

  test(`${product} without a mandatory field is INS-20, and the log names the field`, async () => {
    for (const [name, { mandatory }] of Object.entries(documentedFields)) {
      if (!mandatory) continue;
      for (const missing of [undefined, ""]) {
        const { [name]: _removed, ...others } = await buildValidFields(product);
        const reply = await send(product, missing === undefined ? others : { ...others, [name]: missing });
        assert.equal(summarise(reply), "400 INS-20", name);
        assert.deepEqual(Object.keys(reply.body).toSorted(), response.toSorted());
        const { decision } = await readLastRequest(sandbox);
        assert.match(decision, new RegExp(`^${name} is missing\\.`));
      }
    }
  });

  test(`${product} with an invalid field has the field's own code`, async () => {
    for (const [name, { code, invalid }] of Object.entries(documentedFields)) {
      for (const value of invalid) {
        const valid = await buildValidFields(product);
        const reply = await send(product, { ...valid, [name]: value });
        const expected = value.includes(" ") && name.endsWith("Reference") ? "INS-1" : code;
        assert.equal(summarise(reply), `${statuses[expected]} ${expected}`, `${name} ${value}`);
        assert.equal(reply.body["output_TransactionID"], "N/A");
        assert(!("output_error" in reply.body));
      }
    }
  });

  if (documented[product].method !== "GET")
    test(`${product} with a field of another type is refused, and a number is read as its text`, async () => {
      const [mandatory] = Object.entries(documentedFields).filter(([, each]) => each.mandatory);
      assert(mandatory !== undefined);
      for (const [name, { code, mandatory: isMandatory }] of Object.entries(documentedFields)) {
        const valid = await buildValidFields(product);
        for (const value of [{ a: 1 }, ["a"]]) {
          const reply = await send(product, { ...valid, [name]: value });
          assert.equal(summarise(reply), `${statuses[code]} ${code}`, name);
        }
        if (!isMandatory) continue;
        assert.equal(summarise(await send(product, { ...valid, [name]: null })), "400 INS-20", name);
      }
      if (!("input_Amount" in documentedFields)) return;
      const reply = await send(product, { ...(await buildValidFields(product)), input_Amount: 12.5 });
      assert.equal(summarise(reply), "201 INS-0");
    });

  test(`${product}: a trigger selects each of its outcomes`, async () => {
    for (const { name, call: operation, field, value, expected } of namedScenarios) {
      if (operation.name !== product) continue;
      const reply = await send(product, buildFields(product, { [field]: value }));
      assert.equal(summarise(reply), `${expected.status} ${expected.code}`, name);
    }
  });
}

test("every documented code is reached by some call", async () => {
  const reached = new Set<string>(namedScenarios.map(({ expected }) => expected.code));
  for (const { fields } of Object.values(documented))
    for (const { code } of Object.values(fields)) reached.add(code);
  // Tests of their own: a key that is not valid, a reference that was used, a field that is missing, a body that is no JSON.
  for (const code of ["INS-2", "INS-10", "INS-20", "INS-21"]) reached.add(code);
  assert.deepEqual(
    Object.keys(statuses).filter((code) => !reached.has(code)),
    [],
  );
});

test("a body that is no JSON object, or has a name twice, is INS-21", async () => {
  const fields = buildFields("ipgV1C2b");
  const json = JSON.stringify(fields);
  for (const body of ["{", "[]", "null", "text", json.replace("{", '{"input_Amount":"10",'), "a=b&c=d"]) {
    const reply = await sandbox.raw("POST", documented.ipgV1C2b.path, { bearer: bearer(sandbox), body });
    assert.equal(summarise(reply), "400 INS-21", body);
  }
  assert.equal(summarise(await send("ipgV1C2b", fields)), "201 INS-0");
});

test("a payment with its fields in the query string is refused", async () => {
  const query = new URLSearchParams(buildFields("ipgV1C2b")).toString();
  const reply = await sandbox.raw("POST", `${documented.ipgV1C2b.path}?${query}`, {
    bearer: bearer(sandbox),
  });
  assert.equal(summarise(reply), "400 INS-20");
});

test("a reference pays once for each call of an application", async () => {
  const input_ThirdPartyReference = "once1";
  assert.equal(summarise(await collect(sandbox, { input_ThirdPartyReference })), "201 INS-0");
  assert.equal(summarise(await collect(sandbox, { input_ThirdPartyReference })), "409 INS-10");
  assert.equal(
    summarise(await collect(sandbox, { input_ThirdPartyReference, input_Amount: "11" })),
    "409 INS-10",
  );
  assert.equal(summarise(await call(sandbox, "ipgV1B2c", { input_ThirdPartyReference })), "201 INS-0");
  const other = await createApplication(sandbox);
  assert.equal(
    summarise(await collect(sandbox, { input_ThirdPartyReference }, { bearer: other.bearer })),
    "201 INS-0",
  );
  const twice = buildFields("ipgV1QueryTransactionStatus", { input_QueryReference: "once1" });
  for (let times = 0; times < 2; times += 1)
    assert.equal(summarise(await send("ipgV1QueryTransactionStatus", twice)), "200 INS-0");
});

test("the money of each call moves", async () => {
  const customer = "258840000001";
  const read = async () => ({
    customer: await sandbox.getAvailable(customer, mozambique),
    provider: await sandbox.getAvailable("171717", mozambique),
    receiver: await sandbox.getAvailable("979797", mozambique),
  });
  const before = await read();
  const payment = await collect(sandbox, { input_CustomerMSISDN: customer, input_Amount: "100.50" });
  const collected = await read();
  assert.equal(collected.customer, before.customer - 100_50n);
  assert(collected.provider > before.provider);

  await call(sandbox, "ipgV1B2c", { input_CustomerMSISDN: "840000001", input_Amount: "20" });
  const paid = await read();
  assert.equal(paid.customer, collected.customer + 20_00n);

  await call(sandbox, "ipgV1B2b", { input_Amount: "5" });
  const transferred = await read();
  assert.equal(transferred.receiver, paid.receiver + 5_00n);

  const reversal = { input_TransactionID: getTransactionId(payment), input_ReversalAmount: "40.50" };
  assert.equal(summarise(await call(sandbox, "ipgV1Reversal", reversal)), "201 INS-0");
  assert.equal((await read()).customer, transferred.customer + 40_50n);
  const rest = { input_TransactionID: getTransactionId(payment) };
  assert.equal(summarise(await call(sandbox, "ipgV1Reversal", rest)), "201 INS-0");
  assert.equal((await read()).customer, transferred.customer + 100_50n);
  assert.equal(summarise(await call(sandbox, "ipgV1Reversal", rest)), "401 INS-6");
});

test("limits of the application are INS-2005, and other organisations than its own are INS-13", async () => {
  const limited = await createApplication(sandbox, {
    products: { ipgV1C2b: { limits: { singleValue: "50.00", sessionDailyCount: 1 } } },
  });
  const options = { bearer: limited.bearer };
  assert.equal(summarise(await collect(sandbox, { input_Amount: "50.01" }, options)), "400 INS-2005");
  assert.equal(summarise(await collect(sandbox, { input_Amount: "50" }, options)), "201 INS-0");
  assert.equal(summarise(await collect(sandbox, { input_Amount: "1" }, options)), "400 INS-2005");
  assert.equal(summarise(await call(sandbox, "ipgV1B2c", {}, options)), "400 INS-26");
  const own = { bearer: (await createApplication(sandbox, { shortcodes: ["171717"] })).bearer };
  const foreign = { input_ServiceProviderCode: "979797" };
  assert.equal(summarise(await collect(sandbox, foreign, own)), "400 INS-13");
});

test("a query finds a payment by each of its names, and says how it ended", async () => {
  const payment = await collect(sandbox, { input_ThirdPartyReference: "named1" });
  const { output_ConversationID: conversationId = "" } = payment.body;
  for (const name of [getTransactionId(payment), conversationId, "named1"])
    assert.equal(await getStatus(sandbox, name), "200 INS-0 Completed");
  assert.equal(await getStatus(sandbox, getTransactionId(payment).toUpperCase()), "200 INS-0 Completed");
  assert.equal(await getStatus(sandbox, "nosuchreference"), "400 INS-23 N/A");
  assert.equal(await getStatus(sandbox, "named1", { input_ServiceProviderCode: "979797" }), "400 INS-23 N/A");
  await collect(sandbox, { input_ThirdPartyReference: "refused1", input_CustomerMSISDN: "258850000006" });
  assert.equal(await getStatus(sandbox, "refused1"), "200 INS-0 Cancelled");
});

test("the request log has the call with its names, and neither secrets nor complete MSISDNs", async () => {
  const transactionId = getTransactionId(await collect(sandbox));
  await call(sandbox, "ipgV1Reversal", {
    input_TransactionID: transactionId,
    input_ThirdPartyReference: "logged1",
    input_Amount: "1",
  });
  const row = await readLastRequest(sandbox);
  assert.deepEqual(
    [row.protocol, row.call, row.code, row.organisation, row.reference],
    ["ipg-v1", "ipgV1Reversal", "INS-0", "171717", "logged1"],
  );
  const text = JSON.stringify(row);
  assert(!text.includes("Mpesa2019") && !/bearer [A-Za-z0-9+/]{20}/i.test(text), text);
  await collect(sandbox, { input_CustomerMSISDN: "840000002", input_Unknown: "secret value" });
  const collected = JSON.stringify(await readLastRequest(sandbox));
  assert(!collected.includes("840000002") && !collected.includes("secret value"), collected);
  const { requests } = await control(sandbox, "GET /markets/{market}/requests", {
    params: { market: mozambique },
    query: { msisdn: "258840000002" },
  });
  assert.equal(requests[0]?.call, "ipgV1C2b");
});

test("paths match in any case, with or without slashes; others get 404 and 405 in the protocol's form", async () => {
  for (const path of ["/ipg/v1x/C2BPAYMENT/singlestage", "/ipg/v1x//c2bPayment//singleStage//"]) {
    const reply = await sandbox.raw("POST", path, {
      bearer: bearer(sandbox),
      fields: buildFields("ipgV1C2b"),
    });
    assert.equal(summarise(reply), "201 INS-0", path);
  }
  const unknown = await sandbox.raw("POST", "/ipg/v1x/c2bPayment/", { bearer: bearer(sandbox), fields: {} });
  assert.equal(summarise(unknown), "404 INS-22");
  assert.match(unknown.body["output_ResponseDesc"] ?? "", /^Invalid Operation Type\. No call of IPG v1/);
  const wrong = await sandbox.raw("POST", documented.ipgV1Reversal.path, {
    bearer: bearer(sandbox),
    fields: {},
  });
  assert.equal(summarise(wrong), "405 INS-22");
  assert.equal(wrong.headers.get("allow"), "PUT");
});

test("/control/v1 finds a payment by each of its names", async () => {
  const payment = await collect(sandbox, { input_ThirdPartyReference: "found1" });
  for (const name of [getTransactionId(payment), payment.body["output_ConversationID"] ?? ""]) {
    const row = await control(sandbox, "GET /markets/{market}/payments/{name}", {
      params: { market: mozambique, name },
    });
    assert.equal(row.transactionId, getTransactionId(payment));
  }
});

test("the metrics name protocol and call", async () => {
  await collect(sandbox);
  const response = await fetch(`${sandbox.url}/metrics`);
  assert.match(
    await response.text(),
    /^pesarail_requests_total\{environment="sandbox",market="vodacomMOZ",protocol="ipg-v1",call="ipgV1C2b",code="INS-0"\} \d+$/m,
  );
});
