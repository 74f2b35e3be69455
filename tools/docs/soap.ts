/**
 * Generates `docs/protocols/soap.md` from the commands.
 *
 * After changing one: `node tools/docs/soap.ts > docs/protocols/soap.md`.
 */
import { code, markdownTable } from "./markdown.ts";
import {
  buildCommandRequest,
  type CommandDetails,
  type SoapClientKeys,
} from "../../src/protocols/soap/build-request.ts";
import { acceptedText } from "../../src/protocols/soap/broker-reply.ts";
import { buildExampleCommand, buildExampleRegistration } from "../../src/protocols/soap/examples.ts";
import { createExampleResult, createExampleStatus } from "../../src/protocols/soap/example-results.ts";
import { renderResponse, renderResult, type ResultDialect } from "../../src/protocols/soap/messages.ts";
import { notificationKinds } from "../../src/protocols/soap/names.ts";
import type { SoapOperation } from "../../src/protocols/soap/operation.ts";
import { findOperation, operations } from "../../src/protocols/soap/operations.ts";
import { registerUrlParameters } from "../../src/protocols/soap/register-url.ts";
import { requestFaults } from "../../src/protocols/soap/request-faults.ts";
import { faultCodes, responseTexts } from "../../src/protocols/soap/response-codes.ts";
import { resultTexts } from "../../src/protocols/soap/result-codes.ts";
import { formatSoapTrigger } from "../../src/protocols/soap/triggers.ts";
import { describedPaths } from "../../src/protocols/soap/wsdl/wsdl-routes.ts";
import { xmlBounds } from "../../src/protocols/soap/xml/xml-bounds.ts";

const keys: SoapClientKeys = {
  spId: "100001",
  spPassword: "0123456789ABCDEFGHIJKLMNOPQRSTUV",
  serviceId: "100001000",
  initiatorName: "testapi",
  securityCredential: "…",
};

const firstOperation = getOperation("BusinessPayment");

function getOperation(name: string): SoapOperation {
  const operation = findOperation(name);
  if (operation === undefined) throw new Error(`the Broker has no command ${name}`);
  return operation;
}

const exampleTime = new Date(Date.UTC(2026, 0, 1, 9));
const exampleId = "600996_Safari_000001";

