/** What attackers and broken programs send: each is answered within milliseconds, in the form of the Broker. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { buildCommandRequest } from "../../../src/protocols/soap/build-request.ts";
import { buildExampleCommand } from "../../../src/protocols/soap/examples.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
import { createSoapClient, getOperation, type SoapTestClient } from "../../support/soap.ts";

let sandbox: TestSandbox;
let client: SoapTestClient;
let valid: string;
before(async () => {
  sandbox = await createTestSandbox();
  client = createSoapClient(sandbox);
  valid = buildCommandRequest(client.keys, buildExampleCommand(getOperation("BusinessPayment"), "valid"));
  // The first request loads what later ones reuse.
  await client.send(valid);
});
after(() => sandbox[Symbol.asyncDispose]());

const laughs = `<!DOCTYPE l [<!ENTITY a "${"x".repeat(100)}">${"bcdefgh"
  .split("")
  .map((name, at) => `<!ENTITY ${name} "${`&${"abcdefgh"[at]};`.repeat(10)}">`)
  .join("")}]>`;

/** Puts something before the root of the envelope, and something into the document. */
const insert = (declaration: string, entity: string): string =>
  valid.replace("?>", `?>${declaration}`).replace("<Remark>", `<Remark>${entity}`);

const bodies: Readonly<Record<string, () => string | Buffer>> = {
  "billion laughs": () => insert(laughs, "&h;"),
  "an external entity": () => insert(`<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>`, "&x;"),
  "a parameter entity": () => insert(`<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]>`, ""),
  "a document type": () => insert(`<!DOCTYPE soapenv:Envelope SYSTEM "http://127.0.0.1:9/x.dtd">`, ""),
  "a document type in the inner document": () => valid.replace("<![CDATA[<?xml", `<![CDATA[${laughs}<?xml`),
  "entities in the inner document": () => valid.replace("<Remark>Remark", "<Remark>&lol;"),
  "an entity of NUL in the inner document": () => valid.replace("<Remark>Remark", "<Remark>&#0;"),
  "ten megabytes": () => valid.replace("<Remark>", `<Remark>${"x".repeat(10 * 1024 * 1024)}`),
  "a hundred kilobytes": () => valid.replace("<Remark>", `<Remark>${"x".repeat(100 * 1024)}`),
  "deep nesting": () =>
    valid.replace("<soapenv:Header>", `<soapenv:Header>${"<a>".repeat(3000)}${"</a>".repeat(3000)}`),
  "deep nesting in the inner document": () =>
    valid.replace("<Transaction>", `<Transaction>${"<a>".repeat(3000)}${"</a>".repeat(3000)}`),
  "thousands of attributes": () =>
    valid.replace(
      "<soapenv:Header>",
      `<soapenv:Header ${Array.from({ length: 4000 }, (_, at) => `a${at}="1"`).join(" ")}>`,
    ),
  "thousands of elements": () => valid.replace("<soapenv:Header>", `<soapenv:Header>${"<a/>".repeat(5000)}`),
  "thousands of parameters": () =>
    valid.replace(
      "<Parameters>",
      `<Parameters>${"<Parameter><Key>A</Key><Value>1</Value></Parameter>".repeat(100)}`,
    ),
  "a truncated envelope": () => valid.slice(0, -40),
  "a truncated inner document": () => valid.replace("</request>", ""),
  "half of a character": () => Buffer.concat([Buffer.from(valid.slice(0, 400)), Buffer.from([0xc3])]),
  "bytes of another encoding than the declared one": () =>
    Buffer.from(valid.replace("Remark<", "Ümoja<"), "latin1"),
  "an encoding that it does not have": () => valid.replace('encoding="UTF-8"', 'encoding="UTF-16"'),
  "an unknown encoding": () => valid.replace('encoding="UTF-8"', 'encoding="EBCDIC"'),
  "control characters": () => valid.replace("<Remark>", "<Remark>\u0000\u0001"),
  JSON: () => '{"request":{}}',
  "a form": () => "a=1&b=2",
  nothing: () => "",
  "no envelope": () => "<request/>",
  "an envelope without a body": () => '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"/>',
  "another message": () => valid.replaceAll("RequestMsg", "OtherMsg"),
  "a message of another namespace": () =>
    valid.replace('mminterface/request"><soapenv', 'mminterface/other"><soapenv'),
  "an empty message": () => valid.replace(/<!\[CDATA\[.*\]\]>/s, ""),
  "a message that is no XML": () => valid.replace(/<!\[CDATA\[.*\]\]>/s, "hello"),
  "another root in the document": () =>
    valid.replace("<request xmlns", "<response xmlns").replace("</request>", "</response>"),
  "a document without a transaction": () => valid.replaceAll("Transaction>", "Trans>"),
  "a field that is too long": () => valid.replace("BusinessPayment", "B".repeat(65)),
};

