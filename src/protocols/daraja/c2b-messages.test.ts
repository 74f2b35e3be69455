/** The bodies of validation and confirmation, and how the answer of a validator is read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildC2bMessage, parseValidationAnswer, type C2bMessage } from "./c2b-messages.ts";
import { validationRefusals } from "../g2/c2b.ts";
import { formatMsisdn, getMsisdnForm } from "./msisdn-forms.ts";
import { toJson } from "./wire-json.ts";

const message: C2bMessage = {
  transactionType: "Pay Bill",
  receipt: "RKTQDM7W6S",
  at: Date.UTC(2019, 10, 22, 3, 38, 45),
  amountMinor: 10_00n,
  shortcode: "600638",
  account: "invoice008",
  balanceMinor: null,
  thirdPartyReference: null,
  msisdn: "25470****149",
  firstName: "John",
  middleName: "",
  lastName: "Doe",
};

test("a validation has the documented fields in their order, and all are strings", () => {
  assert.equal(
    toJson(buildC2bMessage(message)),
    '{"TransactionType":"Pay Bill","TransID":"RKTQDM7W6S","TransTime":"20191122063845",' +
      '"TransAmount":"10.00","BusinessShortCode":"600638","BillRefNumber":"invoice008",' +
      '"InvoiceNumber":"","OrgAccountBalance":"","ThirdPartyTransID":"",' +
      '"MSISDN":"25470****149","FirstName":"John","MiddleName":"","LastName":"Doe"}',
  );
});

test("a confirmation has the same fields, with the balance and the organisation's own id", () => {
  const confirmation = buildC2bMessage({
    ...message,
    amountMinor: 1_00n,
    balanceMinor: 41_880_264_80n,
    thirdPartyReference: "1234567",
  });
  assert.deepEqual(Object.keys(confirmation), Object.keys(buildC2bMessage(message)));
  assert.equal(confirmation["TransAmount"], "1.00");
  assert.equal(confirmation["OrgAccountBalance"], "41880264.80");
  assert.equal(confirmation["ThirdPartyTransID"], "1234567");
});

test("an MSISDN is plain, masked in two styles, or hashed", () => {
  const hashed = "94c392c311d522da950619227b3361752a42042db7e1e699b26e628305c68a88";
  assert.equal(formatMsisdn("254705912645", "plain"), "254705912645");
  assert.equal(formatMsisdn("254708374149", "masked"), "25470****149");
  assert.equal(formatMsisdn("254708374126", "masked", "spaced"), "2547 ***** 126");
  assert.equal(formatMsisdn("254705912645", "hashed"), hashed);
});

test("the version decides the form of an MSISDN, unless the organisation has chosen one", () => {
  assert.deepEqual(
    [getMsisdnForm(null, "v1"), getMsisdnForm(null, "v2"), getMsisdnForm("plain", "v1")],
    ["hashed", "masked", "plain"],
  );
});

const parse = (body: unknown, httpStatus = 200) =>
  parseValidationAnswer({ httpStatus, body: typeof body === "string" ? body : JSON.stringify(body) });

test("the number 0 and the string 0 accept, and the organisation's own id is kept", () => {
  for (const ResultCode of [0, "0"]) {
    assert.deepEqual(parse({ ResultCode, ResultDesc: "Accepted" }), {
      verdict: "accepted",
      thirdPartyReference: null,
    });
  }
  const withReference = { ResultCode: "0", ThirdPartyTransID: "abc" };
  assert.deepEqual(parse(withReference), { verdict: "accepted", thirdPartyReference: "abc" });
  assert.deepEqual(parse({ ResultCode: 0, ThirdPartyTransID: 1234567 }), {
    verdict: "accepted",
    thirdPartyReference: "1234567",
  });
  for (const [sent, kept] of [
    ["a\0b\ud800", "ab\ufffd"],
    ["\0", null],
    ["x".repeat(101), "x".repeat(100)],
  ] as const)
    assert.deepEqual(parse({ ResultCode: 0, ThirdPartyTransID: sent }), {
      verdict: "accepted",
      thirdPartyReference: kept,
    });
});

test("every other code rejects, the documented ones with their own reason", () => {
  for (const [ResultCode, refusal] of Object.entries(validationRefusals))
    assert.deepEqual(parse({ ResultCode, ResultDesc: "Rejected" }), { verdict: "refused", refusal });
  for (const ResultCode of [1, "1", "C2B00099", "00", "", " 0", -1, true, false, [], {}, "c2b00011"])
    assert.deepEqual(parse({ ResultCode }), { verdict: "refused", refusal: "validation_rejected" });
});

test("a rejection counts with any HTTP status, an acceptance only with 2xx", () => {
  assert.equal(parse({ ResultCode: "C2B00012" }, 400).verdict, "refused");
  assert.equal(parse({ ResultCode: "0" }, 500).verdict, "none");
  assert.equal(parse({ ResultCode: 0 }, 201).verdict, "accepted");
});

test("a response without a ResultCode is no answer", () => {
  for (const body of ["", "OK", "<html>", "[]", "0", "null", '"0"', { resultCode: 0 }, { ResultCode: null }])
    assert.equal(parse(body).verdict, "none", JSON.stringify(body));
});
