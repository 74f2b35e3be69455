import assert from "node:assert/strict";
import test from "node:test";
import { createPaymentWriter } from "./payments.ts";
import { buildCollection, createRequest, placeholders, type RequestBuffer, widths } from "./request.ts";

const collection = buildCollection(
  "http://127.0.0.1:8080/sandbox/ipg/v2/vodacomTZN/c2bPayment/singleStage/",
  { country: "TZN", currency: "TZS", prefix: "255" },
);
const parties = { firstMsisdn: 700_000_001, customers: 90_000, firstShortcode: 100_001, organisations: 100 };

/** Parses the body as a server does: the bytes after the head, with the length of Content-Length. */
function parseBody({ bytes }: RequestBuffer): Record<string, string> {
  const [head = "", body = ""] = bytes.toString("latin1").split("\r\n\r\n");
  assert.equal(Number(/Content-Length: (\d+)/.exec(head)?.[1]), body.length);
  return JSON.parse(body);
}

test("a payment is a complete collection between existing parties", () => {
  const request = createRequest(collection);
  createPaymentWriter(parties, 7)(request);
  const body = parseBody(request);

  assert.deepEqual(Object.keys(body).sort(), [
    "input_Amount",
    "input_Country",
    "input_Currency",
    "input_CustomerMSISDN",
    "input_PurchasedItemsDesc",
    "input_ServiceProviderCode",
    "input_ThirdPartyConversationID",
    "input_TransactionReference",
  ]);
  assert.match(body["input_Amount"] ?? "", /^[1-9][0-9]$/);
  assert.match(body["input_ThirdPartyConversationID"] ?? "", /^[0-9a-f]{32}$/);
  assert.match(body["input_TransactionReference"] ?? "", /^[0-9a-f]{8}$/);
  const msisdn = Number(body["input_CustomerMSISDN"]);
  assert(msisdn >= 255_700_000_001 && msisdn <= 255_700_090_000, `${msisdn}`);
  const shortcode = Number(body["input_ServiceProviderCode"]);
  assert(shortcode >= 100_001 && shortcode <= 100_100, `${shortcode}`);
});

test("references are unique within and across runs, and the parties vary", () => {
  const request = createRequest(collection);
  const references = new Set<string>();
  const customers = new Set<string>();
  const organisations = new Set<string>();
  for (const run of [createPaymentWriter(parties, 7), createPaymentWriter(parties, 7)]) {
    for (let sent = 0; sent < 5_000; sent += 1) {
      run(request);
      const { bytes, offsets } = request;
      const field = ([start = 0]: readonly number[], width: number) =>
        bytes.toString("latin1", start, start + width);
      references.add(field(offsets.reference, widths.reference));
      customers.add(field(offsets.msisdn, widths.msisdn));
      organisations.add(field(offsets.shortcode, widths.shortcode));
    }
  }
  assert.equal(references.size, 10_000);
  assert.equal(organisations.size, 100);
  assert(customers.size > 4_500, "5,000 picks among 90,000 rarely collide; both runs have the same seed");
});

test("with one organisation, every payment goes to the hot merchant", () => {
  const request = createRequest(collection);
  const write = createPaymentWriter({ ...parties, organisations: 1 }, 7);
  for (let sent = 0; sent < 100; sent += 1) {
    write(request);
    assert.equal(parseBody(request)["input_ServiceProviderCode"], "100001");
  }
});

test("a field that a request repeats has the same value everywhere, and a password begins with its shortcode", () => {
  const passkeyAndTime = Buffer.from("passkey20260101120000").toString("base64");
  const request = createRequest({
    url: "http://127.0.0.1:8080/mpesa/stkpush/v1/processrequest",
    headers: { Authorization: "Bearer token" },
    body: {
      BusinessShortCode: placeholders.shortcode,
      Password: placeholders.encodedShortcode + passkeyAndTime,
      PartyA: `254${placeholders.msisdn}`,
      PartyB: placeholders.shortcode,
      PhoneNumber: `254${placeholders.msisdn}`,
    },
  });
  const write = createPaymentWriter(parties, 7);
  for (let sent = 0; sent < 100; sent += 1) {
    write(request);
    const body = parseBody(request);
    const shortcode = body["BusinessShortCode"] ?? "";
    assert.equal(body["PartyB"], shortcode);
    assert.equal(body["PartyA"], body["PhoneNumber"]);
    const password = Buffer.from(body["Password"] ?? "", "base64").toString();
    assert.equal(password, `${shortcode}passkey20260101120000`);
  }
  assert.match(request.bytes.toString("latin1"), /\r\nAuthorization: Bearer token\r\n/);
});
