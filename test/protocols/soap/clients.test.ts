/**
 * SOAP libraries with the served WSDL make every call: node-soap here, and PHP's SoapClient and Python's zeep where they are
 * installed (`../../support/soap-runners.ts` says how to name them).
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createClientAsync, listen, WSDL, type Client } from "soap";
import { buildRequestDocument, formatTimeStamp } from "../../../src/protocols/soap/build-request.ts";
import { encryptNewPassword } from "../../../src/protocols/soap/change-password.ts";
import { buildExampleCommand, buildExampleRegistration } from "../../../src/protocols/soap/examples.ts";
import { namespaces } from "../../../src/protocols/soap/names.ts";
import { operations } from "../../../src/protocols/soap/operations.ts";
import { renderSamples } from "../../../src/protocols/soap/samples/write-samples.ts";
import { createDigest } from "../../../src/protocols/soap/sp-digest.ts";
import { readXml } from "../../../src/protocols/soap/xml/read-xml.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
import {
  createServiceProvider,
  createSoapClient,
  createSoapListener,
  type SoapTestKeys,
} from "../../support/soap.ts";
import { soapRunners } from "../../support/soap-runners.ts";
import { mapTwoAtATime, run } from "../../samples/runners.ts";

let sandbox: TestSandbox;
let keys: SoapTestKeys;
before(async () => {
  sandbox = await createTestSandbox();
  keys = createSoapClient(sandbox).keys;
});
after(() => sandbox[Symbol.asyncDispose]());

const loadClient = (path: string): Promise<Client> => createClientAsync(`${sandbox.url}${path}?wsdl`);

const wsdlPaths = [
  "/mminterface/request",
  "/mminterface/registerURL",
  "/mminterface/result",
  "/mminterface/c2bpayment",
  "/mminterface/timeout",
  "/queryTransactionService/services/transaction",
  "/changePasswordService/services/changePassword",
];

test("every WSDL has the genuine names, and node-soap loads it", async () => {
  const described = Object.fromEntries(
    await Promise.all(wsdlPaths.map(async (path) => [path, (await loadClient(path)).describe()] as const)),
  ) as Record<string, Record<string, Record<string, object>>>;
  assert.deepEqual(
    Object.keys(described["/mminterface/request"]?.["RequestMgrService"]?.["RequestMgrServicePort"] ?? {}),
    ["GenericAPIRequest"],
  );
  assert.deepEqual(
    Object.keys(described["/mminterface/result"]?.["ResultMgrService"]?.["ResultMgrServicePort"] ?? {}),
    ["GenericAPIResult"],
  );
  assert.deepEqual(
    Object.keys(
      described["/mminterface/c2bpayment"]?.["C2BPaymentValidationAndConfirmationService"]?.[
        "C2BPaymentValidationAndConfirmationServicePort"
      ] ?? {},
    ),
    ["ValidateC2BPayment", "ConfirmC2BPayment"],
  );
  const response = await fetch(`${sandbox.url}/mminterface/c2bpayment?WSDL`);
  const text = await response.text();
  for (const name of [
    "C2BPaymentValidationAndComfirmation",
    "C2BPaymentValidationAndConfirmationBinding",
    'part name="C2BPaymenConfirmationRequest"',
    'elementFormDefault="unqualified"',
    'soapAction="ConfirmC2BPayment"',
  ])
    assert(text.includes(name), name);
  const request = await (await fetch(`${sandbox.url}/mminterface/request?wsdl`)).text();
  for (const name of [
    "RequestMgrPortType",
    "RequestBinding",
    "RequestSOAPHeaderMessage",
    "RequestMessage",
    "ResponseMessage",
    namespaces.header,
  ])
    assert(request.includes(name), name);
});

test("the schemas of the inner documents are served, and are well-formed", async () => {
  for (const path of [
    "request?xsd",
    "request?xsd=response",
    "registerURL?xsd=request",
    "result?xsd=result",
  ]) {
    const response = await fetch(`${sandbox.url}/mminterface/${path}`);
    assert.equal(response.status, 200, path);
    const document = readXml(await response.text());
    assert("root" in document && document.root.name === "schema", path);
  }
  assert.equal((await fetch(`${sandbox.url}/mminterface/result?xsd=other`)).status, 404);
});

/** The header as node-soap writes it. */
function addHeader(client: Client, own = keys): void {
  const timeStamp = formatTimeStamp(new Date());
  const { spId, spPassword: password, serviceId } = own;
  const spPassword = createDigest({ spId, password, timeStamp }, "lowerHex");
  client.clearSoapHeaders();
  client.addSoapHeader(
    { RequestSOAPHeader: { spId, spPassword, serviceId, timeStamp } },
    "",
    "head",
    namespaces.header,
  );
}

/** The ResponseCode of a response as node-soap returns it: it reads the document in the message, too. */
const readCode = (result: unknown): string =>
  (result as { response: { ResponseCode: string } }).response.ResponseCode;