/** An XML document with line breaks between its elements. Those of an inner document follow a CDATA section. */
function renderXml(text: string): string {
  let depth = 0;
  const lines = text
    .replaceAll("><", ">\n<")
    .replaceAll("<![CDATA[<", "<![CDATA[\n<")
    .split("\n")
    .map((line) => {
      const isEnd = line.startsWith("</");
      if (isEnd) depth -= 1;
      const indented = "  ".repeat(Math.max(depth, 0)) + line;
      const opens = (line.match(/<[A-Za-z][^>]*[^/]>/g) ?? []).length + (/^<[A-Za-z]>$/.test(line) ? 1 : 0);
      const closes = (line.match(/<\//g) ?? []).length - (isEnd ? 1 : 0);
      depth += opens - closes;
      return indented;
    });
  return `\`\`\`xml\n${lines.join("\n")}\n\`\`\``;
}

const renderRequest = (details: CommandDetails): string =>
  renderXml(buildCommandRequest(keys, details, exampleTime));

const services: readonly (readonly [service: string, path: string, wsdl: string])[] = [
  ["commands", "POST /mminterface/request", "/mminterface/request?wsdl"],
  ["RegisterURL", "POST /mminterface/registerURL", "/mminterface/registerURL?wsdl"],
  ["queryTransaction", "POST /queryTransactionService/services/transaction", "the same path and ?wsdl"],
  ["changePassword", "POST /changePasswordService/services/changePassword", "the same path and ?wsdl"],
  ["results, which the merchant serves", "", "/mminterface/result?wsdl"],
  ["validation and confirmation, which the merchant serves", "", "/mminterface/c2bpayment?wsdl"],
  ["timeouts, which the merchant serves", "", "/mminterface/timeout?wsdl"],
];

const header = `# SOAP Broker

The SOAP interface of Kenya's M-Pesa, in the market ${code("safaricomKEN")}: the Broker of 2014 to 2017 (also SAG), which banks still
use. In the sandbox its services are at the root of the HTTP and the HTTPS port. Live has a listener of its own
(${code("SOAP_LIVE_PORT")}), with the same paths, for HTTP and TLS on the same port. Paths match without regard to case, with or without a slash at
the end.

${markdownTable(
  ["Service", "Path", "WSDL"],
  services.map(([service, path, wsdl]) => [service, path === "" ? "" : code(path), code(wsdl)]),
)}

The names in the WSDLs are the genuine ones, so that a client that was generated from the originals works too. The header's schema is
inline. The schemas of the documents in the messages are at ${code("?xsd")} of the same paths; they are ours, because the genuine ones were never
published.

## Requests

A request is SOAP 1.1 with a header ${code("RequestSOAPHeader")} and a body ${code("RequestMsg")}, whose text is an XML document: in a CDATA section
or in entities, with or without a prolog and blanks. Prefixes, the order of elements, unknown elements and SOAPAction mean nothing.

${renderRequest(buildExampleCommand(firstOperation, exampleId))}

- ${code("spId")} is the id of the service provider, which is an application here. ${code("spPassword")} is the base64 of SHA-256 of spId, password and timeStamp:
  of its lower-case hexadecimal digits, of its upper-case ones, or of its 32 bytes. ${code("timeStamp")} is any text, and its age is not checked.
  Both namespaces of the header are accepted.
- ${code("SecurityCredential")} is the password of the initiator, an API operator of the organisation, encrypted with the certificate at
  ${code("/mminterface/certificate.cer")} (RSA, PKCS#1 v1.5), in base64.
- ${code("OriginatorConversationID")} is unique over all commands of the provider. A second request with one pays nothing, and its result is 15.
- ${code("ResultURL")} is mandatory, unless the application has a URL for the results of the Broker. ${code("QueueTimeoutURL")} is a reference item.
- A negative Amount is 25. ${code("SOAP_NEGATIVE_AMOUNTS=absolute")} takes it without its sign.

The text of a body has at most ${xmlBounds.length} characters, ${xmlBounds.nodes} elements and ${xmlBounds.depth} levels. A document type, an entity that
XML does not define, and bytes that are not in the declared encoding are refused with 23.

## Responses

Every response has HTTP 200. The service provider is checked first, then the document, the product and the URLs. A failure of these is a
response with another code than 0, and nothing is executed:

${markdownTable(
  ["ResponseCode", "ResponseDesc", "In the sandbox by the fault"],
  Object.entries(responseTexts).map(([each, text]) => [
    code(each),
    text,
    Object.entries(faultCodes).flatMap(([kind, faultCode]) => (faultCode === each ? [code(kind)] : []))[0] ??
      "",
  ]),
)}

An accepted request:

${renderXml(renderResponse({ code: "0", description: acceptedText, ids: { conversationId: "AG_20260101_0100101002hi3i67m6ml", originatorConversationId: exampleId } }))}

## Results

What the core checks after that is a result, which is posted to the ResultURL in the transaction of the payment, with any 2xx as
acknowledgement: the ids; the command; its parties; its parameters; the initiator; then balances and limits. Results have the form of the
core's second generation (G2). Service providers in ${code("SOAP_G1_RESULTS")} get that of the first.

${markdownTable(
  ["ResultCode", "ResultDesc", "Customer", "Shortcode", "Transaction"],
  Object.entries(resultTexts)
    .filter(([each]) => each !== "0")
    .map(([each, text]) => [
      code(each),
      text,
      ...(["customer", "shortcode", "transaction"] as const).map((scheme) =>
        code(formatSoapTrigger(scheme, each as Exclude<keyof typeof resultTexts, "0">) ?? ""),
      ),
    ]),
)}

In the sandbox, the numbers of the last columns ask for a result: as the customer, the shortcode or the transaction id of a command.
${code("…99999")} is accepted and no result follows, ${code("…99998")} posts the notice to the QueueTimeoutURL, and ${code("…99997")} is 100000004.

The URLs of an application, by the kind of notification:

${markdownTable(
  ["Kind", "Meaning"],
  Object.entries(notificationKinds).map(([kind, description]) => [code(kind), description]),
)}

In the sandbox a notification is sent once, and in live by the schedule of [callbacks.md](../callbacks.md); ${code("SOAP_CALLBACK_ATTEMPTS")} changes both. The
notice of a timeout has the request without its SOAP header and without the credential.

## Faults

${markdownTable(
  ["Fault", "What happens"],
  requestFaults.map(({ kind, description }) => [code(kind), description]),
)}

## The other services

**RegisterURL** answers at once, with ${code("00000000")} and empty ids. It needs neither a caller nor an initiator. In live, a shortcode's URLs are
registered once.

${renderParameters(registerUrlParameters)}

${renderRequest(buildExampleRegistration(exampleId))}

A payment that a customer starts is then validated (if external validation is on for the shortcode) and confirmed at the organisation's own SOAP
service, with ${code("SOAPAction")} ${code('"ValidateC2BPayment"')} and ${code('"ConfirmC2BPayment"')}. ResultCode 0 accepts it; ${code("C2B00011")} to ${code("C2B00016")} and every other code reject it.
Without an answer, ResponseType decides.

**changePassword** replaces the password of a service provider: on the server that changed it at once, on others within a second. ${code("newPassword")} is the base64 of the new one, encrypted with AES-128 (CBC,
PKCS#7) under ${code("passwordKey")} and ${code("passwordVector")}, which the provider got with its credentials. The answer is ${code("000000000")}.

**queryTransaction** returns what the Broker sent about a request, by its OriginatorConversationID: the response, and the result or the notice of
a timeout, each as base64 of an HTTP message. The request itself is not kept, because it has the initiator's credential.

## What differs on purpose

- Amounts have the market's limits of today (10 to 250 000 for a customer), not those of 2014.
- The age of a request is never checked: 19 is only to be had by a trigger.
- ${code("OrgBankAccountWithdrawal")} credits the operator's holding account. How the operator pays the bank is not part of the platform.
- The charge of a withdrawal is not calculated: ${code("B2CWithdrawalChargeAmount")} is 0.00.

<!-- Generated from the commands by tools/docs/soap.ts; change them there. -->
`;

function renderParameters(parameters: SoapOperation["parameters"]): string {
  const rows = Object.entries(parameters).map(([key, { description, isOptional = false, kind, example }]) => [
    code(key),
    isOptional ? "no" : "yes",
    kind,
    description,
    code(example),
  ]);
  return rows.length === 0
    ? "It has no parameters."
    : markdownTable(["Parameter", "Mandatory", "Kind", "Meaning", "Example"], rows);
}

function renderOperation(operation: SoapOperation): string {
  const { name, description, product, role, parameters, results, primaryParty, receiverParty } = operation;
  const receiver =
    receiverParty === "none"
      ? "none"
      : receiverParty === "customer"
        ? "a customer (1)"
        : "an organisation (4, 2)";
  return `
## ${name}

${description} It belongs to the product ${code(product)}; the initiator needs the role ${code(role)}.

Primary party: an organisation (4)${primaryParty === "optional" ? ", or that of the initiator" : ""}. Receiver: ${receiver}.

${renderParameters(parameters)}

Results besides 0: ${results.map(code).join(", ")}.

${renderDialects(operation)}`;
}

function renderDialects(operation: SoapOperation): string {
  const render = (dialect: ResultDialect): string => {
    const result =
      operation.listParameters === undefined
        ? createExampleStatus(operation)
        : createExampleResult(operation, dialect);
    return renderXml(renderResult(result, dialect));
  };
  const isPayout = operation.receiverParty === "customer" && operation === firstOperation;
  if (operation.receiverParty === "customer" && !isPayout)
    return `Its result is that of ${code(firstOperation.name)}.\n`;
  return isPayout
    ? `${render("g2")}\n\nThe same in the dialect of the first generation:\n\n${render("g1")}\n`
    : `${render("g2")}\n`;
}

export function renderSoap(): string {
  // Every documented path has a description.
  if (Object.keys(describedPaths).length !== 7) throw new Error("the table of services is not complete");
  return [header, ...operations.map(renderOperation)].join("");
}

if (import.meta.main) process.stdout.write(renderSoap());
