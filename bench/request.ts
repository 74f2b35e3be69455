/**
 * One collection (C2B single stage) as bytes, with the variable fields at fixed offsets.
 *
 * Every field has a fixed width, so `Content-Length` never changes, and the next payment only overwrites about sixty
 * bytes. Each connection has its own buffer, so nothing changes it while its payment is in progress.
 */
export interface RequestBuffer {
  readonly bytes: Buffer;
  /** The offset of each variable field in `bytes`. */
  readonly offsets: {
    readonly bearer: number;
    readonly amount: number;
    readonly msisdn: number;
    readonly shortcode: number;
    readonly reference: number;
    readonly transaction: number;
  };
}

/** The constant parts of a run's collections. */
export interface Target {
  /** The full URL of the call, with a loopback address. */
  readonly url: string;
  readonly country: string;
  readonly currency: string;
  /** The constant prefix of every MSISDN. */
  readonly msisdnPrefix: string;
}

/** Widths in bytes. The bearer is RSA-4096 in base64. */
export const widths = { bearer: 684, amount: 2, msisdn: 9, shortcode: 6, reference: 32, transaction: 8 };

export function createRequest(target: Target): RequestBuffer {
  const { host, pathname } = new URL(target.url);
  const { bearer, amount, msisdn, shortcode, reference, transaction } = placeholders;
  const body = JSON.stringify({
    input_Amount: amount,
    input_Country: target.country,
    input_Currency: target.currency,
    input_CustomerMSISDN: target.msisdnPrefix + msisdn,
    input_ServiceProviderCode: shortcode,
    input_ThirdPartyConversationID: reference,
    input_TransactionReference: transaction,
    input_PurchasedItemsDesc: "Shoes",
  });
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${host}`,
    "Content-Type: application/json",
    `Content-Length: ${body.length}`,
    "Origin: *",
    `Authorization: Bearer ${bearer}`,
  ];
  const bytes = Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`, "latin1");
  const at = (placeholder: string) => bytes.indexOf(placeholder);
  return {
    bytes,
    offsets: {
      bearer: at(bearer),
      amount: at(amount),
      msisdn: at(msisdn),
      shortcode: at(shortcode),
      reference: at(reference),
      transaction: at(transaction),
    },
  };
}

/** Each filler consists of a byte that occurs nowhere else in the request, so that its offset can be found. */
const placeholders = {
  bearer: "!".repeat(widths.bearer),
  amount: "#".repeat(widths.amount),
  msisdn: "$".repeat(widths.msisdn),
  shortcode: "%".repeat(widths.shortcode),
  reference: "&".repeat(widths.reference),
  transaction: "^".repeat(widths.transaction),
};

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
