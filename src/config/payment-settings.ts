/** Settings of payments: holds, prompts, validations, callbacks, handsets, charges and operators. */
import { msPerDay, msPerHour, msPerSecond } from "../core/clock.ts";
import { maxOpenPrompts } from "../core/open-prompt-limit.ts";
import * as parsers from "./parsers.ts";
import type { Setting } from "./setting.ts";

export const paymentSettings = {
  TWO_STEP_HOLD: {
    default: "24h",
    description: "How long a two-step payment holds the customer's money before the hold expires.",
    rationale: "The documented value of M-Pesa's multi-stage payments.",
    parse: parsers.duration(msPerSecond),
  },
  PROMPT_LIFE: {
    default: "90s",
    description:
      "How long a prompt on a handset stays open. In business time, so advancing the sandbox's clock can end it.",
    rationale: "Long enough to enter a PIN; the network ends a USSD session soon after that.",
    parse: parsers.duration(msPerSecond),
  },
  PROMPTS_PER_CUSTOMER: {
    default: null,
    description:
      "How many prompts may be open at the same time on one handset, of all applications together, 1 to 50. A further " +
      "request is refused. If not set, 3 in live and 10 in the sandbox. A protocol can have a lower limit of its own.",
    rationale:
      "A customer reads a few prompts in a minute and a half. More are a flood, in which a prompt that the customer " +
      "expects is easily missed.",
    parse: parsers.integer(1, maxOpenPrompts),
  },
  PROMPTS_PER_CUSTOMER_AND_APPLICATION: {
    default: null,
    description:
      "The same for the prompts of one application, 1 to 50. If not set, 1 in live and 5 in the sandbox.",
    rationale:
      "One customer pays one order at a time; one application cannot use up what the handset has for all. Tests in the " +
      "sandbox open several.",
    parse: parsers.integer(1, maxOpenPrompts),
  },
  REFUSALS_PER_CUSTOMER_AND_APPLICATION: {
    default: null,
    description:
      "How many requests of one application may fail for one customer in a day of the market, because the balance is " +
      "too low or because the customer declines, does not answer or enters a wrong PIN, 1 to 1000000. From then on the " +
      "application's requests to this customer are refused until midnight. If not set, 10 in live and 1000 in the sandbox.",
    rationale:
      "Each failure with another amount discloses something about a balance, and each unwanted prompt invites a mistake. " +
      "Ten are enough for a customer who tops up and tries again.",
    parse: parsers.integer(1, 1_000_000),
  },
  C2B_VALIDATION_TIMEOUT: {
    default: "8s",
    description:
      "How long an organisation's validation URL has to answer, before a payment that a customer started is completed or " +
      "cancelled without its answer. A request waits as long at most until it is sent, if many others wait for the same " +
      "server. At most 60 s.",
    rationale: "The documented value of M-Pesa. The customer's money is held meanwhile.",
    parse: parsers.duration(msPerSecond, 60 * msPerSecond),
  },
  SYNCHRONOUS_WAIT: {
    default: "60s",
    description:
      "How long a request without a response URL waits for the customer before it gets `INS-9`. The prompt stays open. " +
      "With `0s` the response is immediate.",
    rationale: "Proxies and clients time out after about a minute; a client can query the status later.",
    parse: parsers.duration(),
  },
  SANDBOX_PRIVATE_LISTENERS: {
    default: null,
    description:
      "`on` allows sandbox callbacks to private, loopback and link-local addresses; `off` allows only public ones, as " +
      "in live. Default: `on` if `HOST` is a loopback address (`127.0.0.1`, `::1`, `localhost`) and neither " +
      "`PUBLIC_URL` nor `TRUSTED_PROXIES` is set.",
    rationale:
      "A listener under development runs on the developer's machine, but a public server must not give access to its local network.",
    parse: parsers.choice("on", "off"),
  },
  CALLBACK_LOG_RETENTION: {
    default: "30d",
    description: "How long every callback attempt is stored, at least `1h`.",
    rationale: "Merchants look for missing callbacks when they reconcile the month.",
    parse: parsers.duration(msPerHour),
  },
  LIVE_HANDSETS: {
    default: "off",
    description:
      "How live prompts and messages reach customers: `built-in` is the handset page of this server, `gateway` is an " +
      "operator's USSD gateway and SMS centre (docs/handsets.md); with `off`, prompts expire.",
    rationale: "The handset page is for test money unless an operator allows it for real money.",
    parse: parsers.choice("off", "built-in", "gateway"),
  },
  HANDSET_GATEWAY_URL: {
    default: null,
    description: "The URL for prompts and messages if `LIVE_HANDSETS` is `gateway`.",
    rationale: "There is no general default.",
    parse: parsers.webUrl,
  },
  HANDSET_GATEWAY_SECRET: {
    default: null,
    description:
      "The signing secret that this server and the gateway share, in the format of Standard Webhooks: `whsec_` and 24 to 64 bytes in base64.",
    rationale: "It allows answering for any customer, so you must create it yourself.",
    parse: parsers.webhookSecret,
  },
  PIN_LOCK: {
    default: "30m",
    description: "How long a handset refuses every PIN after three wrong ones, in business time.",
    rationale: "Trying all PINs of four digits then takes 69 days, which is long enough to notice.",
    parse: parsers.duration(msPerSecond),
  },
  SANDBOX_ACTIVATION_DELAY: {
    default: "0s",
    description: "How long a new sandbox session is refused before it works.",
    rationale: "None, so that tests are fast; `30s` simulates the real M-Pesa.",
    parse: parsers.duration(),
  },
  LIVE_ACTIVATION_DELAY: {
    default: "0s",
    description: "How long a new live session is refused before it works.",
    rationale: "Sessions work at once; the delay exists for clients that rely on it.",
    parse: parsers.duration(),
  },
  TARIFF: {
    default: "default",
    description:
      "What organisations are charged for payments in the sandbox ([tariffs.md](tariffs.md)): `default` is the published " +
      "table, which charges in `safaricomKEN` alone, `none` charges nothing, and anything else is the path of a JSON file.",
    rationale:
      "Results of M-Pesa contain charges, and customers pay none, so that a payment of 10 takes 10 from them.",
    parse: parsers.tariff,
  },
  LIVE_TARIFF: {
    default: "none",
    description: "The same in live: `none`, or the path of a JSON file.",
    rationale: "Only the operator knows what its organisations agreed to.",
    parse: parsers.liveTariff,
  },
  LIVE_OPERATOR_PASSWORD_LIFE: {
    default: null,
    description:
      "How long the password of an API operator is good in live, such as `90d`. If not set, until it is renewed. Passwords " +
      "in the sandbox do not end.",
    rationale: "M-Pesa's end after 90 days. A deployment that renews no passwords would stop to pay.",
    parse: parsers.duration(msPerDay),
  },
} as const satisfies Record<string, Setting<unknown>>;
