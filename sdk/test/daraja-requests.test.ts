/** What the Daraja client sends, and what it makes of every kind of answer. */
import assert from "node:assert/strict";
import { constants, privateDecrypt } from "node:crypto";
import { after, before, test } from "node:test";
import { Daraja, type DarajaOptions } from "../src/daraja/index.ts";
import { InvalidArgumentError, TransportError } from "../src/index.ts";
import { certificateKey, createStub, createStubClient, oauthPath, type Stub } from "./support/daraja.ts";

let stub: Stub;
before(async () => {
  stub = await createStub();
});
after(() => stub[Symbol.asyncDispose]());

const getLastBody = (): Readonly<Record<string, unknown>> => stub.requests.at(-1)?.body ?? {};

const order = { amount: "10", msisdn: "0708374149", accountReference: "Invoice 17" } as const;

test("without baseUrl the client calls the real M-Pesa", async () => {
  for (const [environment, host] of [
    ["sandbox", "https://sandbox.safaricom.co.ke"],
    ["live", "https://api.safaricom.co.ke"],
  ] as const) {
    const urls: string[] = [];
    const fetch = ((url: string) => {
      urls.push(url);
      return Promise.resolve(Response.json({ access_token: "t", expires_in: 3599, ResponseCode: "0" }));
    }) as typeof globalThis.fetch;
    const keys = { consumerKey: "key", consumerSecret: "secret", shortcode: "174379", passkey: "passkey" };
    const daraja = new Daraja({ environment, ...keys, fetch });
    await daraja.queryCollection({ checkoutRequestId: "ws_CO_1" });
    assert.equal(daraja.baseUrl, host);
    assert.deepEqual(urls, [host + oauthPath, `${host}/mpesa/stkpushquery/v1/query`]);
  }
});

test("collect sends the documented fields, and the password of the time in Nairobi", async () => {
  stub.setAnswer(() => [200, { ResponseCode: "0", CheckoutRequestID: "ws_CO_1", MerchantRequestID: "m" }]);
  const result = await createStubClient(stub).collect(order);
  assert(result.outcome === "acknowledged" && result.checkoutRequestId === "ws_CO_1", JSON.stringify(result));
  const { Password, Timestamp, ...fields } = getLastBody();
  assert.deepEqual(fields, {
    BusinessShortCode: 600996,
    TransactionType: "CustomerPayBillOnline",
    Amount: 10,
    PhoneNumber: 254708374149,
    PartyA: 254708374149,
    PartyB: 600996,
    CallBackURL: "https://example.com/callback",
    AccountReference: "Invoice 17",
    TransactionDesc: "Invoice 17",
  });
  const nairobi = new Date(Date.now() + 3 * 3_600_000).toISOString().replaceAll(/\D/g, "").slice(0, 14);
  assert(Math.abs(Number(nairobi) - Number(Timestamp)) < 100, String(Timestamp));
  const decoded = Buffer.from(String(Password), "base64").toString();
  assert.equal(decoded, `600996a-passkey${String(Timestamp)}`);
  await createStubClient(stub).collect({ ...order, till: "600992" });
  const { TransactionType, PartyB } = getLastBody();
  assert.deepEqual([TransactionType, PartyB], ["CustomerBuyGoodsOnline", 600992]);
});

test("the initiator's password is encrypted with the certificate", async () => {
  stub.setAnswer(() => [200, { ResponseCode: "0", ConversationID: "AG_1", OriginatorConversationID: "o" }]);
  const result = await createStubClient(stub).payOut({
    amount: 1050n - 50n,
    msisdn: order.msisdn,
    reference: "ref-1",
  });
  assert(result.outcome === "acknowledged" && result.conversationId === "AG_1", JSON.stringify(result));
  const { SecurityCredential, ...fields } = getLastBody();
  const padding = constants.RSA_PKCS1_PADDING;
  const block = Buffer.from(String(SecurityCredential), "base64");
  assert.equal(privateDecrypt({ key: certificateKey, padding }, block).toString(), "Safaricom123!");
  assert.deepEqual(fields, {
    ResultURL: "https://example.com/result",
    QueueTimeOutURL: "https://example.com/result",
    Remarks: "--",
    PartyA: 600996,
    Amount: 10,
    PartyB: 254708374149,
    OriginatorConversationID: "ref-1",
    CommandID: "BusinessPayment",
    InitiatorName: "testapi",
  });
});

