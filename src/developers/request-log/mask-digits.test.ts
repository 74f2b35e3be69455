/** Masking in bytes hides the same numbers as an expression over the text. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { marketNames, markets } from "../../core/markets.ts";
import { msisdnPattern } from "../../core/msisdn.ts";
import { maskAllNumbers, maskMsisdns } from "./mask-digits.ts";

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);

/** A generator of numbers from 0 up to and without `below`. */
function createRandom(): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const anyMsisdn = new RegExp(`(?<!\\d)(?:${marketNames.map(msisdnPattern).join("|")})(?!\\d)`, "g");

const hide = (number: string): string =>
  number.slice(0, 4) + "*".repeat(number.length - 8) + number.slice(-4);

function mask(text: string, customer: string): string {
  const bytes = Buffer.from(text);
  maskMsisdns(bytes, 0, bytes.length, customer);
  return bytes.toString();
}

test(`numbers of every market are masked at every position (seed ${seed})`, () => {
  const random = createRandom();
  const digits = (count: number): string => Array.from({ length: count }, () => random(10)).join("");
  const pieces = [
    () => digits(1 + random(22)),
    () => {
      const { prefix, digits: length } = markets[marketNames[random(marketNames.length)] ?? "vodacomTZN"];
      return prefix + digits(length - prefix.length);
    },
    () => "x".repeat(random(14)),
    () => ["é", '"', "\u{1f600}", " ", "*"][random(5)] ?? "",
  ];
  for (let run = 0; run < 3000; run += 1) {
    let text = "";
    while (text.length < 60) text += pieces[random(pieces.length)]?.();
    assert.equal(mask(text, ""), text.replaceAll(anyMsisdn, hide), JSON.stringify(text));
  }
});

test("the customer's own number is masked in any format and inside longer numbers", () => {
  for (const customer of ["123456789", "00000000000000000001", "254707161122"]) {
    for (const text of [customer, `a${customer}b`, `77${customer}88`, `${customer} and ${customer}`])
      assert.equal(mask(text, customer), text.replaceAll(customer, hide(customer)));
  }
  assert.equal(mask("12345678", "12345678"), "12345678", "shorter numbers are no MSISDNs");
});

test("only the range is changed", () => {
  const bytes = Buffer.from("255750000001,255750000001,255750000001");
  maskMsisdns(bytes, 13, 25, "");
  assert.equal(bytes.toString(), "255750000001,2557****0001,255750000001");
});

test("in headers, every long number is masked", () => {
  const bytes = Buffer.from("x-id\0a123456789012345\0x-n\x0012345678\0");
  maskAllNumbers(bytes, 0, bytes.length);
  assert.equal(bytes.toString(), "x-id\0a1234*******2345\0x-n\x0012345678\0");
});
