/** One-time codes, with the values of RFC 6238. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { computeTotp, findTotpStep, formatTotpSecret, formatTotpUri, toTotpStep } from "./totp.ts";

const secret = Buffer.from("12345678901234567890");

test("codes are those of RFC 6238, with six digits", () => {
  for (const [seconds, code] of [
    [59, "287082"],
    [1_111_111_109, "081804"],
    [1_111_111_111, "050471"],
    [1_234_567_890, "005924"],
    [2_000_000_000, "279037"],
    [20_000_000_000, "353130"],
  ] as const)
    assert.equal(computeTotp(secret, toTotpStep(seconds * 1000)), code);
});

test("a secret is written in base32, as apps read it", () => {
  assert.equal(formatTotpSecret(secret), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
  assert.equal(formatTotpSecret(Buffer.from("foobar")), "MZXW6YTBOI");
  assert.match(
    formatTotpUri(secret, "a+b@example.com"),
    /^otpauth:\/\/totp\/Pesarail:a%2Bb%40example\.com\?secret=G/,
  );
});

test("a code is right for one step before and after, and once", () => {
  const now = 1_234_567_890_000;
  const step = toTotpStep(now);
  for (const near of [-1, 0, 1])
    assert.equal(findTotpStep(secret, computeTotp(secret, step + near), now, 0), step + near);
  for (const far of [-2, 2])
    assert.equal(findTotpStep(secret, computeTotp(secret, step + far), now, 0), null);
  assert.equal(findTotpStep(secret, computeTotp(secret, step), now, step), null);
});
