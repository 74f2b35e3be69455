/** What real clients send beside the documentation: each is accepted. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import {
  buildRequestDocument,
  buildRequestEnvelope,
  buildSpHeader,
  formatTimeStamp,
} from "../../../src/protocols/soap/build-request.ts";
import { buildExampleCommand } from "../../../src/protocols/soap/examples.ts";
import { XmlMarkup, xmlCdata, xmlElement } from "../../../src/protocols/soap/xml/write-xml.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
import {
  createSoapClient,
  createSoapListener,
  getOperation,
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

/** The document of a payment to a customer. */
const buildDocument = (): string =>
  buildRequestDocument(
    client.keys,
    {
      ...buildExampleCommand(getOperation("BusinessPayment"), `tolerance-${randomUUID()}`),
      resultUrl: listener.resultUrl,
    },
    new Date(),
  );

const withoutProlog = (document: string): string => document.replace(/^<\?xml.*?\?>/, "");

/** Changes of a document that mean nothing. */
const documents: Readonly<Record<string, (document: string) => string>> = {
  "as documented": (document) => document,
  "without a prolog": withoutProlog,
  "with blanks before the prolog": (document) => ` \t\r\n  ${document}`,
  "with another prolog": (document) =>
    `<?xml version='1.0' encoding='UTF8' standalone="no" ?>\n${withoutProlog(document)}`,
  "with the root Request": (document) =>
    document.replace("<request ", "<Request ").replace("</request>", "</Request>"),
  "with the root REQUEST and a prefix": (document) =>
    document.replace('<request xmlns="', '<r:REQUEST xmlns:r="').replace("</request>", "</r:REQUEST>"),
  "with blanks around its namespace": (document) =>
    document.replace('xmlns="http', 'xmlns=" http').replace('request"', 'request "'),
  "without a namespace": (document) => document.replace(/ xmlns="[^"]*"/, ""),
  "with Identity before Transaction": (document) => {
    const transaction = /<Transaction>.*<\/Transaction>/s.exec(document)?.[0] ?? "";
    return document.replace(transaction, "").replace("<KeyOwner>", `${transaction}<KeyOwner>`);
  },
  "with the parties in another order": (document) => {
    const receiver = /<ReceiverParty>.*<\/ReceiverParty>/s.exec(document)?.[0] ?? "";
    return document.replace(receiver, "").replace("<Caller>", `${receiver}<Caller>`);
  },
  "with comments and line ends": (document) => document.replaceAll("><", ">\n<!-- comment -->\n<"),
  "with EncryptedParameters beside the parameters": (document) =>
    document.replace(
      "<Parameters>",
      "<EncryptedParameters>EncryptedParameters0</EncryptedParameters><Parameters>",
    ),
  "with a CheckSum of null": (document) =>
    document.replace(
      "</Caller>",
      "<ThirdPartyID>broker_4</ThirdPartyID><Password>0IUnDEDMuyM=</Password><CheckSum>null</CheckSum></Caller>",
    ),
  "with a CheckSum0": (document) => document.replace("</Caller>", "<CheckSum>CheckSum0</CheckSum></Caller>"),
  "with an empty ShortCode of the receiver": (document) =>
    document.replace("</ReceiverParty>", "<ShortCode></ShortCode></ReceiverParty>"),
  "with a wrong ShortCode of the receiver": (document) =>
    document.replace("</ReceiverParty>", "<ShortCode>ShortCode1</ShortCode></ReceiverParty>"),
  "with a colon before the credential": (document) =>
    document.replace("<SecurityCredential>", "<SecurityCredential>:"),
  "with line ends in the credential": (document) =>
    document
      .replace("<SecurityCredential>", "<SecurityCredential>\n  ")
      .replace("</SecurityCredential>", "\n</SecurityCredential>"),
  "with the amount 100.0": (document) => document.replace("<Value>100.00<", "<Value>100.0<"),
  "with the amount 100": (document) => document.replace("<Value>100.00<", "<Value>100<"),
  "with the amount 100.000": (document) => document.replace("<Value>100.00<", "<Value>100.000<"),
  "with blanks around keys and values": (document) =>
    document.replace("<Key>Amount</Key><Value>100.00</Value>", "<Key> Amount </Key><Value>\n100.00 </Value>"),
  "with a timestamp of another form": (document) =>
    document.replace(/<Timestamp>.*<\/Timestamp>/, "<Timestamp>2021-02-03UTC'08:46:43.0000000</Timestamp>"),
  "with an old timestamp": (document) =>
    document.replace(/<Timestamp>.*<\/Timestamp>/, "<Timestamp>20140930110319</Timestamp>"),
  "without a timestamp": (document) => document.replace(/<Timestamp>.*<\/Timestamp>/, ""),
  "with other reference items": (document) =>
    document.replace(
      "</Parameters>",
      "</Parameters><ReferenceData><ReferenceItem><Key>BankTransactionID</Key><Value>7</Value></ReferenceItem><ReferenceItem><Key>Occasion</Key><Value></Value></ReferenceItem></ReferenceData>",
    ),
  "with a QueueTimeoutURL that is none": (document) =>
    document.replace(
      "</Parameters>",
      "</Parameters><ReferenceData><ReferenceItem><Key>QueueTimeoutURL</Key><Value>none</Value></ReferenceItem></ReferenceData>",
    ),
  "with a requester and a device": (document) =>
    document.replace(
      "</Identity>",
      "<AccessDevice><IdentifierType>1</IdentifierType><Identifier>Identifier3</Identifier></AccessDevice><Requester><IdentifierType>1</IdentifierType><Identifier>254708374149</Identifier></Requester></Identity>",
    ),
  "with a PrimartyParty": (document) => document.replaceAll("PrimaryParty>", "PrimartyParty>"),
  "with an initiator of the type 14": (document) =>
    document.replace("<Initiator><IdentifierType>11", "<Initiator><IdentifierType>14"),
  "without a KeyOwner": (document) => document.replace(/<KeyOwner>.*<\/KeyOwner>/, ""),
  "with unknown elements": (document) =>
    document.replace("<Transaction>", "<Transaction><Unknown><Deep>1</Deep></Unknown>"),
  "with nil elements": (document) =>
    document.replace(
      "<Transaction>",
      '<Transaction><ConversationID xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>',
    ),
  "with a number in the national form": (document) => document.replace("254708374149", "0708374149"),
  "with a number with a plus": (document) => document.replace("254708374149", "+254708374149"),
};

