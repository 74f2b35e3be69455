/** Settings of the developer portal. */
import * as parsers from "./parsers.ts";
import type { Setting } from "./setting.ts";

export const portalSettings = {
  LOCAL_TOOLS: {
    default: null,
    description:
      "`on` opens the workspace without signing in, as the sandbox's own developer, with every tool of the sandbox and the " +
      "mailbox, for browsers on this machine. Requests that a proxy has forwarded are refused, and so are those whose Host " +
      "is not a name of this machine. If not set, it is `on` if `HOST` is a loopback address (`127.0.0.1`, `::1`, `localhost`) and neither `PUBLIC_URL` nor `TRUSTED_PROXIES` is set.",
    rationale:
      "A developer on a laptop should not be asked for a password, and other people must not get in.",
    parse: parsers.choice("on", "off"),
  },
} as const satisfies Record<string, Setting<unknown>>;
