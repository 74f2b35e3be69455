/** Faults that a test switches on for the next requests. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { railFor } from "../../../src/core/rails.ts";
import { callControl, control } from "../../support/control.ts";
import {
  basic,
  createDarajaClient,
  createResultListener,
  darajaCustomer,
  kenya,
  type DarajaReply,
  type DarajaTestClient,
} from "../../support/daraja.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
let client: DarajaTestClient;
before(async () => {
  sandbox = await createTestSandbox();
  client = createDarajaClient(sandbox);
});
after(() => sandbox[Symbol.asyncDispose]());

const setFault = async (kind: string, times = 1) =>
  (
    await control(sandbox, "POST /markets/{market}/faults", {
      params: { market: kenya },
      body: { kind, times },
    })
  ).faults;

const listFaults = async () =>
  (await control(sandbox, "GET /markets/{market}/faults", { params: { market: kenya } })).faults;

const oauthPath = "/oauth/v1/generate?grant_type=client_credentials";

const getOauth = (consumerSecret = client.keys.consumerSecret): Promise<DarajaReply> =>
  client.send(oauthPath, { headers: { authorization: basic({ ...client.keys, consumerSecret }) } });

const payOut = (fields: object = {}): Promise<DarajaReply> =>
  client.post("/mpesa/b2c/v3/paymentrequest", {
    OriginatorConversationID: `fault-${Math.random()}`,
    InitiatorName: "testapi",
    SecurityCredential: (sandbox.platform.sandboxInfo["daraja"] as { readonly securityCredential: string })
      .securityCredential,
    CommandID: "BusinessPayment",
    Amount: 10,
    PartyA: "600996",
    PartyB: darajaCustomer,
    Remarks: "Winnings",
    QueueTimeOutURL: "http://127.0.0.1:9/timeout",
    ResultURL: "http://127.0.0.1:9/result",
    ...fields,
  });

test("internal_error: the next valid call fails in the form of its family, and nothing is executed", async () => {
  await using listener = await createResultListener();
  assert.deepEqual(await setFault("internal_error"), [{ kind: "internal_error", remaining: 1 }]);
  const before = await sandbox.getAvailable("600996", kenya, "utility");
  // A request that is refused anyhow does not use up the fault.
  assert.equal((await payOut({ Amount: "x" })).body["errorCode"], "400.002.02");
  const ids = { OriginatorConversationID: "fault-17", ResultURL: listener.resultUrl };
  const failed = await payOut(ids);
  assert.equal(failed.status, 500);
  assert.deepEqual(Object.keys(failed.body), ["requestId", "errorCode", "errorMessage"]);
  assert.equal(failed.body["errorCode"], "500.002.1001");
  assert.equal(failed.body["errorMessage"], "System internal error.");
  assert.equal(await sandbox.getAvailable("600996", kenya, "utility"), before);
  assert.deepEqual(await listFaults(), []);

  // The same request again is the first one.
  assert.equal((await payOut(ids)).body["ResponseCode"], "0");
  assert.equal((await listener.waitForResult()).result.ResultCode, 0);
  assert.equal(listener.received.length, 1);
});

test("the request log says that a test asked for the fault", async () => {
  await setFault("internal_error");
  const failed = await client.push();
  assert.equal(failed.status, 500);
  assert.equal(failed.body["errorCode"], "500.001.1001");
  const { requests } = await control(sandbox, "GET /markets/{market}/requests", {
    params: { market: kenya },
    query: { limit: "1" },
  });
  assert.match(JSON.stringify(requests[0]), /Nothing was executed: a test asked for this fault/);
});

test("soap_fault: the next register URL has a SOAP fault as JSON, and other calls do not", async () => {
  await setFault("soap_fault");
  assert.equal((await client.push({ Amount: 2 })).body["ResponseCode"], "0");
  const urls = {
    ShortCode: "600996",
    ResponseType: "Completed",
    ConfirmationURL: "http://127.0.0.1:9/confirmation",
    ValidationURL: "http://127.0.0.1:9/validation",
  };
  const failed = await client.post("/mpesa/c2b/v1/registerurl", urls);
  assert.equal(failed.status, 500);
  assert.equal(
    failed.text,
    '{"Envelope":{"Body":{"Fault":{"faultcode":"soap:Server","faultstring":"Execution of ServiceCallout SCO-AddURLVault failed. Reason: ResponseCode 409 is treated as error","detail":{"source":{"errorcode":"steps.servicecallout.ExecutionFailed"}}}}}}',
  );
  const { sql } = sandbox.platform.payments(railFor("sandbox", kenya)).context;
  const rows = await sql`select from c2b_urls where shortcode = '600996'`;
  assert.equal(rows.length, 0);
  assert.equal((await client.post("/mpesa/c2b/v2/registerurl", urls)).body["ResponseCode"], "0");
});

test("OAuth: an empty body for a wrong secret, a page, and an outage", async () => {
  await setFault("oauth_empty");
  assert.equal((await getOauth()).status, 200, "a right secret has no such fault");
  const empty = await getOauth("wrong");
  assert.deepEqual([empty.status, empty.text], [400, ""]);
  assert.equal((await getOauth("wrong")).body["errorCode"], "400.008.01");

  await setFault("oauth_html");
  const page = await getOauth();
  assert.equal(page.status, 200);
  assert.match(page.text, /^<!DOCTYPE html>/);
  const { requests } = await control(sandbox, "GET /markets/{market}/requests", {
    params: { market: kenya },
    query: { limit: "1" },
  });
  assert.deepEqual([requests[0]?.call, requests[0]?.httpStatus], ["oauth", 200]);
  assert.match(requests[0]?.decision ?? "", /A fault replaced the response/);
  await setFault("oauth_unavailable", 2);
  assert.deepEqual(
    [(await getOauth()).status, (await getOauth()).status, (await getOauth()).status],
    [503, 503, 200],
  );
});

test("many requests at once: exactly as many fail, and 0 ends a fault", async () => {
  await setFault("internal_error", 7);
  const replies = await Promise.all(Array.from({ length: 30 }, () => payOut()));
  assert.equal(replies.filter(({ status }) => status === 500).length, 7);
  await setFault("internal_error", 5);
  assert.deepEqual(await setFault("internal_error", 0), []);
  assert.equal((await payOut()).status, 200);
});

test("a market whose protocols lack a fault says which have it", async () => {
  const { status, body } = await callControl(sandbox, "POST", "/markets/vodacomTZN/faults", {
    kind: "internal_error",
  });
  assert.equal(status, 409);
  assert.match(body.message, /internal_error is a fault of: safaricomKEN\.$/);
});