test("every call has the path and the credential of its version", async () => {
  stub.setAnswer(() => [200, { ResponseCode: "0" }]);
  const daraja = createStubClient(stub, { payOutVersion: "v1", collectionVersion: "v1" });
  const urls = { confirmationUrl: "https://example.com/c" };
  const from = stub.requests.length;
  await daraja.payOut({ amount: "10", msisdn: order.msisdn });
  await daraja.registerUrls(urls);
  await createStubClient(stub).registerUrls({ ...urls, ifUnanswered: "cancel" });
  assert.equal(getLastBody()["ResponseType"], "Cancelled");
  await createStubClient(stub).reverse({ transactionId: "UA1SG632NM" });
  await createStubClient(stub).queryCustomer({ msisdn: order.msisdn });
  assert.deepEqual(getLastBody()["body"], { msisdn: "254708374149", shortcode: "600996" });
  await createStubClient(stub).createInvoices([
    {
      externalReference: "1",
      billedFullName: "John Doe",
      billedPhoneNumber: order.msisdn,
      billedPeriod: "August",
      invoiceName: "Rent",
      dueDate: "2027-01-31",
      accountReference: "A1",
      amount: "10",
      invoiceItems: [{ itemName: "Room", amount: "10" }],
    },
  ]);
  const paths = stub
    .listPaths()
    .slice(from)
    .filter((path) => path !== oauthPath);
  assert.deepEqual(paths, [
    "/mpesa/b2c/v1/paymentrequest",
    "/mpesa/c2b/v1/registerurl",
    "/mpesa/c2b/v2/registerurl",
    "/mpesa/reversal/v1/request",
    "/mpesa/b2c/hakikisha/v1/hakikisha",
    "/v1/billmanager-invoice/bulk-invoicing",
  ]);
});

const tokenErrors: readonly (readonly [number, object])[] = [
  [404, { requestId: "1", errorCode: "404.001.03", errorMessage: "Invalid Access Token" }],
  [
    401,
    { requestId: "1", errorCode: "401.002.01", errorMessage: "Error Occurred - Invalid Access Token - t" },
  ],
  [
    401,
    { requestId: "1", errorCode: "401.003.01", errorMessage: "Error Occurred - Invalid Access Token - x" },
  ],
  [400, { requestId: "1", errorCode: "400.003.01", errorMessage: "Invalid Access Token" }],
  [401, { fault: { faultstring: "Invalid access token", detail: { errorcode: "keymanagement.x" } } }],
];

for (const [status, body] of tokenErrors)
  test(`a token that is refused with ${status} ${JSON.stringify(body).slice(0, 60)} is replaced, once`, async () => {
    const daraja = createStubClient(stub);
    let refusals = 1;
    stub.setAnswer(({ headers }) => {
      if (refusals === 0) return [200, { ResponseCode: "0", ConversationID: String(headers.authorization) }];
      refusals -= 1;
      return [status, body];
    });
    const from = stub.requests.length;
    const result = await daraja.queryBalance();
    assert.equal(result.outcome, "acknowledged", JSON.stringify(result));
    assert.equal(
      stub
        .listPaths()
        .slice(from)
        .filter((path) => path === oauthPath).length,
      2,
    );
    refusals = 10;
    const refused = await daraja.queryBalance();
    assert.equal(refused.outcome, "refused");
    assert.equal(refusals, 8, "the client tried more than twice");
  });

