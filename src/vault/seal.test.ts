import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { seal, DecryptionError, unseal } from "./seal.ts";

const key = Buffer.alloc(32, 1);
const plain = Buffer.from("a secret text");

test("sealed bytes are unsealed with the same key for the same purpose", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (bytes, purpose) => {
      const sealed = seal(key, purpose, Buffer.from(bytes));
      assert.deepEqual(new Uint8Array(unseal(key, purpose, sealed)), bytes);
    }),
  );
});

test("unsealing fails with another key, another purpose, or one changed bit", () => {
  const sealed = seal(key, "keys", plain);
  assert.throws(() => unseal(Buffer.alloc(32, 2), "keys", sealed), DecryptionError);
  assert.throws(() => unseal(key, "tokens", sealed), DecryptionError);
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const changed = Buffer.from(sealed);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.throws(() => unseal(key, "keys", changed), DecryptionError, `bit ${bit}`);
  }
  for (let length = 0; length < sealed.length; length += 1) {
    assert.throws(() => unseal(key, "keys", sealed.subarray(0, length)), DecryptionError, `${length} bytes`);
  }
});

test("sealing twice gives two different results, and neither contains the plain bytes", () => {
  const [one, two] = [seal(key, "keys", plain), seal(key, "keys", plain)];
  assert.notDeepEqual(one, two);
  assert(!one.includes(plain));
});