for (const [name, change] of Object.entries(documents))
  test(`a document ${name} pays the customer`, async () => {
    const reply = await client.sendDocument(change(buildDocument()));
    assert.equal(reply.code, "0", reply.text);
    const result = await listener.waitForResult();
    assert.equal(result.code, "0", result.text);
  });

const envelope = (message: XmlMarkup, change: (text: string) => string = (text) => text): string =>
  change(buildRequestEnvelope(buildSpHeader(client.keys, formatTimeStamp(new Date())), message));

const inCdata = (): XmlMarkup => xmlElement("req:RequestMsg", {}, xmlCdata(buildDocument()));

const envelopes: Readonly<Record<string, () => string>> = {
  "with the document in entities": () => envelope(xmlElement("req:RequestMsg", {}, buildDocument())),
  "with blanks around the CDATA section": () =>
    envelope(xmlElement("req:RequestMsg", {}, "\n  ", xmlCdata(`\n${buildDocument()}\n`), "\n")),
  "with another prefix": () =>
    envelope(inCdata(), (text) =>
      text.replaceAll("soapenv:", "SOAP-ENV:").replace("xmlns:soapenv", "xmlns:SOAP-ENV"),
    ),
  "without prefixes": () =>
    envelope(inCdata(), (text) =>
      text
        .replaceAll("req:RequestMsg", "RequestMsg")
        .replace(
          "<RequestMsg>",
          '<RequestMsg xmlns="http://api-v1.gen.mm.vodafone.com/mminterface/request">',
        ),
    ),
  "of SOAP 1.2": () =>
    envelope(inCdata(), (text) =>
      text.replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"),
    ),
  "with blanks before it": () => `\r\n  ${envelope(inCdata())}`,
  "with a byte order mark": () => `\ufeff${envelope(inCdata())}`,
};

for (const [name, build] of Object.entries(envelopes))
  test(`an envelope ${name} is read`, async () => {
    const reply = await client.send(build());
    assert.equal(reply.code, "0", reply.text);
    assert.equal((await listener.waitForResult()).code, "0");
  });

test("a request of SOAP 1.2 has a response of SOAP 1.2, also when it is refused", async () => {
  const soap12 = "http://www.w3.org/2003/05/soap-envelope";
  for (const change of [(text: string) => text, (text: string) => text.replaceAll("spPassword", "none")]) {
    const body = envelope(inCdata(), (text) =>
      change(text.replace("http://schemas.xmlsoap.org/soap/envelope/", soap12)),
    );
    const response = await client.post(body, "/mminterface/request", {
      "content-type": "application/soap+xml; charset=utf-8",
    });
    assert.equal(response.headers.get("content-type"), "application/soap+xml;charset=UTF-8");
    const text = await response.text();
    assert(text.includes(`="${soap12}"`) && !text.includes("schemas.xmlsoap.org"), text);
  }
  const old = await client.post(envelope(inCdata()));
  assert.equal(old.headers.get("content-type"), "text/xml;charset=UTF-8");
  assert((await old.text()).includes("schemas.xmlsoap.org"));
});

test("any SOAPAction and any Content-Type are accepted, or none", async () => {
  const headers: readonly Readonly<Record<string, string>>[] = [
    { SOAPAction: "" },
    { SOAPAction: `${sandbox.url}/mminterface/request` },
    { "content-type": "application/soap+xml; charset=utf-8" },
    { "content-type": "text/plain" },
    { "content-type": "application/x-www-form-urlencoded" },
  ];
  for (const each of headers) {
    const response = await client.post(envelope(inCdata()), "/mminterface/request", each);
    assert.match(await response.text(), /<ResponseCode>0</, JSON.stringify(each));
  }
});

test("paths match without regard to case, with or without a slash at the end", async () => {
  for (const path of ["/MMINTERFACE/Request", "/mminterface/request/", "//mminterface//request"])
    assert.equal((await client.send(envelope(inCdata()), path)).code, "0", path);
});
