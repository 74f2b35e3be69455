import assert from "node:assert/strict";
import { test } from "node:test";
import { getCountryCallingCode } from "libphonenumber-js";
import { marketNames, markets } from "./markets.ts";
import {
  findMsisdnMarket,
  isMarketMsisdn,
  minMsisdnDigits,
  msisdnCountryCodes,
  parseMsisdn,
} from "./msisdn.ts";

test("each market has its country's calling code as prefix", () => {
  for (const market of marketNames)
    assert.equal(getCountryCallingCode(msisdnCountryCodes[market]), markets[market].prefix, market);
});

test("every way to type a number gives the same MSISDN", () => {
  for (const text of [
    "255750000001",
    "+255 750 000 001",
    "(255) 750-000-001",
    "0750 000 001",
    "0750000001",
    "750000001",
    " 750-000-001 ",
  ])
    assert.equal(parseMsisdn(text, "vodacomTZN"), "255750000001", text);
});

test("national forms are parsed by the plan of each market", () => {
  assert.equal(parseMsisdn("020 000 0001", "vodafoneGHA"), "233200000001");
  assert.equal(parseMsisdn("5000 0001", "vodacomLES"), "26650000001");
  assert.equal(parseMsisdn("081 000 0001", "vodacomDRC"), "243810000001");
  assert.equal(parseMsisdn("84 000 0001", "vodacomMOZ"), "258840000001");
});

test("11 to 14 digits stay as they are, so that scenario numbers and other countries' numbers work", () => {
  for (const digits of ["000000000001", "254707161122", "26650000001", "00255750000001"]) {
    assert.equal(parseMsisdn(digits, null), digits);
    assert.equal(parseMsisdn(digits, "vodafoneGHA"), digits);
  }
});

test("a national form needs a market", () => {
  assert.equal(parseMsisdn("0750000001", null), null);
});

test("other texts are no numbers", () => {
  for (const text of [
    "",
    "Amina",
    "12",
    "075000000",
    "call 0750000001",
    "0750000001 ext. 5",
    "+44 20 7946",
    "1".repeat(15),
  ])
    assert.equal(parseMsisdn(text, "vodacomTZN"), null, text);
});

test("only a number of the right prefix and length is in a market's format", () => {
  assert(isMarketMsisdn("255750000001", "vodacomTZN"));
  for (const text of ["255750000001", "2667500000", "266750000011", "266 7500000"])
    assert(!isMarketMsisdn(text, "vodacomLES"), text);
  assert.equal(findMsisdnMarket("26675000001"), "vodacomLES");
  assert.equal(findMsisdnMarket("255750000001"), "vodacomTZN");
  assert.equal(findMsisdnMarket("254707161122"), "safaricomKEN");
  assert.equal(findMsisdnMarket("2557500000011"), null);
});

test("Lesotho accepts eleven digits, every other market twelve", () => {
  for (const market of marketNames)
    assert.equal(minMsisdnDigits(market), market === "vodacomLES" ? 11 : 12, market);
});
