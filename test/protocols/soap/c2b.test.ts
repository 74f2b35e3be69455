/** RegisterURL, and the validation and confirmation of payments that customers start, at the organisation's SOAP service. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { railFor } from "../../../src/core/rails.ts";
import { payMerchant } from "../../../src/payments/pay-merchant.ts";
import { buildCommandRequest } from "../../../src/protocols/soap/build-request.ts";
import { buildExampleRegistration } from "../../../src/protocols/soap/examples.ts";
import { soapValidation } from "../../../src/protocols/soap/c2b-messages.ts";
import { getChildText, listChildren, type XmlElement } from "../../../src/protocols/soap/xml/read-xml.ts";
import { readEnvelope } from "../../../src/protocols/soap/xml/soap-envelope.ts";
import { control } from "../../support/control.ts";
import { registerShortcodes } from "../../support/daraja.ts";
import { createTestListener, type Listener, type ListenerBehaviour } from "../../support/listener.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
import {
  createServiceProvider,
  createSoapClient,
  customer,
  kenya,
  type SoapReply,
  type SoapTestClient,
} from "../../support/soap.ts";

let sandbox: TestSandbox;
let client: SoapTestClient;
let listener: Listener;
let lastShortcode = 820_000;
before(async () => {
  sandbox = await createTestSandbox();
  client = createSoapClient(sandbox);
});
after(() => sandbox[Symbol.asyncDispose]());
test.beforeEach(async () => {
  listener = await createTestListener({ behaviour: accept });
});
test.afterEach(() => listener[Symbol.asyncDispose]());

const c2bNamespace = "http://cps.huawei.com/cpsinterface/c2bpayment";

/** The answer of a service to a validation. */
const answer = (
  fields: string,
  body = `<c:C2BPaymentValidationResult xmlns:c="${c2bNamespace}">${fields}</c:C2BPaymentValidationResult>`,
): string =>
  `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header/><s:Body>${body}</s:Body></s:Envelope>`;

const answerWith =
  (text: string, status = 200): ListenerBehaviour =>
  (_callback, response) =>
    void response.writeHead(status, { "content-type": "text/xml" }).end(text);

const accept = answerWith(
  answer(
    "<ResultCode>0</ResultCode><ResultDesc>Accepted</ResultDesc><ThirdPartyTransID>T 1</ThirdPartyTransID>",
  ),
);

async function createMerchant(kind: "paybill" | "till" = "paybill"): Promise<string> {
  const shortcode = String((lastShortcode += 1));
  await registerShortcodes(sandbox, [{ shortcode, name: "Umoja Stores", kind }]);
  await control(sandbox, "PATCH /markets/{market}/organisations/{shortcode}", {
    params: { market: kenya, shortcode },
    body: { externalValidation: true },
  });
  return shortcode;
}

const register = (shortCode: string, change = {}, own = client): Promise<SoapReply> =>
  own.send(
    buildCommandRequest(own.keys, {
      ...buildExampleRegistration(
        `register-${shortCode}`,
        { shortCode },
        { validation: listener.url, confirmation: listener.url },
      ),
      ...change,
    }),
    "/mminterface/registerURL",
  );

const pay = (organisation: string, amountMinor = 78_00n) =>
  payMerchant(sandbox.platform.payments(railFor("sandbox", kenya)), {
    id: sandbox.platform.newId(),
    msisdn: customer,
    organisation,
    account: "INV & 1",
    amountMinor,
    purpose: null,
    description: "",
    simulatedBy: null,
    refusal: null,
  });

async function readMessage(index: number): Promise<{ readonly message: XmlElement; readonly text: string }> {
  const received = (await listener.waitForCallbacks(index + 1))[index];
  assert(received !== undefined);
  const envelope = readEnvelope(received.text);
  assert("message" in envelope);
  return { message: envelope.message, text: received.text };
}

test("RegisterURL answers 00000000 with empty ids, without a caller and an initiator", async () => {
  const reply = await register(await createMerchant());
  assert.equal(reply.code, "00000000", reply.text);
  assert.equal(reply.description, "success");
  assert.match(reply.text, /<ConversationID\/>.*<OriginatorConversationID\/><ServiceStatus>0</);
});

