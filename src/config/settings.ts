/**
 * Every setting, its default, and why that default.
 *
 * Settings are environment variables, and this table is the only place that knows them:
 * `docs/settings.md` is written from it, and a test holds the two together. An empty value counts as
 * none, since that is what a compose file passes for a variable that nobody set.
 */
import type { Environment, Market } from "../core/money.ts";
import { markets } from "../core/money.ts";
import * as parsers from "./parsers.ts";
import { SettingError } from "./parsers.ts";
import { msPerHour, msPerSecond } from "../core/clock.ts";

export { SettingError } from "./parsers.ts";

/** One row of the table. `byDefault` is null where having no value means something of its own. */
export interface Setting<Result> {
  readonly default: string | null;
  readonly description: string;
  readonly rationale: string;
  readonly parse: parsers.Parser<Result>;
}

/** A name with `<market>` in it stands for one setting per market. */
export const settings = {
  PORT: {
    default: "8080",
    description:
      "The port for HTTP. `0` picks a free one, which the start page and `sandbox.json` then name.",
    rationale: "What integrators expect of a server on their own machine.",
    parse: parsers.port,
  },
  HTTPS_PORT: {
    default: "8443",
    description: "The port for HTTPS. `0` picks a free one, `off` does without.",
    rationale: "On, because many clients of the real M-Pesa cannot speak anything but TLS.",
    parse: parsers.portOrOff,
  },
  HTTPS_CERT: {
    default: null,
    description:
      "A file with your own certificate, in PEM, its chain after it. Goes together with `HTTPS_KEY`. " +
      "Without the two, a certificate from a local authority is used; clients trust it by `DATA_DIR/ca.pem`.",
    rationale: "A certificate that the whole world trusts cannot be made without a public name.",
    parse: parsers.path,
  },
  HTTPS_KEY: {
    default: null,
    description: "A file with the private key of `HTTPS_CERT`, in PEM.",
    rationale: "As for `HTTPS_CERT`.",
    parse: parsers.path,
  },
  HOST: {
    default: "127.0.0.1",
    description: "The address to listen on. `0.0.0.0` or `::` listens on all of them.",
    rationale: "A sandbox on a laptop should not answer the café's network unless somebody asks for that.",
    parse: parsers.hostName,
  },
  DATA_DIR: {
    default: "data",
    description:
      "The folder for everything that must outlive a restart: our own PostgreSQL, the keys, `sandbox.json`. " +
      "One server uses it at a time.",
    rationale: "Beside the code, where a person who tries Pesarail finds it and can delete it.",
    parse: parsers.path,
  },
  DATABASE_URL: {
    default: null,
    description:
      "A PostgreSQL database for developers, applications and sessions, and for every rail that has " +
      "no URL of its own. Without it, the platform runs a PostgreSQL of its own in `DATA_DIR`.",
    rationale: "One command should be enough to begin.",
    parse: parsers.databaseUrl,
  },
  SANDBOX_DATABASE_URL: {
    default: null,
    description: "The database for the sandbox rails, instead of the one of `DATABASE_URL`.",
    rationale: "Practice money and real money may share a server until there is a reason to part them.",
    parse: parsers.databaseUrl,
  },
  LIVE_DATABASE_URL: {
    default: null,
    description: "The database for the live rails, instead of the one of `DATABASE_URL`.",
    rationale: "As for `SANDBOX_DATABASE_URL`.",
    parse: parsers.databaseUrl,
  },
  "SANDBOX_DATABASE_URL_<market>": {
    default: null,
    description: "The database for one market's sandbox rail. The most specific URL wins.",
    rationale: "Money never crosses markets, so a rail can move to another server by itself.",
    parse: parsers.databaseUrl,
  },
  "LIVE_DATABASE_URL_<market>": {
    default: null,
    description: "The database for one market's live rail. The most specific URL wins.",
    rationale: "As for the sandbox: this is how the platform grows beyond one database server.",
    parse: parsers.databaseUrl,
  },
  TRUSTED_PROXIES: {
    default: "",
    description:
      "IP addresses and ranges of your proxies, with commas between them. Only from these are forwarded headers " +
      "believed.",
    rationale: "Trusted sources are decided by address, and anybody can write a header.",
    parse: parsers.addressRanges,
  },
  SECRET_KEY: {
    default: null,
    description:
      "32 bytes, as 64 hexadecimal digits or in base64, that seal what is stored sealed. Servers that share a " +
      "database need the same one. Without it, a key is made in `DATA_DIR/secret.key`.",
    rationale: "One server alone needs nobody to choose a key; lose it, and what it sealed is lost.",
    parse: parsers.secretKey,
  },
  TWO_STEP_HOLD: {
    default: "24h",
    description: "How long a two-step payment holds the customer's money before it goes back by itself.",
    rationale: "What M-Pesa documents for its multi-stage payments.",
    parse: parsers.duration(msPerSecond),
  },
  PROMPT_LIFE: {
    default: "90s",
    description:
      "How long a prompt on a handset waits for its customer, and the money with it. Business time: a sandbox's " +
      "clock can be moved past it.",
    rationale:
      "Long enough to find the phone and the PIN; the network ends a USSD session soon after anyway.",
    parse: parsers.duration(msPerSecond),
  },
  SYNCHRONOUS_WAIT: {
    default: "60s",
    description:
      "How long a caller without a response URL waits for the customer before it is answered `INS-9`. The prompt " +
      "lives on. `0s` answers at once.",
    rationale:
      "Proxies and clients give up at about a minute; whoever wants to know later asks for the status.",
    parse: parsers.duration(),
  },
  SANDBOX_PRIVATE_LISTENERS: {
    default: null,
    description:
      "`on` lets the sandbox send callbacks to private, loopback and link-local addresses; with `off` they go to " +
      "public ones alone, as in live. Not set, it is `on` when `HOST` is this machine's own (`127.0.0.1`, `::1`, " +
      "`localhost`) and neither `PUBLIC_URL` nor `TRUSTED_PROXIES` says that others come through a proxy.",
    rationale:
      "A listener under development is on the developer's machine; a server that others reach must not be their way in.",
    parse: parsers.choice("on", "off"),
  },
  CALLBACK_LOG_RETENTION: {
    default: "30d",
    description: "How long every attempt to send a callback is remembered, `1h` at least.",
    rationale: "A merchant asks why nothing came when the month is reconciled.",
    parse: parsers.duration(msPerHour),
  },
  LIVE_HANDSETS: {
    default: "off",
    description:
      "Who brings live prompts and messages to customers: `built-in` is our own page, `gateway` an operator's USSD " +
      "gateway and SMS centre (docs/handsets.md), `off` nobody, so that prompts expire.",
    rationale: "The page is for practice money until an operator decides that it is for real money too.",
    parse: parsers.choice("off", "built-in", "gateway"),
  },
  HANDSET_GATEWAY_URL: {
    default: null,
    description: "Where prompts and messages are posted when `LIVE_HANDSETS` is `gateway`.",
    rationale: "Only an operator knows its gateway.",
    parse: parsers.webUrl,
  },
  HANDSET_GATEWAY_SECRET: {
    default: null,
    description:
      "What we and the gateway sign with, as Standard Webhooks has it: `whsec_` and 24 to 64 bytes in base64.",
    rationale: "Whoever has it can answer for any customer, so there is none until somebody makes one.",
    parse: parsers.webhookSecret,
  },
  PIN_LOCK: {
    default: "30m",
    description: "How long a handset refuses every PIN after the third wrong one, in business time.",
    rationale: "Guessing through the PINs of four digits then takes 69 days, and somebody notices before.",
    parse: parsers.duration(msPerSecond),
  },
  SANDBOX_ACTIVATION_DELAY: {
    default: "0s",
    description: "How long a new sandbox session is refused before it works.",
    rationale: "None, so that tests are fast; `30s` imitates the real M-Pesa.",
    parse: parsers.duration(),
  },
  LIVE_ACTIVATION_DELAY: {
    default: "0s",
    description: "How long a new live session is refused before it works.",
    rationale: "Our sessions work at once; the delay exists for clients that rely on it.",
    parse: parsers.duration(),
  },
  REQUEST_LOG_RETENTION: {
    default: "7d",
    description: "How long recorded gateway requests are kept, `1h` at least.",
    rationale: "Long enough to find last week's mistake, short enough that the disk stays small.",
    parse: parsers.duration(msPerHour),
  },
  METRICS_TOKEN: {
    default: null,
    description:
      "The bearer token for `/metrics`, 16 characters or more. Without it, only this machine may read them.",
    rationale: "Volumes and latencies are nobody else's business.",
    parse: parsers.token,
  },
  PUBLIC_URL: {
    default: null,
    description: "The address that others reach this server by; what `sandbox.json` and the front page name.",
    rationale: "Without it we name the address that we listen on, which is right wherever there is no proxy.",
    parse: parsers.webUrl,
  },
  LOG_LEVEL: {
    default: "info",
    description: "How much is logged: `fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.",
    rationale: "A line for what an operator would want to know, none for what works as always.",
    parse: parsers.choice("fatal", "error", "warn", "info", "debug", "trace", "silent"),
  },
} as const satisfies Record<string, Setting<unknown>>;

