import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { createMsisdnTokens } from "./msisdn-tokens.ts";

const tokens = createMsisdnTokens(Buffer.alloc(64, 3));
const msisdn = fc.stringMatching(/^[0-9]{11,14}$/);

test("a token decodes to its number and matches the documented format", () => {
  fc.assert(
    fc.property(msisdn, fc.bigInt({ min: 1n, max: 1n << 40n }), (number, application) => {
      const token = tokens.tokenFor(application, number);
      assert.match(token, /^[0-9a-zA-Z \w=]{1,26}$/);
      assert.equal(tokens.findMsisdn(application, token), number);
      assert.equal(tokens.tokenFor(application, number), token, "tokens are deterministic");
    }),
  );
});

test("two applications have different tokens for one customer, and neither can decode the other's", () => {
  const [firstToken, secondToken] = [
    tokens.tokenFor(1n, "255750000001"),
    tokens.tokenFor(2n, "255750000001"),
  ];
  assert.notEqual(firstToken, secondToken);
  assert.equal(tokens.findMsisdn(1n, secondToken), null);
});

test("a token cannot be decoded without the server's key", () => {
  const token = tokens.tokenFor(1n, "255750000001");
  assert.equal(createMsisdnTokens(randomBytes(64)).findMsisdn(1n, token), null);
  const neighbour = tokens.tokenFor(1n, "255750000002");
  assert.notEqual(
    token.slice(0, 8),
    neighbour.slice(0, 8),
    "tokens of adjacent numbers have no common prefix",
  );
});

test("numbers with leading zeros keep their length", () => {
  for (const number of ["00000000000", "000000000001", "00000000000001"]) {
    assert.equal(tokens.findMsisdn(1n, tokens.tokenFor(1n, number)), number);
  }
});

test("a forged token decodes to null and never throws", () => {
  for (const forged of ["", "0".repeat(25), "z".repeat(25), "cvgwUBZ3lAO9ivwhWAFeng==", "a".repeat(26)]) {
    assert.equal(tokens.findMsisdn(1n, forged), null, forged);
  }
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9a-z]{25}$/), (forged) =>
      assert.equal(tokens.findMsisdn(1n, forged), null),
    ),
  );
  fc.assert(
    fc.property(msisdn, fc.nat(24), fc.integer({ min: 1, max: 35 }), (number, at, by) => {
      const token = tokens.tokenFor(1n, number);
      const digit = ((parseInt(token[at] ?? "0", 36) + by) % 36).toString(36);
      assert.equal(tokens.findMsisdn(1n, token.slice(0, at) + digit + token.slice(at + 1)), null);
    }),
  );
});
