/**
 * Reads as little of an HTTP/1.1 answer as a load generator can live with: where it ends, its status,
 * and the code in its body when somebody wants to count codes.
 *
 * Only answers with a Content-Length are understood, which is what our servers send. Anything else
 * throws `NotAnAnswer`, because a generator that guesses counts payments that never were.
 */
export class InvalidResponseError extends Error {}

/** More than any answer to a payment; what is longer is a mistake, not an answer. */
const maxBytes = 1 << 20;

const crByte = 13;
const lfByte = 10;
const space = 32;
const zero = 48;

/** The length of the answer at the front of `bytes`, or 0 while part of it has yet to arrive. */
export function findResponseEnd(bytes: Buffer, length: number): number {
  if (length > maxBytes) throw new InvalidResponseError("an answer too long");
  let contentLength = -1;
  for (let line = 0; ;) {
    let feed = line;
    while (feed < length && bytes[feed] !== lfByte) feed += 1;
    if (feed === length) return 0;
    if (bytes[line] === crByte) {
      if (contentLength < 0) throw new InvalidResponseError("an answer without Content-Length");
      const end = feed + 1 + contentLength;
      return end <= length ? end : 0;
    }
    if (isContentLength(bytes, line, feed))
      contentLength = parseNumber(bytes, line + contentLengthName.length);
    line = feed + 1;
  }
}

/** The three digits of `HTTP/1.1 201 Created`. */
export function parseStatus(bytes: Buffer): number {
  const digit = (at: number) => (bytes[at] ?? 0) - zero;
  const status = digit(9) * 100 + digit(10) * 10 + digit(11);
  if (status < 100 || status > 599) throw new InvalidResponseError("an answer without status");
  return status;
}

/** The `output_ResponseCode` of the answer that ends at `end`, or `"none"`. */
export function parseResponseCode(bytes: Buffer, end: number): string {
  const response = bytes.toString("latin1", 0, end);
  return /"output_ResponseCode"\s*:\s*"([^"]*)"/.exec(response)?.[1] ?? "none";
}

const contentLengthName = Buffer.from("content-length:");

/** Header names come in any case; 0x20 is the bit between `C` and `c`, and set already in `-` and `:`. */
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
