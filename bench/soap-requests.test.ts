/** The templates are requests that the server accepts, and their results are recognised. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestSandbox } from "../test/support/sandbox.ts";
import { createSoapListener, customer, getSoapKeys, payer } from "../test/support/soap.ts";
import { createTestListener } from "../test/support/listener.ts";
import type { LnmoKeys } from "../test/support/lnmo.ts";
import { copyPayment, createPaymentWriter } from "./payments.ts";
import { createRequest, placeholders } from "./request.ts";
import {
  buildLnmoCheckout,
  buildSoapPayment,
  lnmoCallbackIdPattern,
  soapCallbackIdPattern,
} from "./soap-requests.ts";

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

test("an LNMO checkout is announced and confirmed by one reference, and its result has its id", async () => {
  await using sandbox = await createTestSandbox();
  await using listener = await createTestListener();
  const { lnmo: keys } = sandbox.platform.sandboxInfo["soap"] as { readonly lnmo: LnmoKeys };
  const { request, confirmation } = buildLnmoCheckout({ url: sandbox.url, keys }, payer, listener.url);
  const [first, second] = [createRequest(request), createRequest(confirmation)];
  const write = createPaymentWriter(
    { firstMsisdn: Number(customer.slice(3)), customers: 1, firstShortcode: Number(payer), organisations: 1 },
    1,
  );
  write(first);
  copyPayment(first, second);
  for (const { bytes } of [first, second]) {
    const response = await fetch(request.url, {
      method: "POST",
      headers: { "content-type": "text/xml" },
      body: bytes.toString("latin1").split("\r\n\r\n")[1] ?? "",
    });
    assert.match(await response.text(), /<RETURN_CODE>00</);
  }
  const [result] = await listener.waitForCallbacks(1);
  assert.match(
    new RegExp(lnmoCallbackIdPattern, "s").exec(result?.text ?? "")?.[1] ?? "",
    /^\w{20,}$/,
    result?.text ?? "no callback",
  );
});
