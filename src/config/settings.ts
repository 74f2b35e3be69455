/**
 * Every setting, with its default and the reason for that default.
 *
 * Settings are environment variables, and all of them are in this table. `docs/settings.md` is generated from it, and a
 * test compares them. An empty value counts as not set, because a compose file passes it for an unset variable.
 */
import type { Environment, Market } from "../core/markets.ts";
import { markets } from "../core/markets.ts";
import { maxOpenPrompts } from "../core/open-prompt-limit.ts";
import * as parsers from "./parsers.ts";
import { SettingError } from "./parsers.ts";
import { msPerDay, msPerHour, msPerSecond } from "../core/clock.ts";

export { SettingError } from "./parsers.ts";

/** One row of the table. `default` is null if a missing value has a meaning of its own. */
export interface Setting<Result> {
  readonly default: string | null;
  readonly description: string;
  readonly rationale: string;
  readonly parse: parsers.Parser<Result>;
}

/** A name with `<market>` is one setting per market. */
export const settings = {
  PORT: {
    default: "8080",
    description:
      "The port for HTTP. `0` selects a free one, which the server prints and writes to `sandbox.json`.",
    rationale: "A common port for a local development server.",
    parse: parsers.port,
  },
  HTTPS_PORT: {
    default: "8443",
    description: "The port for HTTPS. `0` selects a free one, `off` disables HTTPS.",
    rationale: "On, because many M-Pesa clients support only TLS.",
    parse: parsers.portOrOff,
  },
  HTTPS_CERT: {
    default: null,
    description:
      "A PEM file with your own certificate, followed by its chain. Requires `HTTPS_KEY`. Without both, the server uses " +
      "a certificate from a local authority; clients can trust `DATA_DIR/ca.pem`.",
    rationale: "A publicly trusted certificate needs a public host name.",
    parse: parsers.path,
  },
  HTTPS_KEY: {
    default: null,
    description: "A PEM file with the private key of `HTTPS_CERT`.",
    rationale: "As for `HTTPS_CERT`.",
    parse: parsers.path,
  },
  CERTIFICATE_NAMES: {
    default: "",
    description:
      "Host names that the certificate of the local authority also has, separated by commas, such as " +
      "`sandbox.safaricom.co.ke,openapi.m-pesa.com`: for clients that have M-Pesa's host names built in " +
      "(docs/existing-clients.md). After a change, the next start issues a new certificate of the same authority. Cannot be " +
      "used with `HTTPS_CERT`.",
    rationale: "A certificate should have no names that its server does not need.",
    parse: parsers.dnsNames,
  },
  HOST: {
    default: "127.0.0.1",
    description: "The address to listen on. `0.0.0.0` or `::` listens on all addresses.",
    rationale: "A sandbox on a laptop should not be reachable from the local network unless you choose that.",
    parse: parsers.hostName,
  },
  DATA_DIR: {
    default: "data",
    description:
      "The folder for persistent data: the embedded PostgreSQL, the keys, `sandbox.json`. Only one server can use it at a " +
      "time.",
    rationale: "In the working directory, where it is easy to find and to delete.",
    parse: parsers.path,
  },
  SANDBOX_CACHE_DIR: {
    default: null,
    description:
      "For tests: a folder in which new sandboxes find a prepared database and prepared data folders, so that they are " +
      "ready in less than a second. Only for a `DATA_DIR` that may be lost: PostgreSQL then does not wait for the disk, so a " +
      "power failure can destroy it. `startSandbox()` of `@pesarail/sdk/testing` sets it for its temporary folders.",
    rationale: "Real data must survive a power failure.",
    parse: parsers.path,
  },
  DATABASE_URL: {
    default: null,
    description:
      "The PostgreSQL database for developers, applications and sessions, and for every rail without its own URL. If not " +
      "set, the server runs an embedded PostgreSQL in `DATA_DIR`.",
    rationale: "One command should be enough to start.",
    parse: parsers.databaseUrl,
  },
  SANDBOX_DATABASE_URL: {
    default: null,
    description: "The database for the sandbox rails, instead of `DATABASE_URL`.",
    rationale: "Sandbox and live can share a database server until there is a reason to separate them.",
    parse: parsers.databaseUrl,
  },
  LIVE_DATABASE_URL: {
    default: null,
    description: "The database for the live rails, instead of `DATABASE_URL`.",
    rationale: "As for `SANDBOX_DATABASE_URL`.",
    parse: parsers.databaseUrl,
  },
  "SANDBOX_DATABASE_URL_<market>": {
    default: null,
    description: "The database for one market's sandbox rail. The most specific URL wins.",
    rationale: "Money never crosses markets, so each rail can be on its own server.",
    parse: parsers.databaseUrl,
  },
  "LIVE_DATABASE_URL_<market>": {
    default: null,
    description: "The database for one market's live rail. The most specific URL wins.",
    rationale: "As for the sandbox. This is how to scale beyond one database server.",
    parse: parsers.databaseUrl,
  },
  TRUSTED_PROXIES: {
    default: "",
    description:
      "IP addresses and ranges of your proxies, separated by commas. The server accepts forwarded headers only from " +
      "these.",
    rationale: "Trusted sources are checked by IP address, and any client can send a forwarded header.",
    parse: parsers.addressRanges,
  },
  MAX_CONNECTIONS: {
    default: "5000",
    description:
      "How many clients may be connected at the same time, on both ports together. At most half of the process's open " +
      "files limit, because databases and callbacks need descriptors too. If a further client connects, the source with " +
      "the most connections loses an idle one.",
    rationale: "Takes about 250 MB with TLS, and leaves room for callers that wait for a customer.",
    parse: parsers.count(1, 1_000_000),
  },
  MAX_CONNECTIONS_PER_SOURCE: {
    default: "2000",
    description:
      "How many connections, and requests at the same time, one source may have: an IPv4 address or a /64 network of IPv6. " +
      "A /48 network may have four times as many. Event streams and requests that wait count as well. Addresses in " +
      "`TRUSTED_PROXIES` have no limit of their own. A source at its limit loses its longest idle connection: one on " +
      "which no request succeeded, or that was idle for ten seconds. If there is none, the new one is closed. At most half of `MAX_CONNECTIONS`.",
    rationale:
      "A merchant's server rarely has more than 100, but some clients open a connection for every call at once. Raise it for " +
      "merchants that wait for many customers.",
    parse: parsers.count(1, 1_000_000),
  },
  MAX_FAILURES_PER_SOURCE: {
    default: "1000",
    description:
      "How many requests per second of one source may fail with status 401, 403, 404, 405, 421 or 429. Above that, the " +
      "server reads each of its failing connections only four times a second. Connections whose requests succeed are not " +
      "slowed down.",
    rationale: "No client needs so many, and this many take a fifth of a processor core.",
    parse: parsers.count(1, 1_000_000),
  },
  STOP_DELAY: {
    default: "1s",
    description:
      "After SIGTERM or SIGINT: how long the server still accepts connections while `/health/ready` responds with 503, and " +
      "how long a connection must then be idle before it is closed. Set it to more than the interval in which your load " +
      "balancer checks `/health/ready`. If no client was connected in the last second, the server does not wait.",
    rationale: "Long enough for clients that are connected, and short enough for a developer.",
    parse: parsers.duration(),
  },
  STOP_TIMEOUT: {
    default: "30s",
    description:
      "The process ends at most this long after SIGTERM or SIGINT, whatever clients, listeners and databases do. Half of " +
      "it is for requests on their way. Must be more than `STOP_DELAY`.",
    rationale: "Orchestrators kill a process that takes longer, usually after 30 s or more.",
    parse: parsers.duration(msPerSecond),
  },
  SECRET_KEY: {
    default: null,
    description:
      "The key that encrypts stored secrets: 32 bytes, as 64 hexadecimal digits or in base64. Servers that share a " +
      "database need the same key. If not set, the server creates a key in `DATA_DIR/secret.key`.",
    rationale:
      "A single server can create its own key. If the key is lost, the secrets that it encrypts are lost too.",
    parse: parsers.secretKey,
  },
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
  REQUEST_LOG_RETENTION: {
    default: "7d",
    description: "How long the request log is stored, at least `1h`.",
    rationale: "Long enough to debug a problem of last week, and limits the disk usage.",
    parse: parsers.duration(msPerHour),
  },
  REQUEST_LOG_MAX_BYTES: {
    default: "2147483648",
    description:
      "The size of the request log of each rail, in bytes, at least `16777216` (16 MiB); the oldest requests are dropped " +
      "before it is exceeded. `0` stores no requests.",
    rationale: "About ten million payments; the logs of twelve rails then need at most 24 GiB.",
    parse: parsers.byteCount(16 * 1024 * 1024),
  },
  METRICS_TOKEN: {
    default: null,
    description:
      "The bearer token for `/metrics`, at least 16 characters. If not set, only this machine may read metrics.",
    rationale: "Volumes and latencies are confidential.",
    parse: parsers.token,
  },
  PUBLIC_URL: {
    default: null,
    description: "The public URL of this server, shown in `sandbox.json` and on the front page.",
    rationale: "If not set, the listening address is shown, which is correct without a proxy.",
    parse: parsers.webUrl,
  },
  LOG_LEVEL: {
    default: "info",
    description: "The log level: `fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.",
    rationale: "Logs what an operator needs to know, and nothing for normal requests.",
    parse: parsers.choice("fatal", "error", "warn", "info", "debug", "trace", "silent"),
  },
} as const satisfies Record<string, Setting<unknown>>;

