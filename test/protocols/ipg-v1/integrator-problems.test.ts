/** What integrators of the real IPG v1 ran into, and what happens here. Each test has the problem's number in our notes. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { enableProducts } from "../../../src/developers/enabled-products.ts";
import { control } from "../../support/control.ts";
import {
  bearer,
  buildFields,
  call,
  collect,
  createApplication,
  createCustomer,
  getTransactionId,
  mozambique,
  readLastRequest,
  setResponseUrl,
  summarise,
} from "../../support/ipg-v1.ts";
import { createTestListener } from "../../support/listener.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

const queryPath = "/ipg/v1x/queryTransactionStatus/";

test("V1: a space in a reference is INS-1, and the log says why", async () => {
  for (const field of ["input_TransactionReference", "input_ThirdPartyReference"]) {
    for (const value of ["a b", " ab", "ab\t"]) {
      assert.equal(summarise(await collect(sandbox, { [field]: value })), "500 INS-1", value);
      assert.match((await readLastRequest(sandbox)).decision, new RegExp(`^${field} has a space\\.`));
    }
  }
});

test("V2: without money the code is INS-2006 and the status 422", async () => {
  const input_CustomerMSISDN = await createCustomer(sandbox, { amountMinor: 5_00n });
  const reply = await collect(sandbox, { input_CustomerMSISDN, input_Amount: "5.01" });
  assert.equal(summarise(reply), "422 INS-2006");
  assert.equal(reply.body["output_ResponseDesc"], "Insufficient balance");
});

test("V3: a query with a JSON body is answered, with a warning in the log", async () => {
  const fields = buildFields("ipgV1QueryTransactionStatus");
  const response = await fetchWithBody(fields);
  assert.equal(response.status, 200, response.text);
  assert.match(
    (await readLastRequest(sandbox)).decision,
    /Warning: the parameters of this query are in a body/,
  );
  const reply = await call(sandbox, "ipgV1QueryTransactionStatus");
  assert.equal(summarise(reply), "200 INS-0");
  assert.doesNotMatch((await readLastRequest(sandbox)).decision, /Warning/);
});

test("V3: with IPG_V1_STRICT_QUERIES, a query with a body gets 403 and a page, as from the real gateway", async () => {
  await using strict = await createTestSandbox({ ipgV1: { strictQueries: true } });
  const response = await fetchWithBody(buildFields("ipgV1QueryTransactionStatus"), strict);
  assert.equal(response.status, 403);
  assert.match(response.text, /^<!DOCTYPE html>/);
  assert.match(
    (await readLastRequest(strict)).decision,
    /Warning: the parameters of this query are in a body/,
  );
  assert.equal(summarise(await call(strict, "ipgV1QueryTransactionStatus")), "200 INS-0");
  assert.equal(summarise(await collect(strict)), "201 INS-0");
});

test("V4: a customer's failure has the INS fields and no output_error; output_error is for authentication alone", async () => {
  const declined = await collect(sandbox, { input_CustomerMSISDN: "258850000005" });
  assert.equal(summarise(declined), "401 INS-5");
  assert(!("output_error" in declined.body));
  const denied = await collect(sandbox, {}, { bearer: sandbox.encrypt("wrong") });
  assert.equal(summarise(denied), "401 INS-2");
  assert.equal(denied.body["output_ResponseDesc"], "Invalid API Key");
  assert.match(denied.body["output_error"] ?? "", /^The bearer was not made from a key/);
});

test("V5: 171717 and 979797 exist, and another shortcode is INS-13", async () => {
  assert.equal(summarise(await collect(sandbox, { input_ServiceProviderCode: "171717" })), "201 INS-0");
  assert.equal(
    summarise(await call(sandbox, "ipgV1B2b", { input_ReceiverPartyCode: "979797" })),
    "201 INS-0",
  );
  assert.equal(summarise(await collect(sandbox, { input_ServiceProviderCode: "171718" })), "400 INS-13");
  assert.equal(
    summarise(await call(sandbox, "ipgV1B2b", { input_ReceiverPartyCode: "979798" })),
    "400 INS-13",
  );
});

test("V6: a customer's name is masked, and INS-26 with N/A unless the product is enabled", async () => {
  const reply = await call(sandbox, "ipgV1QueryCustomerName");
  assert.equal(reply.body["output_CustomerName"], "Jo**a Ma****a");
  for (const prefix of ["output_Result", "output_Response"])
    assert.deepEqual(
      [reply.body[`${prefix}Code`], reply.body[`${prefix}Desc`]],
      ["INS-0", "Request processed successfully"],
    );
  const { bearer: ownBearer } = await createApplication(sandbox, { products: enableProducts(["ipgV1C2b"]) });
  const denied = await call(sandbox, "ipgV1QueryCustomerName", {}, { bearer: ownBearer });
  assert.equal(summarise(denied), "400 INS-26");
  assert.deepEqual(
    [denied.body["output_CustomerName"], denied.body["output_ResultCode"], denied.body["output_ResultDesc"]],
    ["N/A", "INS-26", "Not authorized"],
  );
});

test("V7: a number may have 258 before it or not, and no plus", async () => {
  const before = await sandbox.getAvailable("258843330333", mozambique);
  for (const msisdn of ["843330333", "258843330333"])
    assert.equal(
      summarise(await collect(sandbox, { input_CustomerMSISDN: msisdn, input_Amount: "1" })),
      "201 INS-0",
    );
  assert.equal(await sandbox.getAvailable("258843330333", mozambique), before - 2_00n);
  assert.equal(summarise(await collect(sandbox, { input_CustomerMSISDN: "+258843330333" })), "400 INS-2051");
  assert.equal(summarise(await collect(sandbox, { input_CustomerMSISDN: "859999999" })), "400 INS-2051");
});

test("V9: a call is synchronous until the application has a response URL, and again when it has none", async () => {
  await using listener = await createTestListener();
  const application = await createApplication(sandbox);
  const options = { bearer: application.bearer };
  assert.match(getTransactionId(await collect(sandbox, {}, options)), /^[0-9a-z]{12}$/);
  await setResponseUrl(sandbox, application, listener.url);
  const acknowledgement = await collect(sandbox, {}, options);
  assert.equal(summarise(acknowledgement), "201 INS-0");
  assert(!("output_TransactionID" in acknowledgement.body));
  const [callback] = await listener.waitForCallbacks(1);
  assert.equal(callback?.body["input_OriginalConversationID"], acknowledgement.body["output_ConversationID"]);
  await setResponseUrl(sandbox, application, null);
  assert.match(getTransactionId(await collect(sandbox, {}, options)), /^[0-9a-z]{12}$/);
  assert.equal(listener.received.length, 1);
});

test("V10: input_Amount is the amount of a reversal, and contradicting amounts are refused", async () => {
  const payment = getTransactionId(await collect(sandbox, { input_Amount: "100" }));
  const reverse = (overrides: object) =>
    call(sandbox, "ipgV1Reversal", { input_TransactionID: payment, ...overrides });
  const before = await sandbox.getAvailable("258843330333", mozambique);
  assert.equal(summarise(await reverse({ input_Amount: "30" })), "201 INS-0");
  assert.equal(await sandbox.getAvailable("258843330333", mozambique), before + 30_00n);
  const contradiction = { input_Amount: "10", input_ReversalAmount: "20" };
  assert.equal(summarise(await reverse(contradiction)), "400 INS-21");
  assert.match((await readLastRequest(sandbox)).decision, /are the same parameter, with different values/);
  assert.equal(summarise(await reverse({ input_Amount: "20", input_ReversalAmount: "20" })), "201 INS-0");
  // An amount that was lost must not reverse everything.
  for (const name of ["input_Amount", "input_ReversalAmount"])
    for (const lost of ["", null]) assert.equal(summarise(await reverse({ [name]: lost })), "400 INS-15");
  assert.equal(summarise(await reverse({ input_Amount: "60" })), "400 INS-15");
  assert.equal(await sandbox.getAvailable("258843330333", mozambique), before + 50_00n);
});

test("V11: no response header has a character that a strict client refuses", async () => {
  for (const reply of [
    await collect(sandbox),
    await collect(sandbox, { input_Amount: "x" }),
    await collect(sandbox, {}, { bearer: "x" }),
    await sandbox.raw("POST", "/ipg/v1x/none/", { bearer: bearer(sandbox), fields: {} }),
  ])
    for (const [name, value] of reply.headers) assert.match(`${name}: ${value}`, /^[ !#-~]+$/);
});

test("an Origin header is never needed", async () => {
  for (const origin of ["*", "developer.mpesa.vm.co.mz", ""])
    assert.equal(summarise(await collect(sandbox, {}, { headers: { origin } })), "201 INS-0");
});

test("the sample customer is one of the market's customers", async () => {
  const { customers } = await control(sandbox, "GET /markets/{market}/customers", {
    params: { market: mozambique },
  });
  assert(customers.some(({ msisdn }) => msisdn === "258843330333"));
});

/** A GET with a body, which `fetch` does not send. */
async function fetchWithBody(fields: object, target = sandbox): Promise<{ status: number; text: string }> {
  const { request } = await import("node:http");
  const { text } = await import("node:stream/consumers");
  const body = JSON.stringify(fields);
  return new Promise((resolve, reject) => {
    const sent = request(
      target.url + queryPath,
      {
        method: "GET",
        headers: {
          authorization: `Bearer ${bearer(target)}`,
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
        },
      },
      (response) => {
        text(response).then(
          (content) => resolve({ status: response.statusCode ?? 0, text: content }),
          reject,
        );
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}
