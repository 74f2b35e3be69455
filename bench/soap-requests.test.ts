/** The template of a payout through the SOAP Broker is a request that the server accepts, and its result is recognised. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestSandbox } from "../test/support/sandbox.ts";
import { createSoapListener, customer, getSoapKeys, payer } from "../test/support/soap.ts";
import { createRequest, placeholders } from "./request.ts";
import { buildSoapPayment, soapCallbackIdPattern } from "./soap-requests.ts";

test("a payout through the SOAP Broker pays, and its result has its id", async () => {
  await using sandbox = await createTestSandbox();
  await using listener = await createSoapListener();
  const template = buildSoapPayment({ url: sandbox.url, keys: getSoapKeys(sandbox) }, listener.resultUrl);
  const { bytes, offsets } = createRequest(template);
  for (const field of ["amount", "msisdn", "shortcode", "reference"] as const)
    assert(offsets[field].length > 0, field);
  const body = (bytes.toString("latin1").split("\r\n\r\n")[1] ?? "")
    .replaceAll(placeholders.reference, "0123456789abcdef0123456789abcdef")
    .replaceAll(placeholders.amount, "10")
    .replaceAll(placeholders.shortcode, payer)
    .replaceAll(placeholders.msisdn, customer.slice(3));
  const response = await fetch(template.url, {
    method: "POST",
    headers: { "content-type": "text/xml", ...template.headers },
    body,
  });
  const text = await response.text();
  assert.match(text, /<ResponseCode>0</);
  const result = await listener.waitForResult();
  assert.equal(result.code, "0", result.text);
  assert.equal(new RegExp(soapCallbackIdPattern).exec(result.text)?.[1], result.conversationId);
});
