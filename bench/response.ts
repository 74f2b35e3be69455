/**
 * Parses only what a load generator needs of an HTTP/1.1 response: its end, its status, and the code in its body.
 *
 * It supports only responses with a Content-Length, which the measured servers send. Anything else throws
 * `InvalidResponseError`, so that the generator never counts wrong payments.
 */
export class InvalidResponseError extends Error {}

/** Responses to payments are much shorter. A longer one is an error. */
const maxBytes = 1 << 20;

const crByte = 13;
const lfByte = 10;
const space = 32;
const zero = 48;

/** The length of the response at the start of `bytes`, or 0 if it is incomplete. */
export function findResponseEnd(bytes: Buffer, length: number): number {
  if (length > maxBytes) throw new InvalidResponseError("a response that is too long");
  let contentLength = -1;
  for (let line = 0; ;) {
    let feed = line;
    while (feed < length && bytes[feed] !== lfByte) feed += 1;
    if (feed === length) return 0;
    if (bytes[line] === crByte) {
      if (contentLength < 0) throw new InvalidResponseError("a response without Content-Length");
      const end = feed + 1 + contentLength;
      return end <= length ? end : 0;
    }
    if (isContentLength(bytes, line, feed))
      contentLength = parseNumber(bytes, line + contentLengthName.length);
    line = feed + 1;
  }
}

/** Parses the status of `HTTP/1.1 201 Created`. */
export function parseStatus(bytes: Buffer): number {
  const digit = (at: number) => (bytes[at] ?? 0) - zero;
  const status = digit(9) * 100 + digit(10) * 10 + digit(11);
  if (status < 100 || status > 599) throw new InvalidResponseError("a response without a status");
  return status;
}

/** Returns the `output_ResponseCode` or the `errorCode` of the response that ends at `end`, or `"none"`. */
export function parseResponseCode(bytes: Buffer, end: number): string {
  const response = bytes.toString("latin1", 0, end);
  return /"(?:output_ResponseCode|errorCode)"\s*:\s*"([^"]*)"/.exec(response)?.[1] ?? "none";
}

const contentLengthName = Buffer.from("content-length:");

/** Header names are case-insensitive. 0x20 is the bit between `C` and `c`, and is set in `-` and `:`. */
function isContentLength(bytes: Buffer, line: number, feed: number): boolean {
  if (feed - line <= contentLengthName.length) return false;
  for (let at = 0; at < contentLengthName.length; at += 1) {
    if (((bytes[line + at] ?? 0) | 0x20) !== contentLengthName[at]) return false;
  }
  return true;
}

function parseNumber(bytes: Buffer, start: number): number {
  let at = start;
  while (bytes[at] === space) at += 1;
  let value = 0;
  for (let digit = (bytes[at] ?? 0) - zero; digit >= 0 && digit <= 9; digit = (bytes[at] ?? 0) - zero) {
    value = value * 10 + digit;
    at += 1;
  }
  return value;
}