type SettingName = keyof typeof settings;

/** The result of a setting's parser, or null if the setting may be missing. */
type Value<N extends SettingName> =
  ReturnType<(typeof settings)[N]["parse"]> | ((typeof settings)[N]["default"] extends null ? null : never);

export type Env = Readonly<Record<string, string | undefined>>;
export type Config = ReturnType<typeof readConfig>;

/** Parses every setting. Throws `SettingError` for the first invalid one, and for unknown names that look like settings. */
export function readConfig(env: Env) {
  rejectUnknownSettings(env);
  const get = <N extends SettingName>(name: N) => readSetting(env, name);
  const railUrls = readRailUrls(env);
  const databaseUrlMain = get("DATABASE_URL");

  const config = Object.freeze({
    port: get("PORT"),
    /** Null when HTTPS is off. */
    httpsPort: get("HTTPS_PORT"),
    /** Both paths are set, or both are null. */
    httpsCert: get("HTTPS_CERT"),
    httpsKey: get("HTTPS_KEY"),
    certificateNames: get("CERTIFICATE_NAMES"),
    host: get("HOST"),
    /** Absolute. */
    dataDir: get("DATA_DIR"),
    /** Absolute. Null: the data folder is kept safe, and nothing is cached. */
    sandboxCacheDir: get("SANDBOX_CACHE_DIR"),
    /** Null: the embedded PostgreSQL. */
    databaseUrlMain,
    /** The most specific URL for a rail; null: the embedded PostgreSQL. */
    databaseUrl: (environment: Environment, market: Market): string | null =>
      railUrls.get(`${environment}_${market}`)?.url ?? databaseUrlMain,
    /** The setting that names a rail's database, for messages. */
    databaseSetting: (environment: Environment, market: Market): string =>
      railUrls.get(`${environment}_${market}`)?.setting ?? "DATABASE_URL",
    trustedProxies: get("TRUSTED_PROXIES"),
    maxConnections: get("MAX_CONNECTIONS"),
    maxConnectionsPerSource: get("MAX_CONNECTIONS_PER_SOURCE"),
    maxFailuresPerSource: get("MAX_FAILURES_PER_SOURCE"),
    stopDelayMs: get("STOP_DELAY"),
    stopTimeoutMs: get("STOP_TIMEOUT"),
    /** Null: the key in `DATA_DIR/secret.key`, which is created if it is missing. */
    secretKey: get("SECRET_KEY"),
    twoStepHoldMs: get("TWO_STEP_HOLD"),
    promptLifeMs: get("PROMPT_LIFE"),
    /** What an application may ask of one customer. */
    consentLimits: Object.freeze({
      sandbox: readConsentLimits(env, { perCustomer: 10, perCustomerAndApplication: 5, refusals: 1000 }),
      live: readConsentLimits(env, { perCustomer: 3, perCustomerAndApplication: 1, refusals: 10 }),
    }),
    validationTimeoutMs: get("C2B_VALIDATION_TIMEOUT"),
    synchronousWaitMs: get("SYNCHRONOUS_WAIT"),
    liveHandsets: get("LIVE_HANDSETS"),
    /** Both are set if `LIVE_HANDSETS` is `gateway`. */
    handsetGatewayUrl: get("HANDSET_GATEWAY_URL"),
    handsetGatewaySecret: get("HANDSET_GATEWAY_SECRET"),
    pinLockMs: get("PIN_LOCK"),
    tariffs: Object.freeze({ sandbox: get("TARIFF"), live: get("LIVE_TARIFF") }),
    activationDelayMs: Object.freeze({
      sandbox: get("SANDBOX_ACTIVATION_DELAY"),
      live: get("LIVE_ACTIVATION_DELAY"),
    }),
    /** Null: the passwords do not end. */
    liveOperatorPasswordLifeMs: get("LIVE_OPERATOR_PASSWORD_LIFE"),
    /** Null when Daraja is off in live. */
    darajaLivePort: get("DARAJA_LIVE_PORT"),
    daraja: readDarajaSettings(env),
    requestLogRetentionMs: get("REQUEST_LOG_RETENTION"),
    requestLogMaxBytes: get("REQUEST_LOG_MAX_BYTES"),
    callbackLogRetentionMs: get("CALLBACK_LOG_RETENTION"),
    sandboxPrivateListeners:
      (get("SANDBOX_PRIVATE_LISTENERS") ?? (isReachableByOthers(env) ? "off" : "on")) === "on",
    metricsToken: get("METRICS_TOKEN"),
    publicUrl: get("PUBLIC_URL"),
    logLevel: get("LOG_LEVEL"),
  });

  assertCompatible(config);
  return config;
}

