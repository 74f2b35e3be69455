/** The listener of the SOAP Broker in live: its own providers, no triggers, URLs registered once. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  createCertificateAuthority,
  issueServerCertificate,
} from "../../../src/http/certificate-authority.ts";
import { listenByFirstByte, type FirstByteListener } from "../../../src/http/first-byte-listener.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
import { createServiceProvider, createSoapClientAt, getSoapKeys } from "../../support/soap.ts";

let sandbox: TestSandbox;
let listener: FirstByteListener;
let url: string;
before(async () => {
  sandbox = await createTestSandbox();
  const authority = await createCertificateAuthority(new Date());
  const certificate = await issueServerCertificate(authority, ["127.0.0.1"], new Date());
  listener = await listenByFirstByte(sandbox.platform.createLiveServer("soap"), {
    host: "127.0.0.1",
    port: 0,
    ...certificate,
    setting: "SOAP_LIVE_PORT",
  });
  url = `http://127.0.0.1:${listener.address.port}`;
});
after(async () => {
  await listener.close({ drainTimeoutMs: 1000 });
  await sandbox[Symbol.asyncDispose]();
});

test("a provider of live is authenticated there, and one of the sandbox is not", async () => {
  const { keys } = await createServiceProvider(sandbox, { environment: "live", shortcodes: ["600996"] });
  // An http URL is not accepted in live, so the authentication has succeeded.
  const reply = await createSoapClientAt(url, keys).run("BusinessPayment", {
    resultUrl: "http://example.com/",
  });
  assert.equal(reply.code, "100000005");
  const seeded = await createSoapClientAt(url, getSoapKeys(sandbox)).run("BusinessPayment");
  assert.equal(seeded.code, "100000007");
});

test("only the Broker is there", async () => {
  for (const path of [
    "/mpesa/b2c/v1/paymentrequest",
    "/oauth/v1/generate",
    "/sandbox/ipg/v2/vodacomTZN/getSession/",
    "/control/v1/status",
  ])
    assert.equal((await fetch(url + path)).status, 404, path);
  const certificate = await fetch(`${url}/mminterface/certificate.cer`);
  assert.match(await certificate.text(), /^-----BEGIN CERTIFICATE-----/);
  const wsdl = await fetch(`${url}/mminterface/request?wsdl`);
  assert.match(await wsdl.text(), new RegExp(`<soap:address location="${url}/mminterface/request"/>`));
});