test("a payment is validated and confirmed with the genuine names, in the order of the schema", async () => {
  const shortcode = await createMerchant();
  await register(shortcode);
  await pay(shortcode);
  const validation = await readMessage(0);
  const [first] = listener.received;
  assert.equal(first?.headers["soapaction"], '"ValidateC2BPayment"');
  assert.match(first.headers["content-type"] ?? "", /^text\/xml/);
  assert.match(
    validation.text,
    /^<\?xml version="1\.0" encoding="utf-8" \?><soapenv:Envelope xmlns:soapenv="http:\/\/schemas\.xmlsoap\.org\/soap\/envelope\/" xmlns:xsi="[^"]*" xmlns:ns1="http:\/\/cps\.huawei\.com\/cpsinterface\/c2bpayment"><soapenv:Body><ns1:C2BPaymentValidationRequest><TransType>Pay Bill<\/TransType>/,
  );
  assert.doesNotMatch(validation.text, /Header|InvoiceNumber/);
  assert.deepEqual(
    validation.message.children.map(({ name, namespace }) => [name, namespace]),
    [
      "TransType",
      "TransID",
      "TransTime",
      "TransAmount",
      "BusinessShortCode",
      "BillRefNumber",
      "MSISDN",
      "KYCInfo",
      "KYCInfo",
    ].map((name) => [name, ""]),
  );
  assert.equal(getChildText(validation.message, "TransAmount"), "78.00");
  assert.equal(getChildText(validation.message, "BillRefNumber"), "INV & 1");
  assert.equal(getChildText(validation.message, "MSISDN"), customer);
  assert.match(getChildText(validation.message, "TransTime") ?? "", /^\d{14}$/);
  const names = listChildren(validation.message, "KYCInfo").map((entry) => [
    getChildText(entry, "KYCName"),
    getChildText(entry, "KYCValue"),
  ]);
  assert.deepEqual(names, [
    ["[Personal Details][First Name]", "John"],
    ["[Personal Details][Last Name]", "Doe"],
  ]);

  const confirmation = await readMessage(1);
  assert.equal(listener.received[1]?.headers["soapaction"], '"ConfirmC2BPayment"');
  assert.equal(confirmation.message.name, "C2BPaymentConfirmationRequest");
  assert.deepEqual(
    confirmation.message.children.map(({ name }) => name),
    [
      "TransType",
      "TransID",
      "TransTime",
      "TransAmount",
      "BusinessShortCode",
      "BillRefNumber",
      "OrgAccountBalance",
      "ThirdPartyTransID",
      "MSISDN",
      "KYCInfo",
      "KYCInfo",
    ],
  );
  assert.equal(getChildText(confirmation.message, "TransID"), getChildText(validation.message, "TransID"));
  assert.equal(getChildText(confirmation.message, "ThirdPartyTransID"), "T 1");
  assert.equal(getChildText(confirmation.message, "OrgAccountBalance"), "78.00");
});

test("a till's payment is of the type Buy Goods and has no account", async () => {
  const shortcode = await createMerchant("till");
  await register(shortcode);
  await pay(shortcode);
  const { message } = await readMessage(0);
  assert.equal(getChildText(message, "TransType"), "Buy Goods");
  assert.equal(getChildText(message, "BillRefNumber"), null);
});

test("an answer other than 0 rejects the payment, and nothing is confirmed", async () => {
  const shortcode = await createMerchant();
  await register(shortcode);
  const balance = await sandbox.getAvailable(customer, kenya);
  listener.setBehaviour(
    answerWith(answer("<ResultCode>C2B00012</ResultCode><ResultDesc>No account</ResultDesc>")),
  );
  await pay(shortcode);
  await readMessage(0);
  // The next payment is confirmed, and it comes after the one that was rejected.
  listener.setBehaviour(accept);
  await pay(shortcode, 10_00n);
  const confirmation = await readMessage(2);
  assert.equal(getChildText(confirmation.message, "TransAmount"), "10.00");
  assert.equal(await sandbox.getAvailable(customer, kenya), balance - 10_00n);
});

