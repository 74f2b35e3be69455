/**
 * BusinessPayment. Pays a customer. The utility account of the organisation is debited.
 *
 * Needs Node 22.18 or newer, which runs TypeScript, no packages.
 *
 *   node docs/samples/soap/typescript/business-payment.mts
 */
import { createHash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs"; // {{SANDBOX}}

// Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
// Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
const sandboxFile = process.env.SANDBOX_JSON ?? "data/sandbox.json"; // {{SANDBOX}}
const sandbox = JSON.parse(readFileSync(sandboxFile, "utf8")).soap; // {{SANDBOX}}
const baseUrl = sandbox.url; // {{BASE_URL}}
const spId = sandbox.spId; // {{SP_ID}}
const spPassword = sandbox.spPassword; // {{SP_PASSWORD}}
const serviceId = sandbox.serviceId; // {{SERVICE_ID}}
const shortCode = sandbox.shortCode; // {{SHORT_CODE}}
const initiatorName = sandbox.initiatorName; // {{INITIATOR_NAME}}
const securityCredential = sandbox.securityCredential; // {{SECURITY_CREDENTIAL}}
const customer = "254708374149"; // {{CUSTOMER}}
const resultUrl = "http://127.0.0.1:9/result"; // {{RESULT_URL}}

const conversationId = `${spId}_${randomUUID()}`;
const document = [
  '<?xml version="1.0" encoding="UTF-8"?>',
  '<request xmlns="http://api-v1.gen.mm.vodafone.com/mminterface/request">',
  "  <Transaction>",
  "    <CommandID>BusinessPayment</CommandID>",
  "    <OriginatorConversationID>" + conversationId + "</OriginatorConversationID>",
  "    <Parameters>",
  "      <Parameter><Key>Amount</Key><Value>100.00</Value></Parameter>",
  "    </Parameters>",
  "  </Transaction>",
  "  <Identity>",
  "    <Caller><CallerType>2</CallerType><ResultURL>" + resultUrl + "</ResultURL></Caller>",
  "    <Initiator>",
  "      <IdentifierType>11</IdentifierType>",
  "      <Identifier>" + initiatorName + "</Identifier>",
  "      <SecurityCredential>" + securityCredential + "</SecurityCredential>",
  "      <ShortCode>" + shortCode + "</ShortCode>",
  "    </Initiator>",
  "    <PrimaryParty>",
  "      <IdentifierType>4</IdentifierType>",
  "      <Identifier>" + shortCode + "</Identifier>",
  "      <ShortCode>" + shortCode + "</ShortCode>",
  "    </PrimaryParty>",
  "    <ReceiverParty>",
  "      <IdentifierType>1</IdentifierType>",
  "      <Identifier>" + customer + "</Identifier>",
  "    </ReceiverParty>",
  "  </Identity>",
  "  <KeyOwner>1</KeyOwner>",
  "</request>",
].join("\n");

// The digest of the password: SHA-256 in hexadecimal digits, in base64.
const timeStamp = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
const hex = createHash("sha256")
  .update(spId + spPassword + timeStamp)
  .digest("hex");
const digest = Buffer.from(hex).toString("base64");

const envelope = `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
    xmlns:req="http://api-v1.gen.mm.vodafone.com/mminterface/request">
  <soapenv:Header>
    <tns:RequestSOAPHeader xmlns:tns="http://www.huawei.com.cn/schema/common/v2_1">
      <tns:spId>${spId}</tns:spId>
      <tns:spPassword>${digest}</tns:spPassword>
      <tns:serviceId>${serviceId}</tns:serviceId>
      <tns:timeStamp>${timeStamp}</tns:timeStamp>
    </tns:RequestSOAPHeader>
  </soapenv:Header>
  <soapenv:Body><req:RequestMsg><![CDATA[${document}]]></req:RequestMsg></soapenv:Body>
</soapenv:Envelope>`;

const response = await fetch(baseUrl + "/mminterface/request", {
  method: "POST",
  headers: { "Content-Type": "text/xml;charset=UTF-8", SOAPAction: '""' },
  body: envelope,
});
const answer = await response.text();
const find = (name: string): string => new RegExp(`<${name}>([^<]*)`).exec(answer)?.[1] ?? "";
console.log(find("ResponseCode"), find("ResponseDesc"));
// Zeros are a success: the result follows at the ResultURL.
process.exitCode = /^0+$/.test(find("ResponseCode")) ? 0 : 1;
