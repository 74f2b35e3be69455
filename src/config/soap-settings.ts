/** Settings of the SOAP Broker: the live port, and what sources say differently about the real one. */
import * as parsers from "./parsers.ts";
import type { Setting } from "./setting.ts";

export const soapSettings = {
  SOAP_LIVE_PORT: {
    default: "off",
    description:
      "The port for the SOAP Broker in live, whose paths do not name the environment; HTTP and TLS on the same port, such " +
      "as 8082. `off` serves it in the sandbox only, `0` selects a free port.",
    rationale: "The Broker's clients have one base URL, so live needs an address of its own.",
    parse: parsers.portOrOff,
  },
  SOAP_CALLBACK_ATTEMPTS: {
    default: null,
    description:
      "How often a notification of the SOAP Broker is sent at most, 1 to 9. If not set, once in the sandbox, and with the " +
      "full retry schedule in live.",
    rationale:
      "M-Pesa sends once. A sandbox shows that; live repeats, because an operator's customers must not lose a callback.",
    parse: parsers.integer(1, 9),
  },
  SOAP_NEGATIVE_AMOUNTS: {
    default: "refuse",
    description:
      "A negative Amount in a command of the SOAP Broker: `refuse` reports 25, `absolute` takes it without its sign.",
    rationale: "An official sample pays -7000 and reports 7000.00, but a sign is more often a mistake.",
    parse: parsers.choice("refuse", "absolute"),
  },
  SOAP_G1_RESULTS: {
    default: "",
    description:
      "The ids (spId) of service providers whose results have the dialect of the core's first generation, separated by commas.",
    rationale:
      "Banks still run programs that were written for it. Everything else has the dialect of the second generation.",
    parse: parsers.digitLists,
  },
  SOAP_FOREIGN_CREDENTIALS: {
    default: "off",
    description:
      "`on` accepts any well-formed SecurityCredential of a known initiator in the sandbox, whatever it contains.",
    rationale:
      "Some clients encrypt with a copy of M-Pesa's certificate, so their credentials cannot be decrypted. A password that " +
      "is not checked protects nothing.",
    parse: parsers.choice("off", "on"),
  },
} as const satisfies Record<string, Setting<unknown>>;
