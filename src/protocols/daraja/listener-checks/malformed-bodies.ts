/** Bodies that cannot be parsed or have invalid contents, each made from a valid STK callback. */
import { acceptableBody, unreadableBody, type MalformedBody } from "../../listener-checks.ts";

const targeted = {
  severity: "money",
  expectation: "harmless",
  targetsPayment: true,
  consequence: "The sender of a message could choose which of your orders it pays.",
  fix: "Check that every id is a string of the documented format before you use it in a query, and bind it as a parameter.",
} as const;

/** Replaces the text or number of a field, wherever it is. */
const replaceField =
  (name: string, json: string) =>
  (validBody: string): string =>
    validBody.replaceAll(new RegExp(`("${name}":)("[^"]*"|[0-9.]+)`, "g"), `$1${json}`);

const removeField =
  (name: string) =>
  (validBody: string): string =>
    validBody.replaceAll(new RegExp(`"${name}":("[^"]*"|[0-9.]+),?`, "g"), "");

/** Adds a field to the outer object. */
const addField =
  (json: string) =>
  (validBody: string): string =>
    validBody.replace(/}$/, `,${json}}`);

export const malformedBodies: Readonly<Record<string, MalformedBody>> = {
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
  "missing-code": {
    ...unreadableBody,
    severity: "money",
    targetsPayment: true,
    expects: "A result without a ResultCode is refused and not booked.",
    body: removeField("ResultCode"),
    consequence:
      "Without a code it is not a success: a listener that only checks for refusals books a payment that was never made.",
    fix: "Book only on ResultCode 0, not on every code that is not a known refusal.",
  },
  "unknown-code": {
    severity: "money",
    expectation: "harmless",
    targetsPayment: true,
    expects: "An unknown code (471100) is not booked.",
    body: replaceField("ResultCode", "471100"),
    consequence: "When M-Pesa adds a code, it would count as a success.",
    fix: "Book only on ResultCode 0. Keep the message and alert a person.",
  },
  "wrong-types": {
    ...targeted,
    expects: 'An object where an id is expected, { "$ne": null }, books nothing.',
    body: (body) =>
      ["CheckoutRequestID", "MerchantRequestID", "ConversationID", "OriginatorConversationID"].reduce(
        (text, name) => replaceField(name, '{"$$ne":null}')(text),
        body,
      ),
  },
  injection: {
    ...targeted,
    expects: "An SQL fragment as the id books nothing.",
    body: (body) =>
      ["CheckoutRequestID", "MerchantRequestID", "ConversationID", "OriginatorConversationID"].reduce(
        (text, name) => replaceField(name, "\"' OR '1'='1' --\"")(text),
        body,
      ),
  },
  "extra-fields": {
    ...acceptableBody,
    expects: "Undocumented fields are ignored, and the payment is booked.",
    body: addField('"LoyaltyPoints":"12","Extra":{"deep":[1,2,3]}'),
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
    body: addField(`"Deep":${"[".repeat(50_000)}${"]".repeat(50_000)}`),
    expectation: "harmless",
  },
  huge: {
    ...unreadableBody,
    expects:
      "A body of two megabytes gets a response, or its connection is closed, and the listener keeps running.",
    body: addField(`"Extra":"${"x".repeat(2_000_000)}"`),
    expectation: "harmless",
    fix: "Limit the body size: 64 KB is many times the size of a result.",
  },
};