/** Throws `SettingError` for settings that cannot be used together. */
function assertCompatible(config: Config): void {
  assertPortsDiffer([
    ["PORT", config.port],
    ["HTTPS_PORT", config.httpsPort],
    ["DARAJA_LIVE_PORT", config.darajaLivePort],
  ]);
  if (config.httpsCert !== null && config.httpsKey === null)
    throw missingCounterpart("HTTPS_KEY", "HTTPS_CERT");
  if (config.httpsKey !== null && config.httpsCert === null)
    throw missingCounterpart("HTTPS_CERT", "HTTPS_KEY");
  if (config.httpsCert !== null && config.certificateNames.length > 0)
    throw new SettingError(
      "CERTIFICATE_NAMES cannot be used with HTTPS_CERT: your own certificate has its own names.",
    );
  if (config.stopDelayMs >= config.stopTimeoutMs)
    throw new SettingError("STOP_DELAY must be less than STOP_TIMEOUT.");
  if (config.liveHandsets === "gateway") {
    for (const [name, value] of [
      ["HANDSET_GATEWAY_URL", config.handsetGatewayUrl],
      ["HANDSET_GATEWAY_SECRET", config.handsetGatewaySecret],
    ] as const) {
      if (value === null)
        throw new SettingError(`${name} is missing. It is required because LIVE_HANDSETS is gateway.`);
    }
  }
}

