/** Results in XML that cannot be parsed or have invalid contents, each made from a valid one. */
import { acceptableBody, unreadableBody, type MalformedBody } from "../../listener-checks.ts";

/** Where a kind of result has what is broken. */
export interface ResultNames {
  /** The elements that say whether the payment succeeded. The first has the code. */
  readonly codes: readonly [string, ...string[]];
  /** The code of a success. */
  readonly success: string;
  readonly ids: readonly string[];
  /** The end of the result's element. */
  readonly end: string;
}

const targeted = {
  severity: "money",
  expectation: "harmless",
  targetsPayment: true,
  consequence: "The sender of a message could choose which of your payments it ends.",
  fix: "Check that every id is a string of the documented format before you use it in a query, and bind it as a parameter.",
} as const;

type BodyChange = (validBody: string) => string;

const replaceElements =
  (names: readonly string[], replacement: (name: string) => string): BodyChange =>
  (validBody) =>
    names.reduce(
      (body, name) => body.replaceAll(new RegExp(`<${name}>[^<]*</${name}>`, "g"), () => replacement(name)),
      validBody,
    );

const withText =
  (text: string) =>
  (name: string): string =>
    `<${name}>${text}</${name}>`;

const entities = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">${["b", "c", "d", "e", "f", "g"]
  .map((name, index) => `<!ENTITY ${name} "${`&${"abcdefg"[index]};`.repeat(10)}">`)
  .join("")}]>`;

export function createMalformedXml({
  codes,
  success,
  ids,
  end,
}: ResultNames): Readonly<Record<string, MalformedBody>> {
  const [code] = codes;
  /** Adds markup before the end of the result. */
  const addToResult =
    (markup: string): BodyChange =>
    (validBody) =>
      validBody.replace(end, () => markup + end);
  return {
    "not-xml": {
      ...unreadableBody,
      expects: "Truncated XML is refused.",
      body: (body) => body.slice(0, -30),
    },
    empty: { ...unreadableBody, expects: "An empty body is refused.", body: () => "" },
    json: { ...unreadableBody, expects: "JSON is refused.", body: () => `{"${code}":"${success}"}` },
    "missing-code": {
      ...unreadableBody,
      severity: "money",
      targetsPayment: true,
      expects: `A result without a ${codes.join(" and ")} is refused and not booked.`,
      body: replaceElements(codes, () => ""),
      consequence:
        "Without a code it is not a success: a listener that only checks for refusals books a payment that was never made.",
      fix: `Book only on ${code} ${success}, not on every code that is not a known refusal.`,
    },
    "unknown-code": {
      severity: "money",
      expectation: "harmless",
      targetsPayment: true,
      expects: "An unknown code (471100) is not booked.",
      body: replaceElements(codes, withText("471100")),
      consequence: "When M-Pesa adds a code, it would count as a success.",
      fix: `Book only on ${code} ${success}. Keep the message and alert a person.`,
    },
    injection: {
      ...targeted,
      expects: "An SQL fragment as the id books nothing.",
      body: replaceElements(ids, withText("' OR '1'='1' --")),
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
      body: (body) => body.replace("?>", () => `?>${entities}`).replace(end, () => `${end}&g;`),
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
}
