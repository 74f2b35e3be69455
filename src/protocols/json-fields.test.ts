import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  maskMsisdn,
  maxFields,
  NotJsonObjectError,
  readJsonFields,
  TooManyFieldsError,
} from "./json-fields.ts";

test("a number keeps the text that was sent, even where JavaScript would round or reformat it", () => {
  const numbers = [
    "0.1",
    "1.10",
    "10",
    "9007199254740993",
    "9007199254740993.01",
    "1e2",
    "1E400",
    "-0",
    "-1.50",
    "123456789012345678901234567890",
  ];
  for (const number of numbers) assert.equal(readJsonFields(`{"n": ${number}}`).fields.get("n"), number);
  fc.assert(
    fc.property(fc.stringMatching(/^(0|[1-9]\d{0,30})(\.\d{1,30})?$/), (number) => {
      assert.equal(readJsonFields(`{"a":"x","n":${number},"o":{"n":1}}`).fields.get("n"), number);
    }),
  );
});

test("strings stay unchanged, booleans become text, null is absent, and nested values match no expression", () => {
  const { fields } = readJsonFields(
    '{"text":" a ","yes":true,"no":false,"nothing":null,"empty":"","list":["10"],"object":{"a":1}}',
  );
  assert.deepEqual([...fields.keys()], ["text", "yes", "no", "empty", "list", "object"]);
  assert.deepEqual(
    [fields.get("text"), fields.get("yes"), fields.get("no"), fields.get("empty")],
    [" a ", "true", "false", ""],
  );
  for (const nested of ["list", "object"]) assert.doesNotMatch(fields.get(nested) ?? "", /^[0-9A-Za-z .]*$/);
});

test("any string round-trips, whatever its field name", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), (texts) => {
      assert.deepEqual(
        Object.fromEntries(readJsonFields(JSON.stringify(texts)).fields),
        Object.fromEntries(Object.entries(texts)),
      );
    }),
  );
  const unusual = readJsonFields('{"__proto__":"a","constructor":"b","toString":"c"}');
  assert.deepEqual(
    [...unusual.fields],
    [
      ["__proto__", "a"],
      ["constructor", "b"],
      ["toString", "c"],
    ],
  );
});

test("a body with thousands of members is refused before it is parsed", () => {
  const build = (members: number): string =>
    JSON.stringify(Object.fromEntries(Array.from({ length: members }, (_, index) => [`name${index}`, "x"])));
  assert.equal(readJsonFields(build(maxFields)).fields.size, maxFields);
  assert.throws(() => readJsonFields(build(maxFields + 1)), TooManyFieldsError);
  // The quotes alone decide: this is not JSON.
  assert.throws(() => readJsonFields('{"'.repeat(5000)), TooManyFieldsError);
});

test("a body that is not a JSON object throws NotJsonObjectError and nothing else", () => {
  for (const text of [
    "",
    "[]",
    "1",
    '"a"',
    "null",
    "{",
    "{'a':1}",
    "undefined",
    '{"a":1}x',
    "[".repeat(60_000),
  ]) {
    assert.throws(() => readJsonFields(text), NotJsonObjectError, text.slice(0, 20));
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        readJsonFields(text);
      } catch (error) {
        assert(error instanceof NotJsonObjectError);
      }
    }),
  );
});

test("deep nesting does not fail", () => {
  const deep = (open: string, close: string, levels: number) =>
    open.repeat(levels) + "1" + close.repeat(levels);
  for (const nested of [deep("[", "]", 30_000), deep('{"a":', "}", maxFields - 10)]) {
    const { fields } = readJsonFields(`{"text":"a","nested":${nested}}`);
    assert.equal(fields.get("text"), "a");
    assert.doesNotMatch(fields.get("nested") ?? "", /^[0-9A-Za-z .]*$/);
  }
});

test("a name that occurs twice at the top level is reported, however it is written", () => {
  // prettier-ignore
  const table: [json: string, duplicate: string | null][] = [
    ['{"a":"1","a":"2"}', "a"], ['{"a":"1","b":"2","a":"1"}', "a"], ['{"a":1,"a":2}', "a"], ['{"a":null,"a":"1"}', "a"],
    ['{"a":"1","a":null}', "a"], ['{"a":true,"a":false}', "a"], ['{"a":{},"a":[]}', "a"], ['{"a":{"b":"c"},"a":"x"}', "a"],
    ['{"a":"\\"","a":"x"}', "a"], ['{"a":"1","\\u0061":"2"}', "a"], ['{"a\\"b":"1","a\\"b":"2"}', 'a"b'],
    ['{"__proto__":"1","__proto__":"2"}', "__proto__"], ['{"":1,"":2}', ""], ['{ "a" : 1 , "a" : 2 }', "a"],
    ['{"a":"\\\\","a":"x"}', "a"], ['{"a":["x","y"],"b":{"a":"z"},"b":1}', "b"],
    ['{"a":"1","A":"2"}', null], ['{"a":{"a":"1","a":"2"}}', null], ['{"a":["a","a"],"b":"a"}', null], ['{"a":"\\"a\\":1"}', null],
    ['{"a":"b","b":"a"}', null], ['{"a":"{\\"a\\":1,\\"a\\":2}"}', null], ["{}", null], ['{"a":"a,a","b":"}{"}', null],
  ];
  for (const [json, duplicate] of table) assert.equal(readJsonFields(json).duplicate, duplicate, json);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), fc.jsonValue()), { maxLength: 6 }), (members) => {
      const json = `{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`;
      const names = members.map(([name]) => name);
      const expected = names.find((name, index) => names.indexOf(name) < index) ?? null;
      assert.equal(readJsonFields(json).duplicate, expected, json);
    }),
  );
});

test("a masked number keeps its first and last digits and hides enough of the rest", () => {
  assert.equal(maskMsisdn("255700000001"), "2557****0001");
  assert.equal(maskMsisdn("26651234567"), "2665***4567");
  assert.equal(maskMsisdn("12345678"), "********");
  assert.equal(maskMsisdn(""), "");
});
