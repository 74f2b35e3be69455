/** Examples of the services beside commands, for `openapi.json`. */
import {
  buildRequestEnvelope,
  buildSpHeader,
  formatTimeStamp,
  type SoapClientKeys,
} from "./build-request.ts";
import { buildExampleCheckout, buildLnmoRequest } from "./lnmo/build-request.ts";
import { renderMessage } from "./lnmo/messages.ts";
import type { LnmoOperation } from "./lnmo/operation.ts";
import { processCheckOut } from "./lnmo/process-check-out.ts";
import { returnCodes } from "./lnmo/return-codes.ts";
import { namespaces } from "./names.ts";
import { createDigest } from "./sp-digest.ts";
import { buildEnvelope } from "./xml/soap-envelope.ts";
import { xmlDocument, xmlElement, type XmlMarkup } from "./xml/write-xml.ts";

export interface ServiceExample {
  readonly request: string;
  readonly response: string;
}

const element = (name: string, text: string): XmlMarkup => xmlElement(name, {}, text);

export function buildQueryExample(keys: SoapClientKeys, at: Date, reference: string): ServiceExample {
  const query = xmlElement(
    "loc:queryTransaction",
    { "xmlns:loc": namespaces.transaction },
    element("loc:originatorConversationID", reference),
  );
  const answer = xmlElement(
    "loc:queryTransactionResponse",
    {},
    xmlElement(
      "loc:result",
      {},
      element("res:ResponseCode", "00000000"),
      element("res:ResponseDesc", "Success"),
    ),
    xmlElement(
      "loc:submitApiResponseList",
      {},
      element("loc:item", Buffer.from("HTTP/1.1 200 OK\r\n").toString("base64")),
    ),
  );
  const declared = { loc: namespaces.transaction, res: namespaces.response };
  return {
    request: buildRequestEnvelope(buildSpHeader(keys, formatTimeStamp(at)), query),
    response: xmlDocument(buildEnvelope("soapenv", declared, answer)),
  };
}

export function buildPasswordExample(
  { spId, spPassword: password }: SoapClientKeys,
  at: Date,
): ServiceExample {
  const timeStamp = formatTimeStamp(at);
  const declared = { loc: namespaces.management };
  const request = xmlElement(
    "loc:changePassword",
    {},
    element("loc:spId", spId),
    element("loc:spPassword", createDigest({ spId, password, timeStamp }, "lowerHex")),
    element("loc:timeStamp", timeStamp),
    // `!QAZ2wsx` under the key and the vector of the guide.
    element("loc:newPassword", "wi2a7BAH0QPd2LRdmcgC9w=="),
  );
  const result = xmlElement(
    "loc:result",
    {},
    element("loc:ResponseCode", "000000000"),
    element("loc:ResponseDesc", "Success"),
  );
  return {
    request: xmlDocument(buildEnvelope("soapenv", declared, request)),
    response: xmlDocument(
      buildEnvelope("soapenv", declared, xmlElement("loc:changePasswordResponse", {}, result)),
    ),
  };
}

export function buildCheckoutExample({ spId }: SoapClientKeys, at: Date): ServiceExample {
  const operation: LnmoOperation = processCheckOut;
  const keys = { merchantId: spId, passkey: "0123456789ABCDEFGHIJKLMNOPQRSTUV" };
  const success = { RETURN_CODE: "00", DESCRIPTION: returnCodes["00"] };
  const fields = { ...operation.emptyFields, ...success, TRX_ID: "0a1b2c3d4e5f60718293a4b5c6d7e8f9" };
  return {
    request: buildLnmoRequest(keys, operation, buildExampleCheckout(), formatTimeStamp(at)),
    response: renderMessage(operation.response, fields),
  };
}
