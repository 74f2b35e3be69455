/** Every documented code can be had in the sandbox: results by triggers, responses by faults. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  buildCommandRequest,
  buildRequestEnvelope,
  buildSpHeader,
  formatTimeStamp,
} from "../../../src/protocols/soap/build-request.ts";
import { buildExampleCommand } from "../../../src/protocols/soap/examples.ts";
import { operations } from "../../../src/protocols/soap/operations.ts";
import { lnmoScenarios } from "../../../src/protocols/soap/lnmo/named-scenarios.ts";
import { namedScenarios } from "../../../src/protocols/soap/named-scenarios.ts";
import { faultCodes, responseTexts } from "../../../src/protocols/soap/response-codes.ts";
import { resultTexts } from "../../../src/protocols/soap/result-codes.ts";
import { formatSoapTrigger } from "../../../src/protocols/soap/triggers.ts";
import { findChild, getChildText } from "../../../src/protocols/soap/xml/read-xml.ts";
import { readEnvelope } from "../../../src/protocols/soap/xml/soap-envelope.ts";
import { xmlElement } from "../../../src/protocols/soap/xml/write-xml.ts";
import { control } from "../../support/control.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
import {
  createSoapClient,
  createSoapListener,
  customer,
  getOperation,
  kenya,
  type SoapListener,
  type SoapTestClient,
} from "../../support/soap.ts";

let sandbox: TestSandbox;
let client: SoapTestClient;
let listener: SoapListener;
before(async () => {
  sandbox = await createTestSandbox();
  client = createSoapClient(sandbox);
});
after(() => sandbox[Symbol.asyncDispose]());
test.beforeEach(async () => {
  listener = await createSoapListener();
});
test.afterEach(() => listener[Symbol.asyncDispose]());

const sendTo = (identifier: string, change = {}) =>
  client.run("BusinessPayment", {
    receiverParty: { identifierType: "1", identifier },
    resultUrl: listener.resultUrl,
    references: [["QueueTimeoutURL", listener.timeoutUrl]],
    ...change,
  });

const codes = Object.keys(resultTexts).filter((code) => code !== "0") as Exclude<
  keyof typeof resultTexts,
  "0"
>[];

test("each code of a result follows a payment to its number", async () => {
  for (const [index, code] of codes.entries()) {
    const reply = await sendTo(formatSoapTrigger("customer", code) ?? "");
    assert.equal(reply.code, "0", code);
    const result = await listener.waitForResult(index);
    assert.equal(result.code, code);
    assert.equal(result.description, resultTexts[code]);
  }
});

test("a command of each kind has triggers, in a party or a parameter", async () => {
  const byScheme = new Map(operations.map((operation) => [operation.trigger.field, operation]));
  let count = 0;
  for (const operation of byScheme.values()) {
    const { field, scheme } = operation.trigger;
    const value = formatSoapTrigger(scheme, "17") ?? "";
    const party = { identifierType: operation.receiverParty === "customer" ? "1" : "4", identifier: value };
    await client.run(operation.name, {
      resultUrl: listener.resultUrl,
      ...(field === "ReceiverParty" ? { receiverParty: party } : {}),
      ...(field === "PrimaryParty" ? { primaryParty: party, initiatorShortCode: value } : {}),
      ...(field === "ReceiptNumber" || field === "OriginalTransactionID"
        ? { parameters: [[field, value]] }
        : {}),
    });
    assert.equal((await listener.waitForResult(count)).code, "17", operation.name);
    count += 1;
  }
});

test("silence: the request is accepted, and nothing follows", async () => {
  assert.equal((await sendTo(formatSoapTrigger("customer", "silence") ?? "")).code, "0");
  await sendTo(customer);
  assert.equal((await listener.waitForResult()).code, "0");
  assert.equal(listener.received.length, 1);
});

test("timeout: the notice has the request without its header and without the credential", async () => {
  const originatorConversationId = "timeout-1";
  const reply = await sendTo(formatSoapTrigger("customer", "timeout") ?? "", { originatorConversationId });
  assert.equal(reply.code, "0");
  const [received] = await listener.waitForCallbacks(1);
  assert.equal(received?.path, "/timeout");
  const envelope = readEnvelope(received.text);
  assert("message" in envelope);
  const { message } = envelope;
  assert.equal(message.name, "notifyQueueTimeout");
  assert.equal(message.namespace, "http://www.csapi.org/schema/timeoutnotification/data/v1_0/local");
  assert.equal(getChildText(message, "originatorConversationID"), originatorConversationId);
  const origin = Buffer.from(getChildText(message, "originRequest") ?? "", "base64").toString();
  assert.match(origin, /<soapenv:Body>.*BusinessPayment/s);
  assert.doesNotMatch(origin, /Header|spPassword/);
  assert(!origin.includes(client.keys.securityCredential));
  assert.equal(findChild(message, "extensionInfo"), undefined);
});

for (const prefix of ["soapenv", "SOAP-ENV", "soap-env"])
  test(`timeout: the notice of a request with the prefix ${prefix} has no secret in any spelling`, async () => {
    const secrets = ["CALLER-SECRET", "ENCRYPTED-SECRET", "PARAMETER-SECRET", client.keys.securityCredential];
    const { keys } = client;
    const command = buildCommandRequest(keys, {
      ...buildExampleCommand(getOperation("BusinessPayment"), `timeout-${prefix}`),
      receiverParty: { identifierType: "1", identifier: formatSoapTrigger("customer", "timeout") ?? "" },
      resultUrl: listener.resultUrl,
      references: [["QueueTimeoutURL", listener.timeoutUrl]],
    })
      .replaceAll("soapenv", prefix)
      .replace("<SecurityCredential>", '<SecurityCredential xmlns="">')
      .replace("<Caller>", "<Caller><Password>CALLER-SECRET</Password>")
      .replace(
        "<Parameters>",
        "<EncryptedParameters>ENCRYPTED-SECRET</EncryptedParameters><Parameters><Parameter><Key>Password</Key><Value>PARAMETER-SECRET</Value></Parameter>",
      );
    assert.equal((await client.send(command)).code, "0");
    const [received] = await listener.waitForCallbacks(1);
    const envelope = readEnvelope(received?.text ?? "");
    assert("message" in envelope);
    const origin = Buffer.from(getChildText(envelope.message, "originRequest") ?? "", "base64").toString();
    assert.doesNotMatch(origin, /Header|spPassword|timeStamp/i);
    assert.match(origin, /BusinessPayment.*QueueTimeoutURL.*ResultURL.*ReceiverParty/s);
    const { requests } = await control(sandbox, "GET /markets/{market}/requests", {
      params: { market: kenya },
      query: { limit: "1" },
    });
    for (const text of [origin, JSON.stringify(requests)])
      for (const secret of secrets) assert(!text.includes(secret), secret);
  });

test("timeout: the id is used up, with a URL for the notice and without, and queryTransaction returns the notice", async () => {
  const receiver = formatSoapTrigger("customer", "timeout") ?? "";
  const [withUrl, withoutUrl] = ["timeout-id-1", "timeout-id-2"] as const;
  await sendTo(receiver, { originatorConversationId: withUrl });
  await sendTo(receiver, { originatorConversationId: withoutUrl, references: [] });
  await listener.waitForCallbacks(1);
  for (const [index, originatorConversationId] of [withUrl, withoutUrl].entries()) {
    await sendTo(customer, { originatorConversationId });
    assert.equal((await listener.waitForResult(index + 1)).code, "15", originatorConversationId);
  }
  await sendTo(receiver, { originatorConversationId: withUrl });
  assert.equal((await listener.waitForResult(3)).code, "15");
  const response = await client.post(
    buildRequestEnvelope(
      buildSpHeader(client.keys, formatTimeStamp(new Date())),
      xmlElement(
        "loc:queryTransaction",
        { "xmlns:loc": "http://www.csapi.org/schema/transaction/data/v1_0/local" },
        xmlElement("loc:originatorConversationID", {}, withUrl),
      ),
    ),
    "/queryTransactionService/services/transaction",
  );
  const envelope = readEnvelope(await response.text());
  assert("message" in envelope);
  assert.equal(findChild(envelope.message, "submitApiResultList"), undefined);
  const notice = getChildText(findChild(envelope.message, "queueTimeOutList"), "item") ?? "";
  assert.match(Buffer.from(notice, "base64").toString(), /notifyQueueTimeout/);
});

test("fault: the request is rejected, and nothing follows", async () => {
  const reply = await sendTo(formatSoapTrigger("customer", "fault") ?? "");
  assert.equal(reply.code, "100000004");
  assert.equal(reply.description, "Internal Server Error");
});

test("each code of a response that has no other cause can be asked for", async () => {
  for (const [kind, code] of Object.entries(faultCodes)) {
    await control(sandbox, "POST /markets/{market}/faults", {
      params: { market: kenya },
      body: { kind, times: 1 },
    });
    const reply = await sendTo(customer);
    assert.equal(reply.code, code, kind);
    assert.equal(reply.description, responseTexts[code]);
  }
  assert.equal((await sendTo(customer)).code, "0");
  await listener.waitForResult();
  assert.equal(listener.received.length, 1);
});

test("a trigger of live is an ordinary number", async () => {
  const names = new Set(namedScenarios.map(({ name }) => name));
  assert.equal(names.size, namedScenarios.length);
  assert.equal(namedScenarios.length, operations.length * (codes.length + 3) + lnmoScenarios.length);
});
