/**
 * Reads every setting from the environment.
 *
 * All of them are in the tables of this folder. `docs/settings.md` is generated from these, and a test compares them. An
 * empty value counts as not set, because a compose file passes it for an unset variable.
 */
import type { Environment, Market } from "../core/markets.ts";
import { markets } from "../core/markets.ts";
import { SettingError } from "./parsers.ts";
import type { Setting } from "./setting.ts";
import { darajaSettings } from "./daraja-settings.ts";
import { ipgV1Settings } from "./ipg-v1-settings.ts";
import { logSettings } from "./log-settings.ts";
import { paymentSettings } from "./payment-settings.ts";
import { portalSettings } from "./portal-settings.ts";
import { serverSettings } from "./server-settings.ts";
import { soapSettings } from "./soap-settings.ts";

export { SettingError } from "./parsers.ts";

/** A name with `<market>` is one setting per market. */
export const settings = {
  ...serverSettings,
  ...paymentSettings,
  ...darajaSettings,
  ...ipgV1Settings,
  ...soapSettings,
  ...logSettings,
  ...portalSettings,
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
    ipgV1: readIpgV1Settings(env),
    /** Null when the SOAP Broker is off in live. */
    soapLivePort: get("SOAP_LIVE_PORT"),
    soap: readSoapSettings(env),
    requestLogRetentionMs: get("REQUEST_LOG_RETENTION"),
    requestLogMaxBytes: get("REQUEST_LOG_MAX_BYTES"),
    callbackLogRetentionMs: get("CALLBACK_LOG_RETENTION"),
    sandboxPrivateListeners:
      (get("SANDBOX_PRIVATE_LISTENERS") ?? (isReachableByOthers(env) ? "off" : "on")) === "on",
    localTools: (get("LOCAL_TOOLS") ?? (isReachableByOthers(env) ? "off" : "on")) === "on",
    /** Both are set, or both are null. */
    smtpUrl: get("SMTP_URL"),
    mailFrom: get("MAIL_FROM"),
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
    ["SOAP_LIVE_PORT", config.soapLivePort],
  ]);
  if (config.httpsCert !== null && config.httpsKey === null)
    throw missingCounterpart("HTTPS_KEY", "HTTPS_CERT");
  if (config.httpsKey !== null && config.httpsCert === null)
    throw missingCounterpart("HTTPS_CERT", "HTTPS_KEY");
  if (config.httpsCert !== null && config.certificateNames.length > 0)
    throw new SettingError(
      "CERTIFICATE_NAMES cannot be used with HTTPS_CERT: your own certificate has its own names.",
    );
  if (config.smtpUrl !== null && config.mailFrom === null) throw missingCounterpart("MAIL_FROM", "SMTP_URL");
  if (config.mailFrom !== null && config.smtpUrl === null) throw missingCounterpart("SMTP_URL", "MAIL_FROM");
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

/** A port that is used twice is as one that another program uses: it is not listened on, and the start goes on. */
function readIpgV1Settings(env: Env) {
  const get = <N extends SettingName>(name: N) => readSetting(env, name);
  return Object.freeze({
    environment: get("IPG_V1_ENVIRONMENT"),
    ports: Object.freeze({
      c2b: get("IPG_V1_PORT_C2B"),
      b2c: get("IPG_V1_PORT_B2C"),
      b2b: get("IPG_V1_PORT_B2B"),
      reversal: get("IPG_V1_PORT_REVERSAL"),
      queryTransactionStatus: get("IPG_V1_PORT_QUERY_TRANSACTION_STATUS"),
      queryCustomerName: get("IPG_V1_PORT_QUERY_CUSTOMER_NAME"),
    }),
    strictQueries: get("IPG_V1_STRICT_QUERIES") === "on",
  });
}

/** The behaviours of the SOAP Broker that its sources disagree about. */
function readSoapSettings(env: Env) {
  const get = <N extends SettingName>(name: N) => readSetting(env, name);
  return Object.freeze({
    callbackAttempts: get("SOAP_CALLBACK_ATTEMPTS"),
    negativeAmounts: get("SOAP_NEGATIVE_AMOUNTS"),
    g1ServiceProviders: get("SOAP_G1_RESULTS"),
    acceptForeignCredentials: get("SOAP_FOREIGN_CREDENTIALS") === "on",
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
