/** Service providers: the forms of their digests, both namespaces of the header, and who is refused. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createDigest, decodeDigest, matchesDigest } from "../../../src/protocols/soap/sp-digest.ts";
import { buildExampleCommand } from "../../../src/protocols/soap/examples.ts";
import { buildRequestDocument } from "../../../src/protocols/soap/build-request.ts";
import { namespaces } from "../../../src/protocols/soap/names.ts";
import { control } from "../../support/control.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
import {
  createServiceProvider,
  createSoapClient,
  getOperation,
  kenya,
  type SoapTestClient,
} from "../../support/soap.ts";

let sandbox: TestSandbox;
let client: SoapTestClient;
before(async () => {
  sandbox = await createTestSandbox();
  client = createSoapClient(sandbox);
});
after(() => sandbox[Symbol.asyncDispose]());

let serial = 0;

interface Header {
  readonly spId?: string;
  readonly spPassword?: string;
  readonly timeStamp?: string;
  readonly serviceId?: string;
  readonly namespace?: string;
  /** The children in another order, with further ones. */
  readonly reversed?: boolean;
}

/** A request with a header written by hand. */
function buildEnvelope({ namespace = namespaces.osgHeader, reversed = false, ...fields }: Header): string {
  serial += 1;
  const document = buildRequestDocument(
    client.keys,
    buildExampleCommand(getOperation("BusinessPayment"), `authentication-${serial}`),
    new Date(),
  );
  const children = Object.entries(fields).map(([name, value]) => `<h:${name}>${value}</h:${name}>`);
  const ordered = reversed ? ["<h:OA>1</h:OA>", ...children.toReversed(), "<h:FA>1</h:FA>"] : children;
  return `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Header><h:RequestSOAPHeader xmlns:h="${namespace}">${ordered.join("")}</h:RequestSOAPHeader></soapenv:Header><soapenv:Body><r:RequestMsg xmlns:r="${namespaces.request}"><![CDATA[${document}]]></r:RequestMsg></soapenv:Body></soapenv:Envelope>`;
}

const sign = (timeStamp: string, form: Parameters<typeof createDigest>[1] = "lowerHex") => {
  const { spId, spPassword: password, serviceId } = client.keys;
  return { spId, spPassword: createDigest({ spId, password, timeStamp }, form), timeStamp, serviceId };
};

test("the digest of the real test bed is recomputed, and its length shows its form", () => {
  const parts = { spId: "107031", password: "Safaricom123!", timeStamp: "20190910115015" };
  const sent = "MzRmNzk5NWJmNGJkNzFmYzdkODYyMGZhNDhiYTgzYWFmZjliMTQxMTQwNTUyODZmMzJiZDFkNDhiZTIyYWY3OQ==";
  assert.equal(createDigest(parts, "lowerHex"), sent);
  for (const form of ["lowerHex", "upperHex", "bytes"] as const) {
    const decoded = decodeDigest(createDigest(parts, form));
    assert(decoded !== null && matchesDigest(decoded, parts), form);
  }
  for (const wrong of ["", "e6434ef249df55c7a21a0b45758a39bb", "!!!", "AAAA", "=".repeat(88)])
    assert.equal(decodeDigest(wrong), null, wrong);
});

test("each form of the digest is accepted, with every text as timeStamp", async () => {
  const timeStamps = [
    "20140223113340",
    "20200609084161",
    "1591680000000",
    "2020-06-09T08:41:61",
    "x",
    "20190910115015",
  ];
  for (const timeStamp of timeStamps)
    for (const form of ["lowerHex", "upperHex", "bytes"] as const) {
      const reply = await client.send(buildEnvelope(sign(timeStamp, form)));
      assert.equal(reply.code, "0", `${timeStamp} ${form}: ${reply.text}`);
    }
});

test("base64 with line ends is accepted", async () => {
  const own = sign("20140223113340");
  for (const lineEnd of ["\n", "\r\n", "&#13;\n"]) {
    const spPassword = own.spPassword.replaceAll(/(.{76})/g, `$1${lineEnd}`) + lineEnd;
    assert.equal((await client.send(buildEnvelope({ ...own, spPassword }))).code, "0");
  }
});

