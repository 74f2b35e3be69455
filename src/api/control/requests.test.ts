/** The request log in the control API: complete after each request, and without secrets. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { callControl } from "../../../test/support/control.ts";
import { c2bFields, createTestSandbox, type TestSandbox } from "../../../test/support/sandbox.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

const listRequests = async (query = "", market = "vodacomTZN") =>
  (await callControl(sandbox, "GET", `/markets/${market}/requests${query}`)).body;

const getAmounts = (page: { requests: { request: { input_Amount: string } }[] }) =>
  page.requests.map(({ request }) => request.input_Amount);

// 200

test("a payment is in the log as soon as its response is sent, with the reason", async () => {
  const fields = c2bFields(sandbox, { input_Amount: "99999999", input_Surprise: "255750000001" });
  const paid = await sandbox.call("POST", "c2bPayment/singleStage/", fields);
  const { requests: lines } = await listRequests(`?reference=${fields.input_ThirdPartyConversationID}`);
  const [line] = lines;

  assert.equal(lines.length, 1);
  assert.equal(line.conversationId, paid.body["output_ConversationID"]);
  assert.deepEqual(
    [line.call, line.code, line.httpStatus, line.method],
    ["c2bSingle", "INS-2006", 422, "POST"],
  );
  assert.equal(line.decision, "The customer's balance is too low.");
  assert.equal(line.msisdn, "2557****0001");
  assert.equal(line.request.input_CustomerMSISDN, "2557****0001");
  assert.equal(line.response.output_ResponseCode, "INS-2006");
  assert.equal(line.apiKeyHint, sandbox.clientInfo.apiKey.slice(-4));
  const serialised = JSON.stringify(line);
  assert(!serialised.includes("255750000001") && !serialised.includes("Bearer"), serialised);
});

test("requests are listed newest first, page by page, and can be filtered", async () => {
  for (const amount of ["1", "2", "x", "3"]) {
    await sandbox.call(
      "POST",
      "c2bPayment/singleStage/",
      c2bFields(sandbox, { input_Amount: amount }, "vodacomMOZ"),
      {
        market: "vodacomMOZ",
      },
    );
  }
  const first = await listRequests("?limit=3", "vodacomMOZ");
  assert.deepEqual(getAmounts(first), ["3", "x", "2"]);
  const second = await listRequests(`?limit=3&before=${first.next}`, "vodacomMOZ");
  assert.deepEqual(getAmounts(second), ["1"]);
  assert.equal(second.next, null);

  assert.deepEqual(getAmounts(await listRequests("?code=INS-15", "vodacomMOZ")), ["x"]);
  assert.deepEqual(getAmounts(await listRequests("?call=b2c", "vodacomMOZ")), []);
  const { application } = first.requests[0];
  assert.equal((await listRequests(`?application=${application}`, "vodacomMOZ")).requests.length, 4);
  assert.equal((await listRequests("?application=999999", "vodacomMOZ")).requests.length, 0);
});

test("a request is found by every reference and id, by its customer and by its time", async () => {
  const market = "vodacomLES";
  const send = (changes: Record<string, string>) =>
    sandbox.call("POST", "c2bPayment/singleStage/", c2bFields(sandbox, changes, market), { market });
  const fields = c2bFields(sandbox, {}, market);
  const paid = await sandbox.call("POST", "c2bPayment/singleStage/", fields, { market });
  await send({});
  const again = await sandbox.call("POST", "c2bPayment/singleStage/", fields, { market });
  const find = async (query: Record<string, string>) =>
    (await listRequests(`?${new URLSearchParams(query).toString()}`, market)).requests;
  const ids = async (query: Record<string, string>) =>
    (await find(query)).map(({ conversationId }: { conversationId: string }) => conversationId);
  const [paidId, againId] = [paid.body["output_ConversationID"], again.body["output_ConversationID"]];

  const reference = fields.input_ThirdPartyConversationID;
  assert.deepEqual(await ids({ reference }), [againId, paidId], "a payment and its duplicate");
  assert.deepEqual(await ids({ name: reference }), [againId, paidId]);
  assert.deepEqual(await ids({ name: paid.body["output_TransactionID"] ?? "" }), [paidId]);
  assert.deepEqual(await ids({ name: paidId ?? "" }), [paidId]);
  assert.deepEqual(
    (await find({ reference })).map(({ payment }: { payment: string | null }) => payment),
    [null, paidId],
    "only the first made a payment",
  );
  assert.equal((await ids({ msisdn: fields.input_CustomerMSISDN ?? "" })).length, 3);
  assert.deepEqual(await ids({ msisdn: "26650000999" }), []);
  assert.deepEqual(await ids({ status: "409" }), [againId]);
  const [{ key, protocol }] = await find({ limit: "1" });
  assert.equal((await ids({ key, protocol })).length, 3);
  assert.deepEqual(await ids({ protocol: "soap" }), []);
  assert.equal((await ids({ from: "2026-01-01T00:00:00Z", until: "2100-01-01" })).length, 3);
  assert.deepEqual(await ids({ until: "2026-01-01T00:00:00Z" }), []);
});

test("requests without a known market have their own list, without live requests", async () => {
  await sandbox.raw("POST", "/sandbox/ipg/v2/atlantis/b2cPayment/", { fields: { input_Amount: "1" } });
  await sandbox.raw("POST", "/openapi/ipg/v2/atlantis/b2cPayment/", { fields: { input_Amount: "2" } });
  const { status, body } = await callControl(sandbox, "GET", "/requests");

  assert.equal(status, 200);
  assert.equal(body.requests.length, 1);
  assert.equal(body.requests[0].path, "/sandbox/ipg/v2/atlantis/b2cPayment/");
  assert.equal(body.requests[0].application, null);
});

// 400

test("an invalid filter is named in the message", async () => {
  const table: [string, RegExp][] = [
    ["?limit=0", /^limit is not accepted/],
    ["?before=x", /^before is not a ConversationID/],
    ["?application=x", /^application is not accepted/],
    ["?from=noon", /^from is not a time/],
    ["?msisdn=x", /^msisdn is not accepted/],
    ["?code=%00", /^code is not accepted/],
    ["?market=x", /^market is not a field/],
  ];
  for (const [query, expected] of table) {
    const reply = await callControl(sandbox, "GET", `/markets/vodacomTZN/requests${query}`);
    assert.equal(reply.status, 400);
    assert.match(reply.body.message, expected);
  }
});
