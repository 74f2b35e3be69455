/**
 * One request as bytes, with the variable fields at fixed offsets.
 *
 * Every field has a fixed width, so `Content-Length` never changes, and the next payment only overwrites about sixty
 * bytes. Each connection has its own buffer, so nothing changes it while its payment is in progress.
 */

/** Widths in bytes. The bearer is RSA-4096 in base64. */
export const widths = {
  bearer: 684,
  amount: 2,
  msisdn: 9,
  shortcode: 6,
  /** The shortcode in base64. Six bytes are eight characters, so it can stand at the start of a longer text. */
  encodedShortcode: 8,
  reference: 32,
  transaction: 8,
} as const;

export type VariableField = keyof typeof widths;

export interface RequestBuffer {
  readonly bytes: Buffer;
  /** The offsets of each variable field in `bytes`; none if the request does not have it. */
  readonly offsets: Readonly<Record<VariableField, readonly number[]>>;
}

/** The constant parts of a run's requests. Headers and body contain `placeholders` where the variable fields are. */
export interface RequestTemplate {
  /** The full URL of the call, with a loopback address. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a text as XML. */
  readonly body: Readonly<Record<string, string>> | string;
}

/** Each filler consists of a byte that occurs nowhere else in a request, so that its offsets can be found. */
export const placeholders: Readonly<Record<VariableField, string>> = {
  bearer: "!".repeat(widths.bearer),
  amount: "#".repeat(widths.amount),
  msisdn: "$".repeat(widths.msisdn),
  shortcode: "%".repeat(widths.shortcode),
  encodedShortcode: "~".repeat(widths.encodedShortcode),
  reference: "&".repeat(widths.reference),
  transaction: "^".repeat(widths.transaction),
};

export function createRequest({ url, headers, body }: RequestTemplate): RequestBuffer {
  const { host, pathname } = new URL(url);
  const isXml = typeof body === "string";
  const text = isXml ? body : JSON.stringify(body);
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${host}`,
    `Content-Type: ${isXml ? "text/xml" : "application/json"}`,
    `Content-Length: ${text.length}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  const bytes = Buffer.from(`${head.join("\r\n")}\r\n\r\n${text}`, "latin1");
  const find = (field: VariableField): number[] => findAll(bytes, placeholders[field]);
  const offsets = {
    bearer: find("bearer"),
    amount: find("amount"),
    msisdn: find("msisdn"),
    shortcode: find("shortcode"),
    encodedShortcode: find("encodedShortcode"),
    reference: find("reference"),
    transaction: find("transaction"),
  };
  return { bytes, offsets };
}

function findAll(bytes: Buffer, placeholder: string): number[] {
  const offsets: number[] = [];
  for (let at = bytes.indexOf(placeholder); at >= 0; at = bytes.indexOf(placeholder, at + placeholder.length))
    offsets.push(at);
  return offsets;
}

/** The market of OpenAPI collections. */
export interface CollectionMarket {
  readonly country: string;
  readonly currency: string;
  /** The constant prefix of every MSISDN. */
  readonly prefix: string;
}

/** A collection of OpenAPI (C2B single stage). */
export const buildCollection = (
  url: string,
  { country, currency, prefix }: CollectionMarket,
): RequestTemplate => ({
  url,
  headers: { Origin: "*", Authorization: `Bearer ${placeholders.bearer}` },
  body: {
    input_Amount: placeholders.amount,
    input_Country: country,
    input_Currency: currency,
    input_CustomerMSISDN: prefix + placeholders.msisdn,
    input_ServiceProviderCode: placeholders.shortcode,
    input_ThirdPartyConversationID: placeholders.reference,
    input_TransactionReference: placeholders.transaction,
    input_PurchasedItemsDesc: "Shoes",
  },
});

/** Writes `value` (a whole number below 2^31) as decimal digits, with leading zeros. */
export function writeDigits(bytes: Buffer, at: number, width: number, value: number): void {
  let rest = value;
  for (let offset = at + width - 1; offset >= at; offset -= 1) {
    const tenth = (rest / 10) | 0;
    bytes[offset] = 48 + rest - tenth * 10;
    rest = tenth;
  }
}

/** Writes 32 bits as eight hexadecimal digits. */
export function writeHex(bytes: Buffer, at: number, value: number): void {
  for (let digit = 0; digit < 8; digit += 1) {
    const nibble = (value >>> (28 - 4 * digit)) & 15;
    bytes[at + digit] = nibble < 10 ? 48 + nibble : 87 + nibble;
  }
}
