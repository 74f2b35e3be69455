/** Results as a form or in a query string that have invalid contents, each made from a valid one. */
import { acceptableBody, unreadableBody, type MalformedBody } from "../../../listener-checks.ts";

type FormChange = (fields: URLSearchParams) => void;

const change =
  (edit: FormChange) =>
  (validForm: string): string => {
    const fields = new URLSearchParams(validForm);
    edit(fields);
    return fields.toString();
  };

const codeNames = ["RETURN_CODE", "TRX_STATUS"];

/** Servers refuse a longer query string before the listener sees it. */
const maxQueryLength = 6_000;

export const createMalformedForms = (isQuery: boolean): Readonly<Record<string, MalformedBody>> => ({
  empty: { ...unreadableBody, expects: "A result without fields is refused.", body: () => "" },
  "not-decodable": {
    ...unreadableBody,
    expectation: "harmless",
    expects: "Percent signs that encode nothing get a response.",
    body: (form) => `${form}&Extra=%zz%`,
  },
  "missing-code": {
    ...unreadableBody,
    severity: "money",
    targetsPayment: true,
    expects: "A result without a RETURN_CODE and TRX_STATUS is refused and not booked.",
    body: change((fields) => codeNames.forEach((name) => fields.delete(name))),
    consequence:
      "Without a code it is not a success: a listener that only checks for refusals books a payment that was never made.",
    fix: "Book only on RETURN_CODE 00, not on every code that is not a known refusal.",
  },
  "unknown-code": {
    severity: "money",
    expectation: "harmless",
    targetsPayment: true,
    expects: "An unknown code (471100) is not booked.",
    body: change((fields) => codeNames.forEach((name) => fields.set(name, "471100"))),
    consequence: "When M-Pesa adds a code, it would count as a success.",
    fix: "Book only on RETURN_CODE 00. Keep the message and alert a person.",
  },
  injection: {
    severity: "money",
    expectation: "harmless",
    targetsPayment: true,
    expects: "An SQL fragment as the id books nothing.",
    body: change((fields) => {
      for (const name of ["MERCHANT_TRANSACTION_ID", "TRX_ID"]) fields.set(name, "' OR '1'='1' --");
    }),
    consequence: "The sender of a message could choose which of your payments it ends.",
    fix: "Check that every id is a string of the documented format before you use it in a query, and bind it as a parameter.",
  },
  "lists-and-maps": {
    severity: "money",
    expectation: "harmless",
    targetsPayment: true,
    expects: "Ids that a framework reads as a list and as a map book nothing.",
    body: change((fields) => {
      for (const name of ["MERCHANT_TRANSACTION_ID", "TRX_ID"]) fields.delete(name);
      fields.append("MERCHANT_TRANSACTION_ID[]", "");
      fields.append("TRX_ID[$ne]", "");
    }),
    consequence:
      "PHP and many frameworks turn brackets in names into arrays. As a condition of a query, one may match every payment.",
    fix: "Check that every id is a string before you use it.",
  },
  "extra-fields": {
    ...acceptableBody,
    expects: "Undocumented fields are ignored, and the result is booked.",
    body: (form) => `${form}&LOYALTY_POINTS=12`,
  },
  huge: {
    ...unreadableBody,
    expectation: "harmless",
    expects: isQuery
      ? "A query string of six kilobytes gets a response, or its connection is closed, and the listener keeps running."
      : "A body of two megabytes gets a response, or its connection is closed, and the listener keeps running.",
    body: (form) => `${form}&Extra=${"x".repeat(isQuery ? maxQueryLength : 2_000_000)}`,
    fix: "Limit the size: four kilobytes are many times the size of a result.",
  },
});
