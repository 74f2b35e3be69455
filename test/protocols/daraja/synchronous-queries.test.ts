/** The calls that answer at once: dynamic QR, the organisation query, and B2C Hakikisha. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import jsqr from "jsqr";
import { PNG } from "pngjs";
import { dynamicQr } from "../../../src/protocols/daraja/operations/dynamic-qr.ts";
import { hakikisha } from "../../../src/protocols/daraja/operations/hakikisha.ts";
import { organisationQuery } from "../../../src/protocols/daraja/operations/organisation-query.ts";
import { createDarajaClient, darajaCustomer, type DarajaTestClient } from "../../support/daraja.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
let client: DarajaTestClient;
before(async () => {
  sandbox = await createTestSandbox();
  client = createDarajaClient(sandbox);
});
after(() => sandbox[Symbol.asyncDispose]());

const generate = (fields: Readonly<Record<string, unknown>> = {}) =>
  client.post(dynamicQr.path, {
    MerchantName: "TEST SUPERMARKET",
    RefNo: "Invoice Test",
    Amount: 2000,
    TrxCode: "PB",
    CPI: "174379",
    Size: "300",
    ...fields,
  });

/** The package's types are those of a module with a default export, and Node gives the function itself. */
const readCode = jsqr as unknown as typeof jsqr.default;

interface Scan {
  readonly width: number;
  readonly height: number;
  readonly text: string | undefined;
}

/** Reads a code as a camera does. */
function scan(base64: unknown): Scan {
  const { width, height, data } = PNG.sync.read(Buffer.from(String(base64), "base64"));
  return { width, height, text: readCode(new Uint8ClampedArray(data), width, height)?.data };
}

test("the QR code is a PNG of the requested size that can be scanned", async () => {
  const reply = await generate();
  assert.equal(reply.status, 200, reply.text);
  assert.deepEqual(Object.keys(reply.body), ["ResponseCode", "RequestID", "ResponseDescription", "QRCode"]);
  assert.equal(reply.body["ResponseCode"], "00");
  assert.equal(reply.body["ResponseDescription"], "QR Code Successfully Generated.");
  assert.match(String(reply.body["QRCode"]), /^iVBORw0KGgo[A-Za-z0-9+/]+=*$/);
  assert.deepEqual(scan(reply.body["QRCode"]), {
    width: 300,
    height: 300,
    text: "PB|174379|2000|Invoice Test|TEST SUPERMARKET",
  });
});

test("the QR code has 300 pixels by default, takes each kind of payment, and separates its parts", async () => {
  for (const TrxCode of ["BG", "WA", "SM", "SB"]) {
    const reply = await generate({
      TrxCode,
      RefNo: undefined,
      Size: undefined,
      MerchantName: "A|B",
      Amount: "1",
    });
    const { width, text } = scan(reply.body["QRCode"]);
    assert.equal(width, 300);
    assert.equal(text, `${TrxCode}|174379|1||A B`);
  }
  assert.equal(scan((await generate({ Size: 1000 })).body["QRCode"]).width, 1000);
  assert.equal(
    scan((await generate({ Size: "1" })).body["QRCode"]).text,
    scan((await generate()).body["QRCode"]).text,
  );
});

test("the QR code of a pay bill needs RefNo, and sizes are from 1 to 1000", async () => {
  const expectInvalid = async (fields: Readonly<Record<string, unknown>>, name: string) => {
    const reply = await generate(fields);
    assert.equal(reply.status, 400);
    assert.equal(reply.body["errorCode"], "400.002.02");
    assert.equal(reply.body["errorMessage"], `Bad Request - Invalid ${name}`);
  };
  await expectInvalid({ RefNo: null }, "RefNo");
  for (const Size of ["0", "1001", -1, "12.5", "big"]) await expectInvalid({ Size }, "Size");
  for (const TrxCode of ["pb", "XX"]) await expectInvalid({ TrxCode }, "TrxCode");
});

const queryOrganisation = (IdentifierType: unknown, Identifier: unknown) =>
  client.post(organisationQuery.path, { IdentifierType, Identifier });

test("the organisation query returns the name of a paybill or till", async () => {
  const paybill = await queryOrganisation("4", "600996");
  assert.equal(paybill.status, 200, paybill.text);
  assert.match(
    paybill.text,
    /^\{"ConversationID":"AG_\d{8}_[0-9a-z]{20}","ResponseCode":"4000","ResponseMessage":"Success","DetailedMessage":"Request received successfully","OrganizationShortCode":"600996","OrganizationName":"Safari Traders","ChargeProfileID":"20013"\}$/,
  );
  const till = await queryOrganisation(2, 500102);
  assert.equal(till.body["OrganizationName"], "Soko Supermarkets Westlands Till");
});

test("the organisation query answers 1 without a name for what is not there, or of the other kind", async () => {
  for (const [type, shortcode] of [
    ["4", "611999"],
    ["2", "600996"],
    ["4", "500102"],
  ]) {
    const reply = await queryOrganisation(type, shortcode);
    assert.equal(reply.status, 200);
    assert.equal(reply.body["ResponseCode"], "1");
    assert.equal(reply.body["ResponseMessage"], "Failed");
    assert.equal("OrganizationName" in reply.body, false);
  }
});

test("a malformed organisation query is 400 with the code 500", async () => {
  const reply = await queryOrganisation("9", "600996");
  assert.equal(reply.status, 400);
  assert.equal(reply.body["errorCode"], "500");
});

const verify = (body: Readonly<Record<string, unknown>>, header: Readonly<Record<string, unknown>> = {}) =>
  client.post(hakikisha.path, {
    header: { requestID: "request-1", timestamp: "1767258000", ...header },
    body: { msisdn: darajaCustomer, shortcode: "600996", ...body },
  });

test("Hakikisha returns a customer's names, and the header as it was sent", async () => {
  const reply = await verify({});
  assert.equal(
    reply.text,
    '{"header":{"requestID":"request-1","timestamp":"1767258000","status":"200","message":"Success"},"body":{"firstName":"John","middleName":"","lastName":"Doe"}}',
  );
  assert.match((await verify({}, { timestamp: 20260101120000 })).text, /"timestamp":20260101120000,/);
});

test("Hakikisha answers 200 with the status 400 for a number that is unknown or malformed", async () => {
  for (const msisdn of ["254711999999", "0708374149", "+254708374149", "abc"]) {
    const reply = await verify({ msisdn });
    assert.equal(reply.status, 200);
    assert.equal(
      reply.text,
      '{"header":{"requestID":"request-1","timestamp":"1767258000","status":"400","message":"Error"},"body":{"message":"The customer does not exist."}}',
    );
  }
});

test("Hakikisha refuses a shortcode that no organisation has", async () => {
  const reply = await verify({ shortcode: "611999" });
  assert.equal(reply.status, 400);
  assert.equal(reply.body["errorMessage"], "Bad Request - Invalid shortcode");
});

test("a token that is not accepted has each call's own form", async () => {
  const expected = [
    [dynamicQr.path, 404, "404.001.03"],
    [organisationQuery.path, 401, "401.001"],
    [hakikisha.path, 401, "401.001"],
  ] as const;
  for (const [path, status, code] of expected) {
    const reply = await client.post(path, {}, { token: "unknown" });
    assert.equal(reply.status, status);
    assert.equal(reply.body["errorCode"], code);
    assert.equal(reply.body["errorMessage"], "Invalid Access Token");
  }
});
