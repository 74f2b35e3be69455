/** Faults of IPG v1 that a test switches on for the next requests, as clients of the real gateway have met them. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { findOperation } from "../../../src/protocols/ipg-v1/operations.ts";
import { control } from "../../support/control.ts";
import {
  bearer,
  buildFields,
  collect,
  getStatus,
  mozambique,
  pathTo,
  readLastRequest,
  summarise,
} from "../../support/ipg-v1.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

const setFault = (kind: "ipg_v1_origin_missing", times?: number) =>
  control(sandbox, "POST /markets/{market}/faults", {
    params: { market: mozambique },
    body: { kind, ...(times === undefined ? {} : { times }) },
  });

const setAnyFault = (kind: string) => setFault(kind as "ipg_v1_origin_missing");

test("Origin header is missing: 401 with output_error alone, and nothing is executed", async () => {
  await setFault("ipg_v1_origin_missing", 2);
  const fields = buildFields("ipgV1C2b");
  for (let times = 0; times < 2; times += 1) {
    const reply = await collect(sandbox, fields);
    assert.equal(reply.status, 401);
    assert.deepEqual(reply.body, { output_error: "Origin header is missing" });
  }
  assert.match(
    (await readLastRequest(sandbox)).decision,
    /^Nothing was executed: a test asked for this fault/,
  );
  assert.equal(summarise(await collect(sandbox, fields)), "201 INS-0");
});

test("a request that is not authenticated takes no fault: a stranger cannot use up what a test asked for", async () => {
  await setFault("ipg_v1_origin_missing");
  const forged = await collect(sandbox, {}, { bearer: bearer(sandbox, "no key of anyone") });
  assert.equal(summarise(forged), "401 INS-2");
  assert.deepEqual((await collect(sandbox)).body, { output_error: "Origin header is missing" });
  assert.notEqual((await readLastRequest(sandbox)).application, null);
  assert.equal(summarise(await collect(sandbox)), "201 INS-0");
});

test("a forbidden page: 403 with HTML", async () => {
  await setAnyFault("ipg_v1_forbidden_page");
  const response = await fetch(sandbox.url + pathTo(findOperation("ipgV1QueryTransactionStatus")), {
    headers: { authorization: `Bearer ${bearer(sandbox)}` },
  });
  assert.equal(response.status, 403);
  assert.equal(response.headers.get("content-type"), "text/html");
  assert.match(await response.text(), /403 Forbidden/);
});

test("V2: a balance that is too low can be blurred, and the payment failed as before", async () => {
  const input_CustomerMSISDN = "258850002006";
  await setAnyFault("ipg_v1_balance_as_error");
  // Only a response that would be INS-2006 takes the fault.
  assert.equal(summarise(await collect(sandbox)), "201 INS-0");
  const asError = await collect(sandbox, { input_CustomerMSISDN, input_ThirdPartyReference: "blurred1" });
  assert.equal(summarise(asError), "500 INS-1");
  await setAnyFault("ipg_v1_balance_without_code");
  const empty = await collect(sandbox, { input_CustomerMSISDN });
  assert.equal(empty.status, 422);
  assert.deepEqual([empty.body["output_ResponseCode"], empty.body["output_ResponseDesc"]], ["", ""]);
  assert.equal(summarise(await collect(sandbox, { input_CustomerMSISDN })), "422 INS-2006");
  assert.equal(await getStatus(sandbox, "blurred1"), "200 INS-0 Cancelled");
});
