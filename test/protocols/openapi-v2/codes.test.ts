/** The code tables equal the documented ones. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  findResponseCode,
  codeTexts as productTexts,
  type Code,
  type CodeTable,
} from "../../../src/protocols/openapi-v2/codes.ts";
import { getSession } from "../../../src/protocols/openapi-v2/operations/get-session.ts";
import { operations } from "../../../src/protocols/openapi-v2/operations.ts";
import { refusalCodes } from "../../../src/protocols/openapi-v2/refusal-codes.ts";
import { calls, codeTexts, documented, products, type Call } from "./documented.ts";

const findOperation = (call: Call) => operations.find(({ product }) => product === call);

test("every code has its documented text, and there are no other codes", () => {
  assert.deepEqual(productTexts, codeTexts);
});

for (const [call, { codes, texts = {} }] of calls) {
  test(`${call} has exactly its documented codes, with their statuses and texts`, () => {
    const operation = findOperation(call);
    const codeTable: CodeTable = operation?.codes ?? getSession.codes;
    const success = operation?.success ?? getSession.success;

    const answers = Object.keys(codeTable).map((code) => findResponseCode(codeTable, code as Code));
    const actual = answers.map(({ code, status, text }) => ({ code, status, text }));
    if (!(success.code in codeTable)) actual.push({ ...success, text: codeTexts[success.code] ?? "" });

    const expected = Object.entries(codes).map(([code, status]) => ({
      code,
      status,
      text: texts[code] ?? codeTexts[code],
    }));
    const byCode = (a: { code: string }, b: { code: string }) => (a.code < b.code ? -1 : 1);
    assert.deepEqual(actual.sort(byCode), expected.sort(byCode));
  });
}

for (const [call, { method, path, markets, parameters, responseFields: answers }] of products) {
  test(`${call} has its documented path, parameters in their order, and response fields`, () => {
    const operation = findOperation(call);
    assert(operation !== undefined);
    assert.deepEqual([operation.method, operation.path], [method, path]);
    if (operation.markets !== null) assert.deepEqual(operation.markets, markets);
    else assert.equal(markets.length, 5);
    assert.deepEqual(
      Object.entries(operation.parameters).map(([name, { mandatory, expression }]) => ({
        name,
        mandatory,
        expression: expression?.source ?? null,
      })),
      parameters.map(({ name, mandatory, expression }) => ({
        name,
        mandatory,
        expression: expression?.source ?? null,
      })),
    );
    assert.deepEqual(Object.keys(operation.response).sort(), [...answers].sort());
  });
}

test("every call is documented", () => {
  assert.deepEqual(operations.map(({ product }) => product).sort(), products.map(([name]) => name).sort());
});

test("every refusal maps to a documented code in every call", () => {
  for (const { product, codes } of operations) {
    for (const [refusal, wanted] of Object.entries(refusalCodes)) {
      const { code, status } = findResponseCode(codes, ...wanted);
      assert.equal(
        status,
        documented[product].codes[code as keyof object],
        `${product}: ${refusal} is ${code}`,
      );
    }
  }
});
