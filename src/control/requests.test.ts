/** The request log by the control API: a test sees what it just did, and nothing that is secret. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { control } from "../../test/town/control.ts";
import { c2b, openTown, type Town } from "../../test/town/town.ts";

let town: Town;
before(async () => {
  town = await openTown();
});
after(() => town[Symbol.asyncDispose]());

const requests = async (query = "", market = "vodacomTZN") =>
  (await control(town, "GET", `/markets/${market}/requests${query}`)).body;

const amounts = (page: { requests: { request: { input_Amount: string } }[] }) =>
  page.requests.map(({ request }) => request.input_Amount);

// 200

test("a payment is in the log as soon as it is answered, with the reason in words", async () => {
  const fields = c2b(town, { input_Amount: "99999999", input_Surprise: "255750000001" });
  const paid = await town.call("POST", "c2bPayment/singleStage/", fields);
  const { requests: found } = await requests(`?reference=${fields.input_ThirdPartyConversationID}`);
  const [line] = found;

  assert.equal(found.length, 1);
  assert.equal(line.conversationId, paid.body["output_ConversationID"]);
  assert.deepEqual(
    [line.call, line.code, line.httpStatus, line.method],
    ["c2bSingle", "INS-2006", 422, "POST"],
  );
  assert.equal(line.decision, "The customer does not hold this much.");
  assert.equal(line.msisdn, "2557****0001");
  assert.equal(line.request.input_CustomerMSISDN, "2557****0001");
  assert.equal(line.response.output_ResponseCode, "INS-2006");
  assert.equal(line.apiKeyHint, town.facts.apiKey.slice(-4));
  const whole = JSON.stringify(line);
  assert(!whole.includes("255750000001") && !whole.includes("Bearer"), whole);
});

test("the newest come first, page by page, and each filter leaves out the others", async () => {
  for (const amount of ["1", "2", "x", "3"]) {
    await town.call("POST", "c2bPayment/singleStage/", c2b(town, { input_Amount: amount }, "vodacomMOZ"), {
      market: "vodacomMOZ",
    });
  }
  const first = await requests("?limit=3", "vodacomMOZ");
  assert.deepEqual(amounts(first), ["3", "x", "2"]);
  const second = await requests(`?limit=3&before=${first.next}`, "vodacomMOZ");
  assert.deepEqual(amounts(second), ["1"]);
  assert.equal(second.next, null);

  assert.deepEqual(amounts(await requests("?code=INS-15", "vodacomMOZ")), ["x"]);
  assert.deepEqual(amounts(await requests("?call=b2c", "vodacomMOZ")), []);
  const { application } = first.requests[0];
  assert.equal((await requests(`?application=${application}`, "vodacomMOZ")).requests.length, 4);
  assert.equal((await requests("?application=999999", "vodacomMOZ")).requests.length, 0);
});

test("requests that named no market are listed apart, those of the live environment are not", async () => {
  await town.raw("POST", "/sandbox/ipg/v2/atlantis/b2cPayment/", { fields: { input_Amount: "1" } });
  await town.raw("POST", "/openapi/ipg/v2/atlantis/b2cPayment/", { fields: { input_Amount: "2" } });
  const { status, body } = await control(town, "GET", "/requests");

  assert.equal(status, 200);
  assert.equal(body.requests.length, 1);
  assert.equal(body.requests[0].path, "/sandbox/ipg/v2/atlantis/b2cPayment/");
  assert.equal(body.requests[0].application, null);
});

// 400

test("a filter that cannot be is named", async () => {
  const table: [string, RegExp][] = [
    ["?limit=0", /^limit is not accepted/],
    ["?before=x", /^before is no ConversationID/],
    ["?application=x", /^application is not accepted/],
    ["?code=%00", /^code is not accepted/],
    ["?market=x", /^market is no field/],
  ];
  for (const [query, says] of table) {
    const reply = await control(town, "GET", `/markets/vodacomTZN/requests${query}`);
    assert.equal(reply.status, 400);
    assert.match(reply.body.message, says);
  }
});
