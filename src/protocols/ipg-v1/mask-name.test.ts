/** Names are masked as M-Pesa masks them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { maskName } from "./mask-name.ts";

test("the first two letters and the last one stay, and less of a short name", () => {
  const names = { John: "Jo*n", Smith: "Sm**h", Ana: "A**", Li: "L*", X: "X", Macuácua: "Ma*****a", "": "" };
  for (const [name, masked] of Object.entries(names)) assert.equal(maskName(name), masked);
});
