/** Settings of IPG v1: its listeners, and how strict it is. */
import * as parsers from "./parsers.ts";
import type { Setting } from "./setting.ts";

const createPortSetting = (defaultPort: string, call: string): Setting<number | null> => ({
  default: defaultPort,
  description: `The port that serves ${call} of IPG v1, for HTTP and HTTPS. \`0\` selects a free one, \`off\` disables it. If the port is in use, the server warns and starts without it.`,
  rationale: "The port of M-Pesa's own gateway, which clients have built in.",
  parse: parsers.portOrOff,
});

export const ipgV1Settings = {
  IPG_V1_PORT_C2B: createPortSetting("18352", "C2B"),
  IPG_V1_PORT_B2C: createPortSetting("18345", "B2C"),
  IPG_V1_PORT_B2B: createPortSetting("18349", "B2B"),
  IPG_V1_PORT_REVERSAL: createPortSetting("18354", "reversals"),
  IPG_V1_PORT_QUERY_TRANSACTION_STATUS: createPortSetting("18353", "the query of a transaction's status"),
  IPG_V1_PORT_QUERY_CUSTOMER_NAME: createPortSetting("19323", "the query of a customer's name"),
  IPG_V1_ENVIRONMENT: {
    default: "sandbox",
    description:
      "The environment of the ports of IPG v1: `sandbox` or `live`. Its paths do not name one. The main ports always serve " +
      "the sandbox.",
    rationale: "A client that is being developed must not move real money.",
    parse: parsers.choice("sandbox", "live"),
  },
  IPG_V1_STRICT_QUERIES: {
    default: "off",
    description:
      "`on` answers a query with a body with HTTP 403 and a page, as M-Pesa's own gateway does. `off` reads the parameters " +
      "from the body, and writes a warning to the request log.",
    rationale:
      "Some clients send the parameters of queries as a JSON body; a developer sees the warning and not only a page.",
    parse: parsers.choice("off", "on"),
  },
} as const satisfies Record<string, Setting<unknown>>;
