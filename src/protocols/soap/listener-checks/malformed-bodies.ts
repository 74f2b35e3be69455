/** Bodies that cannot be parsed or have invalid contents, each made from a valid result. */
import { acceptableBody, unreadableBody, type MalformedBody } from "../../listener-checks.ts";

const targeted = {
  severity: "money",
  expectation: "harmless",
  targetsPayment: true,
  consequence: "The sender of a message could choose which of your payments it ends.",
  fix: "Check that every id is a string of the documented format before you use it in a query, and bind it as a parameter.",
} as const;

const replaceElement =
  (name: string, text: string) =>
  (validBody: string): string =>
    validBody.replaceAll(new RegExp(`<${name}>[^<]*</${name}>`, "g"), () => `<${name}>${text}</${name}>`);

const removeElement =
  (name: string) =>
  (validBody: string): string =>
    validBody.replaceAll(new RegExp(`<${name}>[^<]*</${name}>`, "g"), "");

/** Adds markup before the end of the result. */
const addToResult =
  (markup: string) =>
  (validBody: string): string =>
    validBody.replace("</Result>", () => `${markup}</Result>`);

const ids = ["OriginatorConversationID", "ConversationID"] as const;

const entities = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">${["b", "c", "d", "e", "f", "g"]
  .map((name, index) => `<!ENTITY ${name} "${`&${"abcdefg"[index]};`.repeat(10)}">`)
  .join("")}]>`;

export const malformedBodies: Readonly<Record<string, MalformedBody>> = {
  "not-xml": {
    ...unreadableBody,
    expects: "Truncated XML is refused.",
    body: (body) => body.slice(0, -30),
  },
  empty: { ...unreadableBody, expects: "An empty body is refused.", body: () => "" },
  json: { ...unreadableBody, expects: "JSON is refused.", body: () => '{"ResultCode":"0"}' },
  "missing-code": {
    ...unreadableBody,
    severity: "money",
    targetsPayment: true,
    expects: "A result without a ResultCode is refused and not booked.",
    body: removeElement("ResultCode"),
    consequence:
      "Without a code it is not a success: a listener that only checks for refusals books a payment that was never made.",
    fix: "Book only on ResultCode 0, not on every code that is not a known refusal.",
  },
  "unknown-code": {
    severity: "money",
    expectation: "harmless",
    targetsPayment: true,
    expects: "An unknown code (471100) is not booked.",
    body: replaceElement("ResultCode", "471100"),
    consequence: "When M-Pesa adds a code, it would count as a success.",
    fix: "Book only on ResultCode 0. Keep the message and alert a person.",
  },
  injection: {
    ...targeted,
    expects: "An SQL fragment as the id books nothing.",
    body: (body) => ids.reduce((text, name) => replaceElement(name, "' OR '1'='1' --")(text), body),
  },
  "extra-fields": {
    ...acceptableBody,
    expects: "Undocumented elements are ignored, and the result is booked.",
    body: addToResult("<Loyalty><Points>12</Points></Loyalty>"),
  },
  "entity-expansion": {
    ...unreadableBody,
    expectation: "harmless",
    expects: "Entities that expand to ten megabytes are refused at once.",
    body: (body) => body.replace("?>", () => `?>${entities}`).replace("</Result>", "</Result>&g;"),
    consequence: "One small message fills the memory of the listener.",
    fix: "Refuse documents with a document type before you parse them.",
  },
  "external-entity": {
    ...unreadableBody,
    expectation: "harmless",
    expects: "An external entity is not read.",
    body: (body) => body.replace("?>", '?><!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/hostname">]>'),
    consequence: "The sender of a message could read files of the server.",
    fix: "Refuse documents with a document type before you parse them.",
  },
  deep: {
    ...unreadableBody,
    expectation: "harmless",
    expects: "Fifty thousand nested elements are refused.",
    body: addToResult(`${"<a>".repeat(50_000)}${"</a>".repeat(50_000)}`),
  },
  huge: {
    ...unreadableBody,
    expectation: "harmless",
    expects:
      "A body of two megabytes gets a response, or its connection is closed, and the listener keeps running.",
    body: addToResult(`<Extra>${"x".repeat(2_000_000)}</Extra>`),
    fix: "Limit the body size: 64 KB is many times the size of a result.",
  },
};