test("answers mean what they say, also hostile ones", () => {
  const parse = (body: string, httpStatus = 200) => soapValidation.parse({ httpStatus, body });
  assert.deepEqual(parse(answer("<ResultCode>0</ResultCode>")), {
    verdict: "accepted",
    thirdPartyReference: null,
  });
  assert.deepEqual(parse(answer("<ResultCode>00000000</ResultCode>")).verdict, "accepted");
  for (const [code, refusal] of Object.entries({
    C2B00011: "validation_rejected_msisdn",
    C2B00012: "validation_rejected_account",
    C2B00013: "validation_rejected_amount",
    C2B00014: "validation_rejected_kyc",
    C2B00015: "validation_rejected_shortcode",
    C2B00016: "validation_rejected",
    "1": "validation_rejected",
  }))
    assert.deepEqual(parse(answer(`<ResultCode>${code}</ResultCode>`)), { verdict: "refused", refusal });
  assert.equal(parse(answer("<ResultCode>0</ResultCode>"), 500).verdict, "none");
  // Some services answer in a wrapper of their operation.
  const wrapped = answer(
    "",
    `<ValidateC2BPaymentResponse><C2BPaymentValidationResult><ResultCode>0</ResultCode></C2BPaymentValidationResult></ValidateC2BPaymentResponse>`,
  );
  assert.equal(parse(wrapped).verdict, "accepted");
  for (const body of [
    "",
    "ok",
    '{"ResultCode":0}',
    answer(""),
    "<a/>",
    `<!DOCTYPE x [<!ENTITY a "0">]>${answer("<ResultCode>&a;</ResultCode>")}`,
    answer(`<ResultCode>${"<a>".repeat(1000)}`),
    "<a>".repeat(100_000),
    answer("<ResultCode>0</ResultCode>").slice(0, -20),
  ]) {
    const startedAt = performance.now();
    assert.equal(parse(body).verdict, "none", body.slice(0, 60));
    assert(performance.now() - startedAt < 100);
  }
});

test("what is missing or invalid is named at once", async () => {
  const shortcode = await createMerchant();
  const cases: readonly (readonly [change: object, code: string, description: string])[] = [
    [{ parameters: [] }, "100000014", "Missing mandatory parameter:ResponseType"],
    [{ parameters: [["ResponseType", "Maybe"]] }, "100000005", "Invalid input value:ResponseType"],
    [{ parameters: [["ResponseType", "__proto__"]] }, "100000005", "Invalid input value:ResponseType"],
    [
      { references: [["ValidationURL", listener.url]] },
      "100000014",
      "Missing mandatory parameter:ConfirmationURL",
    ],
    [{ references: [["ConfirmationURL", "nowhere"]] }, "100000005", "Invalid input value:ConfirmationURL"],
    [
      {
        references: [
          ["ConfirmationURL", listener.url],
          ["ValidationURL", "nowhere"],
        ],
      },
      "100000005",
      "Invalid input value:ValidationURL",
    ],
    [{ primaryParty: undefined }, "100000014", "Missing mandatory parameter:ShortCode"],
    [
      { primaryParty: { identifierType: "1", identifier: "899999" } },
      "100000005",
      "Invalid input value:ShortCode",
    ],
    [
      { primaryParty: { identifierType: "1", identifier: "174379" } },
      "100000005",
      "Invalid input value:ShortCode",
    ],
  ];
  for (const [change, code, description] of cases) {
    const reply = await register(shortcode, change);
    assert.equal(reply.code, code, reply.text);
    assert.equal(reply.description, description);
  }
});

test("an application registers URLs of its own organisations only, and with the product", async () => {
  const shortcode = await createMerchant();
  const own = await createServiceProvider(sandbox, { shortcodes: [shortcode] });
  const ownClient = createSoapClient(sandbox, own.keys);
  assert.equal((await register(await createMerchant(), {}, ownClient)).code, "100000005");
  assert.equal((await register(shortcode, {}, ownClient)).code, "00000000");
  const without = await createServiceProvider(sandbox, { products: ["soapB2c"] });
  assert.equal((await register(shortcode, {}, createSoapClient(sandbox, without.keys))).code, "100000010");
});