/** The behaviours of Daraja that its sources disagree about. */
function readDarajaSettings(env: Env) {
  const get = <N extends SettingName>(name: N) => readSetting(env, name);
  return Object.freeze({
    callbackAttempts: get("DARAJA_CALLBACK_ATTEMPTS"),
    invalidatePreviousTokens: get("DARAJA_INVALIDATE_PREVIOUS_TOKENS") === "on",
    oauthFault: get("DARAJA_OAUTH_FAULT"),
    numericResultCodes: get("DARAJA_RESULT_CODES") === "numbers",
    stkBalanceItem: Object.freeze({
      sandbox: get("DARAJA_STK_BALANCE") === "on",
      live: get("DARAJA_STK_BALANCE") !== "off",
    }),
    stkDecimalAmount: get("DARAJA_STK_AMOUNT") === "decimal",
    stkPendingAsError: get("DARAJA_STK_PENDING") === "error",
    stkBusyInCallback: get("DARAJA_STK_BUSY") === "callback",
    refuseRepeatedPush: get("DARAJA_STK_REPEATED") === "refuse",
    maskStyle: get("DARAJA_MASKED_MSISDN"),
    acceptForeignCredentials: get("DARAJA_FOREIGN_CREDENTIALS") === "on",
    lenientCredentials: get("DARAJA_LENIENT_CREDENTIALS") === "on",
  });
}

