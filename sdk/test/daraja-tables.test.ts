/** The SDK's tables of Daraja against the server's: paths, fields, codes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { operations } from "../../src/protocols/daraja/operations.ts";
import { resultTexts } from "../../src/protocols/daraja/result-codes.ts";
import type { Call } from "../src/daraja/call.ts";
import { calls } from "../src/daraja/calls.ts";
import { results } from "../src/daraja/codes.ts";

const allCalls: readonly Call[] = Object.values(calls).flatMap((call) =>
  "path" in call ? [call] : Object.values(call),
) as readonly Call[];

/** What the client adds by itself. */
const credentials: Readonly<Record<string, readonly string[]>> = {
  stk: ["Password", "Timestamp", "PartyA"],
  initiator: ["SecurityCredential", "Initiator", "InitiatorName"],
};

const added = ({ credential, path }: Call): readonly string[] => [
  ...(credentials[credential ?? ""] ?? []),
  ...(path.includes("hakikisha") ? ["header.requestID", "header.timestamp"] : []),
];

for (const { path, fields } of operations)
  test(`the client's call of ${path} has the fields of the server's table`, () => {
    const call = allCalls.find((each) => each.path.toLowerCase() === path.toLowerCase());
    assert(call !== undefined, `no call of the client has the path ${path}`);
    const sent = new Set([
      ...Object.values(call.fields).map(({ wire }) => wire),
      ...Object.keys(call.fixedParameters),
      ...added(call),
    ]);
    const accepted = Object.entries(fields).flatMap(([name, { aliases = [] }]) => [name, ...aliases]);
    const missing = Object.entries(fields).filter(
      ([name, { mandatory, aliases = [] }]) =>
        mandatory && ![name, ...aliases].some((each) => sent.has(each)),
    );
    assert.deepEqual(
      missing.map(([name]) => name),
      [],
      "the client lacks mandatory fields",
    );
    const unknown = [...sent].filter((name) => !accepted.includes(name) && !added(call).includes(name));
    assert.deepEqual(unknown, [], "the server's table lacks fields that the client sends");
  });

test("every result code has a reason and advice", () => {
  for (const code of Object.keys(resultTexts)) assert(Object.hasOwn(results, code), code);
});
