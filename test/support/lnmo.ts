/** A client of the LNMO checkout as integrators wrote it: SOAP messages as texts, and passwords as digests. */
import { hash } from "node:crypto";
import { lnmoPath } from "../../src/protocols/soap/lnmo/names.ts";

export interface LnmoKeys {
  readonly merchantId: string;
  readonly passkey: string;
}

export type LnmoTestFields = Readonly<Record<string, string | undefined>>;

export interface LnmoReply {
  readonly status: number;
  readonly text: string;
  /** A field of the response, unescaped; undefined if it is absent. */
  get(name: string): string | undefined;
}

/** base64 of the hexadecimal SHA-256, in lower case. */
export const digestPassword = ({ merchantId, passkey }: LnmoKeys, timestamp: string): string =>
  Buffer.from(hash("sha256", merchantId + passkey + timestamp, "hex")).toString("base64");

const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const unescapeXml = (text: string): string =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

const writeFields = (fields: LnmoTestFields): string =>
  Object.entries(fields)
    .map(([name, value]) => (value === undefined ? "" : `<${name}>${escapeXml(value)}</${name}>`))
    .join("");

/** A field of a message. */
export function getField(text: string, name: string): string | undefined {
  const [, value = ""] =
    new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([^<]*)</(?:\\w+:)?${name}>`).exec(text) ?? [];
  if (value === "" && !new RegExp(`<(?:\\w+:)?${name}\\b`).test(text)) return undefined;
  return unescapeXml(value);
}

export interface LnmoCallOptions {
  readonly header?: LnmoTestFields;
}

const timestamp = "20140827081011";

/** The header of a merchant, with overrides. */
export const buildHeader = (keys: LnmoKeys, overrides: LnmoTestFields = {}): LnmoTestFields => ({
  MERCHANT_ID: keys.merchantId,
  PASSWORD: digestPassword(keys, timestamp),
  TIMESTAMP: timestamp,
  ...overrides,
});

export const buildEnvelope = (element: string, header: LnmoTestFields, fields: LnmoTestFields): string =>
  `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:tns="tns:ns"><soapenv:Header>` +
  `<tns:CheckOutHeader>${writeFields(header)}</tns:CheckOutHeader></soapenv:Header>` +
  `<soapenv:Body><tns:${element}>${writeFields(fields)}</tns:${element}></soapenv:Body></soapenv:Envelope>`;

export function createLnmoClient(url: string, keys: LnmoKeys) {
  const send = async (body: string | Buffer, contentType = "text/xml"): Promise<LnmoReply> => {
    const response = await fetch(url + lnmoPath, {
      method: "POST",
      headers: { "content-type": contentType, soapaction: '""' },
      body,
    });
    const text = await response.text();
    return { status: response.status, text, get: (name) => getField(text, name) };
  };
  const call = (
    element: string,
    fields: LnmoTestFields,
    { header = buildHeader(keys) }: LnmoCallOptions = {},
  ): Promise<LnmoReply> => send(buildEnvelope(element, header, fields));
  return {
    keys,
    send,
    call,
    checkOut: (fields: LnmoTestFields, options?: LnmoCallOptions) =>
      call("processCheckOutRequest", fields, options),
    confirm: (fields: LnmoTestFields, options?: LnmoCallOptions) =>
      call("transactionConfirmRequest", fields, options),
    queryStatus: (fields: LnmoTestFields, options?: LnmoCallOptions) =>
      call("transactionStatusRequest", fields, options),
  };
}

export type LnmoTestClient = ReturnType<typeof createLnmoClient>;

let lastId = 0;

/** The fields of a checkout that is accepted, with overrides. */
export const checkOutFields = (overrides: LnmoTestFields = {}): LnmoTestFields => ({
  MERCHANT_TRANSACTION_ID: `M${process.pid}-${(lastId += 1)}`,
  REFERENCE_ID: "1112254500",
  AMOUNT: "54",
  MSISDN: "254711000001",
  ENC_PARAMS: "",
  CALL_BACK_URL: "http://127.0.0.1:9/callback",
  CALL_BACK_METHOD: "xml",
  TIMESTAMP: timestamp,
  ...overrides,
});
