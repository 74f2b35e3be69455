/** Builds requests of the LNMO checkout as a client's program does, for the tools and the documentation. */
import { hash } from "node:crypto";
import { envelopeNamespace } from "../xml/soap-envelope.ts";
import { xmlDocument, xmlElement, type XmlMarkup } from "../xml/write-xml.ts";
import type { LnmoFields } from "./messages.ts";
import { lnmoNamespace } from "./names.ts";
import type { LnmoOperation } from "./operation.ts";

/** What a client has of its merchant. */
export interface LnmoClientKeys {
  readonly merchantId: string;
  readonly passkey: string;
}

const listElements = (fields: LnmoFields): XmlMarkup[] =>
  Object.entries(fields).map(([name, value]) => xmlElement(name, {}, value));

/** The header with a password of this time. */
function buildHeader({ merchantId, passkey }: LnmoClientKeys, timestamp: string): XmlMarkup {
  const digest = hash("sha256", merchantId + passkey + timestamp, "hex");
  return xmlElement(
    "tns:CheckOutHeader",
    {},
    listElements({
      MERCHANT_ID: merchantId,
      PASSWORD: Buffer.from(digest).toString("base64"),
      TIMESTAMP: timestamp,
    }),
  );
}

/** The body of a request. */
export const buildLnmoRequest = (
  keys: LnmoClientKeys,
  { request }: Pick<LnmoOperation, "request">,
  fields: LnmoFields,
  timestamp: string,
): string =>
  xmlDocument(
    xmlElement(
      "soapenv:Envelope",
      { "xmlns:soapenv": envelopeNamespace, "xmlns:tns": lnmoNamespace },
      xmlElement("soapenv:Header", {}, buildHeader(keys, timestamp)),
      xmlElement("soapenv:Body", {}, xmlElement(`tns:${request}`, {}, listElements(fields))),
    ),
  );

/** The fields of a checkout, with overrides. */
export const buildExampleCheckout = (overrides: LnmoFields = {}): LnmoFields => ({
  MERCHANT_TRANSACTION_ID: "order-1001",
  REFERENCE_ID: "1112254500",
  AMOUNT: "54",
  MSISDN: "254708374149",
  ENC_PARAMS: "",
  CALL_BACK_URL: "https://example.com/lnmo",
  CALL_BACK_METHOD: "xml",
  ...overrides,
});