const maxAnswerMs = 500;

for (const [name, build] of Object.entries(bodies))
  test(`${name}: ResponseCode 23 within milliseconds`, async () => {
    const body = build();
    let fastestMs = Infinity;
    // The fastest of three counts, because other processes may have the processor.
    for (let attempts = 0; attempts < 3 && fastestMs >= maxAnswerMs; attempts += 1) {
      const startedAt = performance.now();
      const reply = await client.send(body);
      fastestMs = Math.min(fastestMs, performance.now() - startedAt);
      assert.equal(reply.status, 200);
      assert.equal(reply.code, "23", reply.text);
      assert.match(reply.description, /^Request schema validation error: [A-Z]/);
      assert.doesNotMatch(reply.text, /root:|node_modules|at .*\.ts/);
    }
    assert(fastestMs < maxAnswerMs, `${fastestMs} ms`);
  });

test("the server answers others while it reads hostile documents", async () => {
  const attacks = Array.from({ length: 20 }, () => client.send(insert(laughs, "&h;")));
  const startedAt = performance.now();
  const reply = await client.run("BusinessPayment");
  assert.equal(reply.code, "0");
  assert(performance.now() - startedAt < 2000);
  await Promise.all(attacks);
});

test("a body that stops in the middle gets no answer before its deadline, and does not keep others waiting", async () => {
  const { port } = new URL(sandbox.url);
  const socket = connect(Number(port), "127.0.0.1");
  await once(socket, "connect");
  socket.write(
    `POST /mminterface/request HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: 5000\r\n\r\n<a`,
  );
  assert.equal((await client.run("BusinessPayment")).code, "0");
  socket.destroy();
});

test("other methods and paths have a SOAP fault that says what to do", async () => {
  const get = await fetch(`${sandbox.url}/mminterface/request`);
  assert.equal(get.status, 405);
  assert.match(await get.text(), /<faultstring>Send requests by POST; \?wsdl describes the service\./);
  const missing = await client.post(valid, "/mminterface/unknown<b>");
  assert.equal(missing.status, 404);
  const text = await missing.text();
  assert.match(text, /<faultstring>No service of the SOAP Broker has the path \/mminterface\/unknown/);
  assert.doesNotMatch(text, /<b>/);
});

test("a body that is not read to its end says what may be the cause", async () => {
  const reply = await client.send(`<a>${"x".repeat(300 * 1024)}</a>`);
  assert.match(reply.description, /The body is longer than 262144 bytes, or it ended early\.$/);
});

test("the request log masks and links a number in national form, and keeps no parameter that no command has", async () => {
  await client.run("BusinessPayment", {
    receiverParty: { identifierType: "1", identifier: "0708374149" },
    parameters: [
      ["Amount", "10"],
      ["Password", "PARAMETER-SECRET"],
    ],
  });
  const { control } = await import("../../support/control.ts");
  const list = (query: Record<string, string>) =>
    control(sandbox, "GET /markets/{market}/requests", { params: { market: "safaricomKEN" }, query });
  const { requests } = await list({ limit: "1" });
  const text = JSON.stringify(requests);
  assert(!text.includes("0708374149") && !text.includes("PARAMETER-SECRET"), text);
  assert(text.includes("2547****4149"), text);
  const linked = await list({ limit: "1", msisdn: "254708374149" });
  assert.deepEqual(linked.requests, requests);
});

test("the request log has the command and its parameters, and neither password nor credential", async () => {
  const originatorConversationId = "logged-1";
  const { keys } = client;
  await client.run("BusinessPayment", { originatorConversationId });
  const { control } = await import("../../support/control.ts");
  const { requests } = await control(sandbox, "GET /markets/{market}/requests", {
    params: { market: "safaricomKEN" },
    query: { limit: "1" },
  });
  const [request] = requests;
  assert.equal(request?.protocol, "soap");
  assert.equal(request.call, "BusinessPayment");
  const text = JSON.stringify(requests);
  assert.match(text, /logged-1/);
  for (const secret of [keys.spPassword, keys.securityCredential, "254708374149"])
    assert(!text.includes(secret), secret.slice(0, 20));
});