test("both namespaces, blanks around them, any order and other fields of the header are accepted", async () => {
  for (const namespace of [namespaces.header, namespaces.osgHeader, ` ${namespaces.osgHeader} `])
    for (const reversed of [false, true]) {
      const reply = await client.send(buildEnvelope({ ...sign("20140223113340"), namespace, reversed }));
      assert.equal(reply.code, "0", `${namespace} ${reversed}: ${reply.text}`);
    }
});

test("other service ids of the provider are accepted, and so is none", async () => {
  const { spId } = client.keys;
  for (const serviceId of [`${spId}000`, `${spId}001`, spId])
    assert.equal((await client.send(buildEnvelope({ ...sign("1"), serviceId }))).code, "0", serviceId);
  const { serviceId: _none, ...withoutService } = sign("1");
  assert.equal((await client.send(buildEnvelope(withoutService))).code, "0");
  const foreign = await client.send(buildEnvelope({ ...sign("1"), serviceId: "999999000" }));
  assert.equal(foreign.code, "100000008");
});

test("a failed authentication has code 100000007 and no ids, with HTTP 200", async () => {
  const own = sign("20140223113340");
  const wrong: Readonly<Record<string, Header>> = {
    "another password": {
      ...own,
      spPassword: createDigest({ spId: own.spId, password: "wrong", timeStamp: own.timeStamp }, "lowerHex"),
    },
    "another timeStamp": { ...own, timeStamp: "20140223113341" },
    "the password itself": { ...own, spPassword: client.keys.spPassword },
    "an old digest": { ...own, spPassword: "e6434ef249df55c7a21a0b45758a39bb" },
    "no spPassword": { spId: own.spId, timeStamp: own.timeStamp },
    "an unknown spId": { ...own, spId: "999999" },
    "no spId of ours": { ...own, spId: "' or 1=1 --" },
    "a long spId": { ...own, spId: "9".repeat(300) },
  };
  for (const [name, header] of Object.entries(wrong)) {
    const reply = await client.send(buildEnvelope(header));
    assert.equal(reply.status, 200, name);
    assert.equal(reply.code, "100000007", `${name}: ${reply.text}`);
    assert.equal(reply.description, "Authentication failed", name);
    assert.equal(reply.conversationId, null, name);
    assert.equal(reply.originatorConversationId, null, name);
    assert.doesNotMatch(reply.text, /ConversationID/, name);
  }
});

test("a header without an spId, or none, names what is missing", async () => {
  const { spId: _none, ...withoutId } = sign("1");
  for (const body of [
    buildEnvelope(withoutId),
    buildEnvelope({ ...sign("1"), namespace: "urn:other" }),
    buildEnvelope(sign("1")).replace(/<soapenv:Header>.*<\/soapenv:Header>/, ""),
  ]) {
    const reply = await client.send(body);
    assert.equal(reply.code, "100000014");
    assert.equal(reply.description, "Missing mandatory parameter:spId");
  }
});

test("a revoked provider, another address and another environment are refused", async () => {
  const { id, keys } = await createServiceProvider(sandbox);
  const own = createSoapClient(sandbox, keys);
  assert.equal((await own.run("BusinessPayment")).code, "0");
  await control(sandbox, "DELETE /applications/{id}", { params: { id: id.toString() } });
  assert.equal((await own.run("BusinessPayment")).code, "100000006");

  const distant = await createServiceProvider(sandbox, { trustedSources: ["203.0.113.0/24"] });
  assert.equal((await createSoapClient(sandbox, distant.keys).run("BusinessPayment")).code, "100000007");

  const live = await createServiceProvider(sandbox, { environment: "live", shortcodes: ["600996"] });
  assert.equal((await createSoapClient(sandbox, live.keys).run("BusinessPayment")).code, "100000007");
});

test("a product that the application does not have is refused, and the log says why", async () => {
  const { keys } = await createServiceProvider(sandbox, { products: ["soapB2c"] });
  const own = createSoapClient(sandbox, keys);
  assert.equal((await own.run("BusinessPayment")).code, "0");
  assert.equal((await own.run("BusinessPayBill")).code, "100000010");
  const { requests } = await control(sandbox, "GET /markets/{market}/requests", {
    params: { market: kenya },
    query: { limit: "1" },
  });
  assert.match(requests[0]?.decision ?? "", /does not have the product soapB2b/);
});
