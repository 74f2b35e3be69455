/** With an operator's gateway, the code that confirms a number is a real SMS, and on no page. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createDeveloper } from "../support/developers.ts";
import { createTestSandbox } from "../support/sandbox.ts";
import { createUssdGateway } from "../support/ussd-gateway.ts";

const msisdn = "255754777888";

test("the gateway sends the code, and the handset's page does not have it", async () => {
  await using gateway = await createUssdGateway();
  await using sandbox = await createTestSandbox({
    handsets: {
      liveHandsets: "gateway",
      handsetGatewayUrl: gateway.url,
      handsetGatewaySecret: gateway.secret,
    },
  });
  const developer = await createDeveloper(sandbox);
  const sent = await developer.call("POST", "/account/phone", { market: "vodacomTZN", msisdn });
  assert.deepEqual([sent.status, sent.body.handset], [200, null]);
  const [request] = await gateway.waitForRequests("/messages");
  assert.equal(request?.verified, true);
  assert.equal(request.body["msisdn"], msisdn);
  const [, code = ""] = /^(\d{6}) is your Pesarail code/.exec(String(request.body["text"])) ?? [];
  const page = await fetch(`${sandbox.url}/handset/vodacomTZN/${msisdn}`);
  assert.equal(page.status, 200);
  assert.doesNotMatch(await page.text(), new RegExp(code));
  const rows = await sandbox.sql()`select 1 from messages`;
  assert.equal(rows.length, 0);
  assert.equal((await developer.call("POST", "/account/phone/confirm", { code })).status, 204);
  assert.equal((await developer.call("GET", "/account")).body.phone, msisdn);
});