test("node-soap makes every command, and RegisterURL", async () => {
  const client = await loadClient("/mminterface/request");
  const register = await loadClient("/mminterface/registerURL");
  await using listener = await createSoapListener();
  let count = 0;
  for (const operation of operations) {
    addHeader(client);
    const details = {
      ...buildExampleCommand(operation, `node-soap-${randomUUID()}`),
      resultUrl: listener.resultUrl,
    };
    const [result] = (await client["GenericAPIRequestAsync"](
      buildRequestDocument(keys, details, new Date()),
    )) as [unknown];
    assert.equal(readCode(result), "0", operation.name);
    const received = await listener.waitForResult(count);
    assert.equal(received.originatorConversationId, details.originatorConversationId);
    count += 1;
  }
  addHeader(register);
  const registration = buildRequestDocument(keys, buildExampleRegistration("r"), new Date());
  const [registered] = (await register["GenericAPIRequestAsync"](registration)) as [unknown];
  assert.equal(readCode(registered), "00000000");
});

test("node-soap queries a request and changes a password", async () => {
  const own = await createServiceProvider(sandbox);
  const commands = createSoapClient(sandbox, own.keys);
  await using listener = await createSoapListener();
  await commands.run("BusinessPayment", {
    originatorConversationId: "to-query",
    resultUrl: listener.resultUrl,
  });
  await listener.waitForResult();
  const query = await loadClient("/queryTransactionService/services/transaction");
  addHeader(query, own.keys);
  const [queried] = (await query["queryTransactionAsync"]({
    originatorConversationID: "to-query",
  })) as [{ result: { ResponseCode: string }; submitApiResultList: { item: string[] } }];
  assert.equal(queried.result.ResponseCode, "00000000");
  assert.match(Buffer.from(queried.submitApiResultList.item[0] ?? "", "base64").toString(), /to-query/);

  const { spId, spPassword: password, passwordKey, passwordVector } = own.keys;
  const timeStamp = formatTimeStamp(new Date());
  const change = await loadClient("/changePasswordService/services/changePassword");
  const [changed] = (await change["changePasswordAsync"]({
    spId,
    spPassword: createDigest({ spId, password, timeStamp }, "lowerHex"),
    timeStamp,
    newPassword: encryptNewPassword("a new password", passwordKey, passwordVector),
  })) as [{ result: { ResponseCode: string } }];
  assert.equal(changed.result.ResponseCode, "000000000");
});

test("a service that node-soap serves from the WSDL of results gets them, and its answer is read", async () => {
  const wsdl = await (await fetch(`${sandbox.url}/mminterface/result?wsdl`)).text();
  const received: unknown[] = [];
  let notify = (): void => {};
  const arrived = new Promise<void>((resolve) => {
    notify = resolve;
  });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  listen(server, {
    path: "/result",
    xml: wsdl,
    services: {
      ResultMgrService: {
        ResultMgrServicePort: {
          GenericAPIResult: (message: unknown) => {
            received.push(message);
            notify();
            return "<response><ResponseCode>00000000</ResponseCode><ResponseDesc>success</ResponseDesc></response>";
          },
        },
      },
    },
  });
  try {
    await createSoapClient(sandbox).run("BusinessPayment", { resultUrl: `http://127.0.0.1:${port}/result` });
    await arrived;
    assert.match(JSON.stringify(received[0]), /"ResultCode":"\d+"/);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test("the WSDLs define what they use", async () => {
  for (const path of wsdlPaths) {
    const text = await (await fetch(`${sandbox.url}${path}?wsdl`)).text();
    await new Promise<void>((resolve, reject) => {
      const wsdl = new WSDL(text, `${sandbox.url}${path}`, {});
      wsdl.onReady((error) => (error == null ? resolve() : reject(error)));
    });
    assert.doesNotMatch(text, /undefined|\[object/);
  }
});

for (const [language, { command, exists }] of Object.entries(soapRunners))
  test(`the samples in ${language} are accepted, each as a program`, { skip: !exists }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "pesarail-soap-samples-"));
    try {
      const info = { ...(sandbox.platform.sandboxInfo["soap"] as object), url: sandbox.url };
      mkdirSync(join(folder, "data"));
      writeFileSync(join(folder, "data/sandbox.json"), JSON.stringify({ soap: info }, null, 2));
      const samples = renderSamples(folder).filter((sample) => sample.language.id === language);
      assert.equal(samples.length, operations.length + 1);
      for (const { path, text } of samples) {
        mkdirSync(join(path, ".."), { recursive: true });
        writeFileSync(path, text);
      }
      await mapTwoAtATime(samples, async ({ path, call }) => {
        const result = await run(command, path, folder);
        assert.equal(result.code, 0, `${call.name}: ${result.out}${result.error}`);
        assert.match(result.out, /^0+ /, call.name);
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