/** 0 selects a free port, so several may have it. */
function assertPortsDiffer(ports: readonly (readonly [name: string, port: number | null])[]): void {
  for (const [index, [name, port]] of ports.entries()) {
    if (port === null || port === 0) continue;
    const same = ports.slice(index + 1).find(([, other]) => other === port);
    if (same !== undefined)
      throw new SettingError(`${name} and ${same[0]} are both ${port}, but must differ.`);
  }
}

/** `actual`: the name in the environment if it differs from the table's, with `<market>` replaced. */
function readSetting<N extends SettingName>(env: Env, name: N, actual: string = name): Value<N> {
  const { parse, default: defaultText }: Setting<unknown> = settings[name];
  const text = env[actual]?.trim();
  const value = text === undefined || text === "" ? defaultText : text;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table ties each name to its reader; a lookup loses that
  return (value === null ? null : parse(value, actual)) as Value<N>;
}

/** The settings apply to both environments; without them, each has its own default. */
function readConsentLimits(
  env: Env,
  defaults: {
    readonly perCustomer: number;
    readonly perCustomerAndApplication: number;
    readonly refusals: number;
  },
) {
  return Object.freeze({
    prompts: Object.freeze({
      perCustomer: readSetting(env, "PROMPTS_PER_CUSTOMER") ?? defaults.perCustomer,
      perCustomerAndApplication:
        readSetting(env, "PROMPTS_PER_CUSTOMER_AND_APPLICATION") ?? defaults.perCustomerAndApplication,
    }),
    maxCustomerRefusals: readSetting(env, "REFUSALS_PER_CUSTOMER_AND_APPLICATION") ?? defaults.refusals,
  });
}

function readRailUrls(env: Env): ReadonlyMap<string, { url: string; setting: string }> {
  const urls = new Map<string, { url: string; setting: string }>();
  for (const [environment, prefix] of [
    ["sandbox", "SANDBOX"],
    ["live", "LIVE"],
  ] as const) {
    const shared = readSetting(env, `${prefix}_DATABASE_URL`);
    for (const market of Object.keys(markets)) {
      const name = `${prefix}_DATABASE_URL_${market}`;
      const own = readSetting(env, `${prefix}_DATABASE_URL_<market>`, name);
      if (own !== null) urls.set(`${environment}_${market}`, { url: own, setting: name });
      else if (shared !== null)
        urls.set(`${environment}_${market}`, { url: shared, setting: `${prefix}_DATABASE_URL` });
    }
  }
  return urls;
}

/** Every valid name in the environment, with `<market>` replaced. */
export const settingNames: readonly string[] = Object.keys(settings).flatMap((name) =>
  name.includes("<market>") ? Object.keys(markets).map((market) => name.replace("<market>", market)) : [name],
);

/**
 * Refuses misspelt names, such as `LIVE_DATABASE_URL_vodacomTZ`: if it were ignored, real money would be in the wrong
 * database.
 *
 * A setting's name with three words or more is recognised by its first two. Shorter names are not, because
 * `HTTPS_PROXY` and `SECRET_KEY_BASE` belong to other programs.
 */
function rejectUnknownSettings(env: Env): void {
  const knownPrefixes = new Set(settingNames.filter((name) => name.split("_").length > 2).map(firstTwoWords));

  for (const name of Object.keys(env)) {
    if (settingNames.includes(name)) continue;
    if (knownPrefixes.has(firstTwoWords(name.toUpperCase())) || /^DATABASE_URL_voda/i.test(name)) {
      throw new SettingError(`${name} is not a Pesarail setting. See docs/settings.md for all settings.`);
    }
  }
}

const firstTwoWords = (name: string) => name.split("_", 2).join("_");

/** Whether other machines can reach this server, by its address or through a proxy. */
function isReachableByOthers(env: Env): boolean {
  const proxied = readSetting(env, "PUBLIC_URL") !== null || readSetting(env, "TRUSTED_PROXIES").length > 0;
  return proxied || !isLoopback(readSetting(env, "HOST"));
}

const isLoopback = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/i.test(host);

function missingCounterpart(missing: SettingName, present: SettingName): SettingError {
  return new SettingError(`${missing} is missing. It is required because ${present} is set.`);
}
