/** Bodies that cannot be parsed or have invalid contents, each made from a valid one. */
import { acceptableBody, unreadableBody, type MalformedBody } from "../listener-checks.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Changes the fields of a valid body. */
const changeFields =
  (change: (fields: Fields) => Fields) =>
  (validBody: string): string =>
    JSON.stringify(change(JSON.parse(validBody) as Fields));
const withFields = (change: object) => changeFields((fields) => ({ ...fields, ...change }));
const without = (name: string) => changeFields((fields) => ({ ...fields, [name]: undefined }));

const targeted = {
  severity: "money",
  expectation: "harmless",
  targetsPayment: true,
  consequence: "The sender of a message could choose which of your orders it pays.",
  fix: "Check that every field is a string of the documented format before you use it in a query, and bind it as a parameter.",
} as const;

/** `reference`: the field with the caller's id of the request. */
export const createMalformedBodies = (reference: string): Readonly<Record<string, MalformedBody>> => ({
  "not-json": {
    ...unreadableBody,
    expects: "Truncated JSON is refused.",
    body: (body) => body.slice(0, -20),
  },
  empty: { ...unreadableBody, expects: "An empty body is refused.", body: () => "" },
  array: {
    ...unreadableBody,
    expects: "An array instead of an object is refused.",
    body: (body) => `[${body}]`,
  },
  null: { ...unreadableBody, expects: "null, which is valid JSON, is refused.", body: () => "null" },
  "missing-reference": {
    ...unreadableBody,
    expects: `A result without ${reference} is refused.`,
    body: without(reference),
  },
  "missing-code": {
    ...unreadableBody,
    severity: "money",
    targetsPayment: true,
    expects: "A result without a code is refused and not booked.",
    body: changeFields((fields) =>
      Object.fromEntries(Object.entries(fields).filter(([name]) => !name.endsWith("Code"))),
    ),
    consequence:
      "Without a code it is not a success: a listener that only checks for refusals books a payment that was never made.",
    fix: "Book only on the success code, not on every code that is not a known refusal.",
  },
  "unknown-code": {
    severity: "money",
    expectation: "harmless",
    targetsPayment: true,
    expects: "An unknown code (INS-4711) is not booked.",
    body: changeFields((fields) =>
      Object.fromEntries(
        Object.entries(fields).map(([name, value]) => [name, name.endsWith("Code") ? "INS-4711" : value]),
      ),
    ),
    consequence: "When M-Pesa adds a code, it would count as a success.",
    fix: "Book only on the success code, not on every code that is not a known refusal. Keep the message and alert a person.",
  },
  "wrong-types": {
    ...targeted,
    expects: 'An object where a reference is expected, { "$ne": null }, books nothing.',
    body: withFields({
      [reference]: { $ne: null },
      input_OriginalConversationID: { $ne: null },
    }),
  },
  injection: {
    ...targeted,
    expects: "An SQL fragment as the reference books nothing.",
    body: withFields({
      [reference]: "' OR '1'='1' --",
      input_OriginalConversationID: "' OR '1'='1' --",
    }),
  },
  "extra-fields": {
    ...acceptableBody,
    expects: "Undocumented fields are ignored, and the payment is booked.",
    body: withFields({ input_LoyaltyPoints: "12", input_Extra: { deep: [1, 2, 3] } }),
  },
  charset: {
    ...acceptableBody,
    expects: "application/json; charset=utf-8 is accepted as JSON.",
    headers: { "content-type": "application/json; charset=utf-8" },
    body: (body) => body,
    fix: "Compare only the media type, not the whole header.",
    consequence: "If a proxy adds a charset, no result is accepted any more.",
  },
  "content-type": {
    ...unreadableBody,
    expectation: "harmless",
    expects: "A body with the content type text/plain gets a response, 2xx or not.",
    headers: { "content-type": "text/plain" },
    body: (body) => body,
  },
  deep: {
    ...unreadableBody,
    expects: "Fifty thousand nested brackets are refused.",
    body: (validBody) => validBody.replace(/}$/, `,"input_Deep":${"[".repeat(50_000)}${"]".repeat(50_000)}}`),
    expectation: "harmless",
  },
  huge: {
    ...unreadableBody,
    expects:
      "A body of two megabytes gets a response, or its connection is closed, and the listener keeps running.",
    body: withFields({ input_ResultDesc: "x".repeat(2_000_000) }),
    expectation: "harmless",
    fix: "Limit the body size: 64 KB is many times the size of a result.",
  },
});