type SettingName = keyof typeof settings;

/** What a setting's reader returns, or null where the setting may be absent. */
type Value<N extends SettingName> =
  ReturnType<(typeof settings)[N]["parse"]> | ((typeof settings)[N]["default"] extends null ? null : never);

export type Env = Readonly<Record<string, string | undefined>>;
export type Config = ReturnType<typeof readConfig>;

/** Reads and checks every setting. Throws `SettingError` for the first that is wrong, or unknown but named like ours. */
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
    host: get("HOST"),
    /** Absolute. */
    dataDir: get("DATA_DIR"),
    /** Null means our own PostgreSQL. */
    databaseUrlMain,
    /** The most specific URL for a rail; null means our own PostgreSQL. */
    databaseUrl: (environment: Environment, market: Market): string | null =>
      railUrls.get(`${environment}_${market}`)?.url ?? databaseUrlMain,
    /** The setting that names a rail's database, for messages. */
    databaseSetting: (environment: Environment, market: Market): string =>
      railUrls.get(`${environment}_${market}`)?.setting ?? "DATABASE_URL",
    trustedProxies: get("TRUSTED_PROXIES"),
    /** Null means the key in `DATA_DIR/secret.key`, made if it is not there. */
    secretKey: get("SECRET_KEY"),
    twoStepHoldMs: get("TWO_STEP_HOLD"),
    promptLifeMs: get("PROMPT_LIFE"),
    synchronousWaitMs: get("SYNCHRONOUS_WAIT"),
    liveHandsets: get("LIVE_HANDSETS"),
    /** Both are set when live handsets are behind a gateway. */
    handsetGatewayUrl: get("HANDSET_GATEWAY_URL"),
    handsetGatewaySecret: get("HANDSET_GATEWAY_SECRET"),
    pinLockMs: get("PIN_LOCK"),
    activationDelayMs: Object.freeze({
      sandbox: get("SANDBOX_ACTIVATION_DELAY"),
      live: get("LIVE_ACTIVATION_DELAY"),
    }),
    requestLogRetentionMs: get("REQUEST_LOG_RETENTION"),
    callbackLogRetentionMs: get("CALLBACK_LOG_RETENTION"),
    sandboxPrivateListeners:
      (get("SANDBOX_PRIVATE_LISTENERS") ?? (isReachableByOthers(env) ? "off" : "on")) === "on",
    metricsToken: get("METRICS_TOKEN"),
    publicUrl: get("PUBLIC_URL"),
    logLevel: get("LOG_LEVEL"),
  });

  if (config.port !== 0 && config.port === config.httpsPort) {
    throw new SettingError(`PORT and HTTPS_PORT are both ${config.port}, and must differ.`);
  }
  if (config.httpsCert !== null && config.httpsKey === null)
    throw missingCounterpart("HTTPS_KEY", "HTTPS_CERT");
  if (config.httpsKey !== null && config.httpsCert === null)
    throw missingCounterpart("HTTPS_CERT", "HTTPS_KEY");
  if (config.liveHandsets === "gateway") {
    for (const name of ["HANDSET_GATEWAY_URL", "HANDSET_GATEWAY_SECRET"] as const) {
      if (get(name) === null) throw new SettingError(`${name} is missing: LIVE_HANDSETS is gateway.`);
    }
  }
  return config;
}

