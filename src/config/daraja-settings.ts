/** Settings of Daraja: the live port, and what sources say differently about the real one. */
import * as parsers from "./parsers.ts";
import type { Setting } from "./setting.ts";

export const darajaSettings = {
  DARAJA_LIVE_PORT: {
    default: "off",
    description:
      "The port for Daraja in live, whose paths do not name the environment; HTTP and TLS on the same port. `off` serves " +
      "Daraja in the sandbox only, `0` selects a free port.",
    rationale: "Daraja's clients have one base URL, so live needs an address of its own.",
    parse: parsers.portOrOff,
  },
  DARAJA_CALLBACK_ATTEMPTS: {
    default: null,
    description:
      "How often a Daraja notification is sent at most, 1 to 9. If not set, once in the sandbox, and with the full retry " +
      "schedule in live. The payments of Bill Manager's invoices are always sent up to 5 times.",
    rationale:
      "M-Pesa sends once. A sandbox shows that; live repeats, because an operator's customers must not lose a callback.",
    parse: parsers.integer(1, 9),
  },
  DARAJA_INVALIDATE_PREVIOUS_TOKENS: {
    default: "off",
    description: "`on` ends an application's earlier Daraja tokens when it gets a new one.",
    rationale: "Many clients get a token for each call, and would end the tokens of their own open requests.",
    parse: parsers.choice("off", "on"),
  },
  DARAJA_OAUTH_FAULT: {
    default: "off",
    description:
      "How Daraja's OAuth fails in the sandbox: `empty` answers a wrong key or secret with an empty body, `html` answers " +
      "every request with 200 and a page, `unavailable` with 503.",
    rationale: "Clients have met each of them. By default, errors have their documented body.",
    parse: parsers.choice("off", "empty", "html", "unavailable"),
  },
  DARAJA_RESULT_CODES: {
    default: "documented",
    description:
      "The JSON types of Daraja's result codes: `documented` differs by product, as M-Pesa does, and `numbers` writes every " +
      "code that is a number as a number.",
    rationale: "Some typed clients decode numbers only, and cannot read all of M-Pesa's own results.",
    parse: parsers.choice("documented", "numbers"),
  },
  DARAJA_STK_BALANCE: {
    default: null,
    description:
      "Whether an STK callback has the item `Balance`, which has no value: `on` or `off`. If not set, `on` in live and " +
      "`off` in the sandbox.",
    rationale: "The documentation's sample has none, and M-Pesa's own callbacks have had it.",
    parse: parsers.choice("off", "on"),
  },
  DARAJA_STK_AMOUNT: {
    default: "integer",
    description: "How an STK callback writes a whole amount: `integer` is `1`, `decimal` is `1.00`.",
    rationale: "M-Pesa has written integers since 2019.",
    parse: parsers.choice("integer", "decimal"),
  },
  DARAJA_STK_PENDING: {
    default: "4999",
    description:
      "The STK query of a push that is still open: `4999` is 200 with this result code, `error` is 500 with " +
      "`500.001.1001`.",
    rationale: "M-Pesa answers 4999 today. Older clients wait for the error.",
    parse: parsers.choice("4999", "error"),
  },
  DARAJA_STK_BUSY: {
    default: "error",
    description:
      "An STK push to a customer who has a prompt open: `error` refuses it at once with `500.001.1001`, `callback` " +
      "accepts it and reports 1001 in the callback.",
    rationale: "M-Pesa does both.",
    parse: parsers.choice("error", "callback"),
  },
  DARAJA_STK_REPEATED: {
    default: "accept",
    description:
      "An STK push to a customer who paid the same organisation the same amount less than two minutes ago: `accept` takes " +
      "it, `refuse` accepts the request and reports 17 in the callback.",
    rationale: "Sources disagree about what 17 means, and a test that pays twice in a row is not an error.",
    parse: parsers.choice("accept", "refuse"),
  },
  DARAJA_MASKED_MSISDN: {
    default: "short",
    description:
      "How a C2B confirmation writes a masked number: `short` is `25470****149`, `spaced` is `2547 ***** 149`.",
    rationale: "The portal's form. M-Pesa's own confirmations have had the other one.",
    parse: parsers.choice("short", "spaced"),
  },
  DARAJA_FOREIGN_CREDENTIALS: {
    default: "off",
    description:
      "`on` accepts any well-formed SecurityCredential of a known initiator in the sandbox, whatever it contains.",
    rationale:
      "Some clients encrypt with a copy of M-Pesa's certificate, so their credentials cannot be decrypted. A password that " +
      "is not checked protects nothing.",
    parse: parsers.choice("off", "on"),
  },
  DARAJA_LENIENT_CREDENTIALS: {
    default: "off",
    description:
      "`on` also accepts a SecurityCredential that contains the password in base64, or with 14 digits of a timestamp " +
      "behind it.",
    rationale: "Some handbooks and libraries make it so; M-Pesa compares the password alone.",
    parse: parsers.choice("off", "on"),
  },
} as const satisfies Record<string, Setting<unknown>>;