/** Answers of a call that moves money, and the outcome of each. */
const answers: readonly (readonly [number, object, string])[] = [
  [400, { errorCode: "400.002.02", errorMessage: "Bad Request - Invalid Amount" }, "refused 400.002.02"],
  [500, { errorCode: "500.002.1001", errorMessage: "System internal error." }, "platform_error"],
  [500, { errorCode: "500.002.1001", errorMessage: "Duplicate OriginatorConversationID." }, "duplicate"],
  [
    500,
    { errorCode: "500.003.02", errorMessage: "Error Occurred: Spike Arrest Violation" },
    "refused 500.003.02",
  ],
  [
    500,
    { errorCode: "500.003.02", errorMessage: "System is busy. Please try again in few minutes." },
    "platform_error",
  ],
  [
    429,
    { fault: { faultstring: "Spike arrest violation.", detail: { errorcode: "policies.ratelimit" } } },
    "refused policies.ratelimit",
  ],
  [200, { ResponseCode: "2001", ResponseDescription: "no" }, "refused 2001"],
  [200, { surprise: true }, "platform_error"],
  [503, { message: "unavailable" }, "platform_error"],
];

for (const [status, body, expected] of answers)
  test(`${status} ${JSON.stringify(body).slice(0, 70)} is ${expected}`, async () => {
    stub.setAnswer(() => [status, body]);
    const result = await createStubClient(stub).payOut({
      amount: "10",
      msisdn: order.msisdn,
      reference: "r",
    });
    const { outcome } = result;
    assert.equal(
      outcome === "refused" ? `refused ${result.code}` : outcome === "unknown" && result.unknownReason,
      expected,
    );
    assert.equal(result.reference, "r");
  });

test("no response in time is unknown, and the payment is sent once", async () => {
  stub.setAnswer(() => null);
  const from = stub.requests.length;
  const result = await createStubClient(stub, { timeoutMs: 200 }).payOut({
    amount: "10",
    msisdn: order.msisdn,
  });
  assert(result.outcome === "unknown" && result.unknownReason === "timed_out", JSON.stringify(result));
  assert.equal(stub.listPaths().slice(from).length, 2);
});

test("a page of the firewall, or a broken connection, is a TransportError with an unknown outcome", async () => {
  stub.setAnswer(() => [403, "<html>Request unsuccessful. Incapsula incident ID: 1</html>"]);
  const firewall = await createStubClient(stub)
    .payOut({ amount: "10", msisdn: order.msisdn, reference: "r" })
    .catch((error: unknown) => error);
  assert(firewall instanceof TransportError && firewall.httpStatus === 403 && firewall.reference === "r");
  stub.setAnswer((_request, response) => {
    response.destroy();
    return null;
  });
  const broken = await createStubClient(stub)
    .collect(order)
    .catch((error: unknown) => error);
  assert(broken instanceof TransportError && broken.mayHaveArrived && broken.outcome === "unknown");
});

test("an empty 400 of OAuth is a refusal, and a broken connection to it is tried again", async () => {
  stub.setTokenAnswer(() => [400, ""]);
  const refused = await createStubClient(stub).getToken();
  assert(refused.outcome === "refused" && refused.code === "400", JSON.stringify(refused));
  let failures = 1;
  stub.setTokenAnswer((_request, response) => {
    if (failures === 0) return [200, { access_token: "again", expires_in: "3599" }];
    failures -= 1;
    response.destroy();
    return null;
  });
  const token = await createStubClient(stub).getToken();
  assert(token.outcome === "accepted" && token.accessToken === "again", JSON.stringify(token));
});

