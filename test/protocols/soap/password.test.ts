/** `changePassword` and `queryTransaction`. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Id } from "../../../src/core/ids.ts";
import { railFor } from "../../../src/core/rails.ts";
import { protocolScope } from "../../../src/payments/idempotency-keys.ts";
import { queueQueryResult } from "../../../src/payments/query-results.ts";
import { decryptPassword, encryptNewPassword } from "../../../src/protocols/soap/change-password.ts";
import { buildSpHeader, formatTimeStamp } from "../../../src/protocols/soap/build-request.ts";
import { createDigest } from "../../../src/protocols/soap/sp-digest.ts";
import {
  findChild,
  getChildText,
  listChildren,
  type XmlElement,
} from "../../../src/protocols/soap/xml/read-xml.ts";
import { readEnvelope } from "../../../src/protocols/soap/xml/soap-envelope.ts";
import { control } from "../../support/control.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
import {
  createServiceProvider,
  createSoapClient,
  createSoapListener,
  kenya,
  type SoapTestClient,
  type SoapTestKeys,
} from "../../support/soap.ts";

let sandbox: TestSandbox;
let client: SoapTestClient;
before(async () => {
  sandbox = await createTestSandbox();
  client = createSoapClient(sandbox);
});
after(() => sandbox[Symbol.asyncDispose]());

const management = "http://www.csapi.org/schema/management/data/v1_0/local";

interface PasswordReply {
  readonly code: string | null;
  readonly description: string | null;
}

async function change(
  keys: SoapTestKeys,
  newPassword: string,
  timeStamp = "20140223113340",
): Promise<PasswordReply> {
  const { spId, spPassword: password } = keys;
  const digest = createDigest({ spId, password, timeStamp }, "lowerHex");
  const response = await client.post(
    `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header/><s:Body><l:changePassword xmlns:l="${management}"><l:spId>${spId}</l:spId><l:spPassword>${digest}</l:spPassword><l:timeStamp>${timeStamp}</l:timeStamp><l:newPassword>${newPassword}</l:newPassword></l:changePassword></s:Body></s:Envelope>`,
    "/changePasswordService/services/changePassword",
  );
  const envelope = readEnvelope(await response.text());
  assert("message" in envelope);
  assert.equal(envelope.message.name, "changePasswordResponse");
  const result = findChild(envelope.message, "result");
  return { code: getChildText(result, "ResponseCode"), description: getChildText(result, "ResponseDesc") };
}

test("the documented test vector is encrypted and decrypted", () => {
  const [key, vector] = ["AAAabcdefghijklm", "abcdefghijklmnop"];
  assert.equal(encryptNewPassword("!QAZ2wsx", key, vector), "wi2a7BAH0QPd2LRdmcgC9w==");
  assert.equal(decryptPassword("wi2a7BAH0QPd2LRdmcgC9w==", key, vector), "!QAZ2wsx");
  assert.equal(decryptPassword("wi2a7BAH0QPd2LRdmcgC9w==", "another-key-1234", vector), null);
});

test("a new password holds at once, and the old one no longer", async () => {
  const { keys } = await createServiceProvider(sandbox);
  const newPassword = "!QAZ2wsx";
  const encrypted = encryptNewPassword(newPassword, keys.passwordKey, keys.passwordVector);
  assert.deepEqual(await change(keys, encrypted), { code: "000000000", description: "success" });
  assert.equal((await createSoapClient(sandbox, keys).run("BusinessPayment")).code, "100000007");
  const renewed = { ...keys, spPassword: newPassword };
  assert.equal((await createSoapClient(sandbox, renewed).run("BusinessPayment")).code, "0");
  // And it can be changed again.
  const again = encryptNewPassword("a longer password", keys.passwordKey, keys.passwordVector);
  assert.equal((await change(renewed, again)).code, "000000000");
});

test("a wrong digest, a foreign key and a bad password are refused, and nothing changes", async () => {
  const { keys } = await createServiceProvider(sandbox);
  const { passwordKey, passwordVector } = keys;
  const encrypt = (password: string): string => encryptNewPassword(password, passwordKey, passwordVector);
  assert.equal((await change({ ...keys, spPassword: "wrong" }, encrypt("!QAZ2wsx"))).code, "100000007");
  for (const bad of [
    encrypt("short"),
    encrypt("x".repeat(65)),
    encrypt("with\u0000control"),
    encryptNewPassword("!QAZ2wsx", "0123456789abcdef", passwordVector),
    "not base64",
    "AAAA",
  ]) {
    const { code, description } = await change(keys, bad);
    assert.equal(code, "100000005", bad);
    assert.equal(description, "Invalid input value:newPassword");
  }
  assert.equal((await change(keys, "")).code, "100000014");
  assert.equal((await createSoapClient(sandbox, keys).run("BusinessPayment")).code, "0");
});

test("the request log has the change without the password", async () => {
  const { keys } = await createServiceProvider(sandbox);
  const encrypted = encryptNewPassword("!QAZ2wsxEDC", keys.passwordKey, keys.passwordVector);
  await change(keys, encrypted);
  const { requests } = await control(sandbox, "GET /markets/{market}/requests", {
    params: { market: kenya },
    query: { limit: "1" },
  });
  assert.equal(requests[0]?.call, "changePassword");
  assert(!JSON.stringify(requests).includes(encrypted));
});

const transaction = "http://www.csapi.org/schema/transaction/data/v1_0/local";

async function query(keys: SoapTestKeys, id: string): Promise<XmlElement> {
  const header = buildSpHeader(keys, formatTimeStamp(new Date())).text;
  const response = await client.post(
    `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>${header}</s:Header><s:Body><l:queryTransaction xmlns:l="${transaction}"><l:originatorConversationID>${id}</l:originatorConversationID><l:extensionInfo><l:item><Key>queryDate</Key><Value>20261128</Value></l:item></l:extensionInfo></l:queryTransaction></s:Body></s:Envelope>`,
    "/queryTransactionService/services/transaction",
  );
  const envelope = readEnvelope(await response.text());
  assert("message" in envelope);
  assert.equal(envelope.message.name, "queryTransactionResponse");
  return envelope.message;
}

const getCode = (message: XmlElement): string | null =>
  getChildText(findChild(message, "result"), "ResponseCode");

const listMessages = (message: XmlElement, list: string): readonly string[] =>
  listChildren(findChild(message, list), "item").map(({ text }) => Buffer.from(text, "base64").toString());

test("queryTransaction returns the response and the result of a request as HTTP messages", async () => {
  await using listener = await createSoapListener();
  const originatorConversationId = "queried-1";
  const paid = await client.run("BusinessPayment", {
    originatorConversationId,
    resultUrl: listener.resultUrl,
  });
  const result = await listener.waitForResult();
  const message = await query(client.keys, originatorConversationId);
  assert.equal(getCode(message), "00000000");
  assert.equal(
    findChild(findChild(message, "result"), "ResponseCode")?.namespace,
    "http://api-v1.gen.mm.vodafone.com/mminterface/response",
  );
  const [response] = listMessages(message, "submitApiResponseList");
  assert.equal(response?.split("\r\n\r\n")[1], paid.text);
  assert.match(response, /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/xml;charset=UTF-8\r\n/);
  const [sent] = listMessages(message, "submitApiResultList");
  assert.equal(sent?.split("\r\n\r\n")[1], result.text);
  assert.match(sent, /^POST \/result HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\n/);
  assert.deepEqual(listMessages(message, "submitApiRequestList"), []);
});

test("an id is claimed together with its result, or not at all", async () => {
  const { platform } = sandbox;
  const payments = platform.payments(railFor("sandbox", kenya));
  const queue = (id: Id, reference: string) =>
    queueQueryResult(payments, {
      id,
      applicationId: 1n,
      protocol: "soap",
      kind: "result",
      endpoint: "http://127.0.0.1:9/result",
      queryResult: { operation: "AccountBalance", body: "" },
      claim: { reference, scope: protocolScope },
    });
  const id = platform.newId();
  assert.equal(await queue(id, "claimed-1"), true);
  assert.equal(await queue(platform.newId(), "claimed-1"), false);
  // A second notification with one id cannot be stored.
  await assert.rejects(queue(id, "claimed-2"));
  assert.equal(await queue(platform.newId(), "claimed-2"), true);
});

test("queryTransaction finds the results of queries, and nothing of other providers", async () => {
  await using listener = await createSoapListener();
  await client.run("AccountBalance", {
    originatorConversationId: "queried-2",
    resultUrl: listener.resultUrl,
  });
  assert.equal(listMessages(await query(client.keys, "queried-2"), "submitApiResultList").length, 1);
  const other = await createServiceProvider(sandbox);
  assert.deepEqual(listMessages(await query(other.keys, "queried-2"), "submitApiResultList"), []);
  assert.equal(getCode(await query({ ...client.keys, spPassword: "wrong" }, "queried-2")), "100000007");
});
