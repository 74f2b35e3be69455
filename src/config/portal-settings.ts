/** Settings of the developer portal. */
import * as parsers from "./parsers.ts";
import type { Setting } from "./setting.ts";

export const portalSettings = {
  LOCAL_TOOLS: {
    default: null,
    description:
      "`on` opens the workspace without signing in, as the sandbox's own developer, with every tool of the sandbox and the " +
      "mailbox, for browsers on this machine. Requests that a proxy has forwarded are refused, and so are those whose Host " +
      "is not a name of this machine. If not set, it is `on` if `HOST` is a loopback address (`127.0.0.1`, `::1`, `localhost`) and neither `PUBLIC_URL` nor `TRUSTED_PROXIES` is set. Behind a proxy, set one of these.",
    rationale: "A developer on a laptop should not be asked for a password, and no one else should get in.",
    parse: parsers.choice("on", "off"),
  },
  SMTP_URL: {
    default: null,
    description:
      "The mail server for activation links and the like: `smtp://user:password@mail.example.com:587`, or `smtps://` with port " +
      "465. Requires `MAIL_FROM`. Without both, mails are on the page `/mailbox` of the local tools; without these too, " +
      "registration is closed.",
    rationale: "A sandbox on a laptop has no mail server.",
    parse: parsers.smtpUrl,
  },
  MAIL_FROM: {
    default: null,
    description: "The sender of mails, such as `Pesarail <portal@example.com>`. Requires `SMTP_URL`.",
    rationale: "As for `SMTP_URL`.",
    parse: parsers.mailSender,
  },
} as const satisfies Record<string, Setting<unknown>>;