test("results of synchronous calls have readable names", async () => {
  stub.setTokenAnswer(() => [200, { access_token: "t", expires_in: "3599" }]);
  const daraja = createStubClient(stub);
  stub.setAnswer(() => [200, { ResponseCode: "00", QRCode: "iVBORw0" }]);
  const qr = await daraja.createQrCode({ merchantName: "Duka", amount: "10" });
  assert(qr.outcome === "accepted" && qr.image === "iVBORw0", JSON.stringify(qr));
  assert.deepEqual(getLastBody(), {
    MerchantName: "Duka",
    Amount: 10,
    TrxCode: "PB",
    CPI: "600996",
    Size: "300",
  });

  const row = {
    transactionId: "UA1SG632NM",
    trxDate: "2026-01-01T12:00:00+03:00",
    msisdn: 254708374149,
    sender: "MPESA",
    transactiontype: "c2b-pay-bill-debit",
    billreference: "A1",
    amount: "10.0",
    organizationname: "Duka",
  };
  stub.setAnswer(() => [200, { ResponseCode: "1000", ResponseMessage: "Success", Response: [[row]] }]);
  const pull = await daraja.pullTransactions({ from: new Date(0), until: new Date(3_600_000) });
  assert(pull.outcome === "accepted");
  assert.deepEqual(
    pull.transactions.map(({ receipt, amount, msisdn }) => [receipt, amount, msisdn]),
    [["UA1SG632NM", "10.00", "254708374149"]],
  );
  assert.equal(getLastBody()["StartDate"], "1970-01-01 03:00:00");
  stub.setAnswer(() => [200, { ResponseCode: "1001", ResponseMessage: "none", Response: "[[]]" }]);
  const none = await daraja.pullTransactions({ from: new Date(0), until: new Date(1) });
  assert(none.outcome === "accepted" && none.transactions.length === 0);

  stub.setAnswer(() => [
    200,
    { header: { status: "400", message: "Error" }, body: { message: "The customer does not exist." } },
  ]);
  const unknownNumber = await daraja.queryCustomer({ msisdn: order.msisdn });
  assert(
    unknownNumber.outcome === "refused" && unknownNumber.reason.includes("The customer does not exist."),
  );

  stub.setAnswer(() => [200, { code: "0", status: "USSD Initiated Successfully" }]);
  const checkout = await daraja.collectFromTill({
    amount: "10",
    till: "600992",
    paymentReference: "p",
    partnerName: "Duka",
    reference: "ref-9",
  });
  assert(checkout.outcome === "acknowledged" && checkout.requestId === "ref-9");
});

const invalid: readonly (readonly [string, (daraja: Daraja) => unknown])[] = [
  ["amount", (daraja) => daraja.collect({ ...order, amount: "10.50" })],
  ["amount", (daraja) => daraja.collect({ ...order, amount: 10 as unknown as string })],
  ["amount", (daraja) => daraja.reverse({ transactionId: "UA1SG632NM", amount: "" })],
  ["msisdn", (daraja) => daraja.collect({ ...order, msisdn: "255750000001" })],
  ["accountReference", (daraja) => daraja.collect({ ...order, accountReference: "more than twelve" })],
  ["accountReference", (daraja) => daraja.collect({ ...order, accountReference: "" })],
  ["acountReference", (daraja) => daraja.collect({ ...order, acountReference: "A" } as typeof order)],
  ["receiver", (daraja) => daraja.collect({ ...order, receiver: "600001" } as typeof order)],
  ["transactionId", (daraja) => daraja.queryTransaction({})],
  ["msisdn", (daraja) => daraja.payOut({ amount: "10" } as { amount: string; msisdn: string })],
];

for (const [field, call] of invalid)
  test(`an invalid ${field} sends nothing: ${call.toString().slice(12, 90)}`, async () => {
    const from = stub.requests.length;
    const error = await (async () => call(createStubClient(stub)))().then(
      () => null,
      (cause: unknown) => cause,
    );
    assert(error instanceof InvalidArgumentError, String(error));
    assert.equal(error.field, field);
    assert.equal(stub.requests.length, from);
  });

test("invalid options are refused, and no message contains a secret", () => {
  const options: readonly [string, Partial<DarajaOptions>][] = [
    ["baseURL", { baseURL: "http://127.0.0.1" } as Partial<DarajaOptions>],
    ["baseUrl", { environment: "live", baseUrl: "http://example.com" }],
    ["environment", { environment: "production" as "live" }],
    ["consumerSecret", { consumerSecret: "" }],
    ["initiator.certificate", { initiator: { name: "testapi", password: "hidden-word", certificate: "x" } }],
    ["initiator.securityCredential", { initiator: { name: "testapi", securityCredential: "hidden-word" } }],
  ];
  for (const [field, change] of options)
    assert.throws(
      () => createStubClient(stub, change),
      (error) =>
        error instanceof InvalidArgumentError &&
        error.field === field &&
        !error.message.includes("hidden-word"),
      field,
    );
});