/** `actual` is the name in the environment where it differs from the table's: `<market>` filled in. */
function readSetting<N extends SettingName>(env: Env, name: N, actual: string = name): Value<N> {
  const { parse, default: defaultText }: Setting<unknown> = settings[name];
  const text = env[actual]?.trim();
  const value = text === undefined || text === "" ? defaultText : text;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table ties each name to its reader; a lookup loses that
  return (value === null ? null : parse(value, actual)) as Value<N>;
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

/** Every name that may stand in the environment, `<market>` filled in. */
export const settingNames: readonly string[] = Object.keys(settings).flatMap((name) =>
  name.includes("<market>") ? Object.keys(markets).map((market) => name.replace("<market>", market)) : [name],
);

/**
 * Refuses names that only a slip of the pen explains, such as `LIVE_DATABASE_URL_vodacomTZ`: ignored, it
 * would put real money into the wrong database.
 *
 * A name of ours with three words or more is unmistakable by its first two. Shorter ones are not:
 * `HTTPS_PROXY` and `SECRET_KEY_BASE` belong to other programs in the same environment.
 */
function rejectUnknownSettings(env: Env): void {
  const knownPrefixes = new Set(settingNames.filter((name) => name.split("_").length > 2).map(firstTwoWords));

  for (const name of Object.keys(env)) {
    if (settingNames.includes(name)) continue;
    if (knownPrefixes.has(firstTwoWords(name.toUpperCase())) || /^DATABASE_URL_voda/i.test(name)) {
      throw new SettingError(`${name} is no setting of Pesarail; docs/settings.md lists those there are.`);
    }
  }
}

const firstTwoWords = (name: string) => name.split("_", 2).join("_");

/** Whether anybody but programs of this machine reaches us: by the address, or through a proxy in front of it. */
function isReachableByOthers(env: Env): boolean {
  const proxied = readSetting(env, "PUBLIC_URL") !== null || readSetting(env, "TRUSTED_PROXIES").length > 0;
  return proxied || !isLoopback(readSetting(env, "HOST"));
}

const isLoopback = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/i.test(host);

function missingCounterpart(missing: SettingName, present: SettingName): SettingError {
  return new SettingError(`${missing} is missing: ${present} is set, and the two go together.`);
}
