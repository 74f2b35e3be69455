/** A client's settings: its validated options with defaults. */
import type { KeyObject } from "node:crypto";
import { parseApiKey, parsePublicKey } from "./bearer.ts";
import { InvalidArgumentError } from "../errors.ts";
import { validateUrl } from "./field-encoders.ts";
import { markets, operations } from "./generated.ts";
import { checkUnknownFields } from "./check-unknown-fields.ts";
import type { MpesaOpenApiOptions } from "./options.ts";
import type { Environment, Market } from "./requests.ts";

export interface ClientSettings {
  readonly environment: Environment;
  readonly market: Market;
  readonly apiKey: string;
  readonly publicKey: KeyObject;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly serviceProviderCode: string | undefined;
  readonly responseUrl: string | undefined;
  readonly origin: string;
  readonly timeoutMs: number;
  readonly sessionLifetimeMs: number | null;
  readonly activationTimeoutMs: number;
  readonly fetch: typeof fetch;
}

const defaultBaseUrl = "https://openapi.m-pesa.com";

const knownOptions: Readonly<Record<keyof MpesaOpenApiOptions, true>> = {
  environment: true,
  market: true,
  apiKey: true,
  publicKey: true,
  baseUrl: true,
  serviceProviderCode: true,
  responseUrl: true,
  origin: true,
  timeoutMs: true,
  sessionLifetimeMs: true,
  activationTimeoutMs: true,
  fetch: true,
};

/** Throws `InvalidArgumentError`. */
export function parseOptions(options: MpesaOpenApiOptions): ClientSettings {
  checkUnknownFields("options", options, knownOptions);
  const { environment, market, serviceProviderCode, responseUrl, origin = "*" } = options;
  if (environment !== "sandbox" && environment !== "live") {
    throw new InvalidArgumentError("environment", 'environment must be "sandbox" or "live".');
  }
  if (!Object.hasOwn(markets, market)) {
    throw new InvalidArgumentError("market", `market must be one of ${Object.keys(markets).join(", ")}.`);
  }
  const { input_ServiceProviderCode: shortcode } = operations.c2bSingle.parameters;
  if (serviceProviderCode !== undefined && shortcode?.expression?.test(serviceProviderCode) === false) {
    throw new InvalidArgumentError(
      "serviceProviderCode",
      "serviceProviderCode must be 4 to 12 letters and digits.",
    );
  }
  if (responseUrl !== undefined) validateUrl("responseUrl", responseUrl);
  if (options.fetch !== undefined && typeof options.fetch !== "function") {
    throw new InvalidArgumentError("fetch", "fetch must be a function.");
  }
  return {
    environment,
    market,
    serviceProviderCode,
    responseUrl,
    origin: validateOrigin(origin),
    apiKey: parseApiKey(options.apiKey),
    publicKey: parsePublicKey(options.publicKey),
    baseUrl: parseBaseUrl(options.baseUrl ?? defaultBaseUrl, environment),
    timeoutMs: validateTimeout("timeoutMs", options.timeoutMs) ?? 90_000,
    sessionLifetimeMs: validateMilliseconds("sessionLifetimeMs", options.sessionLifetimeMs) ?? null,
    activationTimeoutMs: validateMilliseconds("activationTimeoutMs", options.activationTimeoutMs) ?? 60_000,
    fetch: options.fetch ?? ((...args) => fetch(...args)),
  };
}

/** Longer timers overflow and fire at once. */
const maxMilliseconds = 2 ** 31 - 1;

export function validateMilliseconds(field: string, value: number | undefined): number | undefined {
  if (value === undefined || (Number.isFinite(value) && value >= 0 && value <= maxMilliseconds)) return value;
  throw new InvalidArgumentError(
    field,
    `${field} must be a number of milliseconds, at most ${maxMilliseconds}.`,
  );
}

/** A timeout of 0 would always fail. Some libraries use 0 for "no timeout", so refuse it. */
export function validateTimeout(field: string, value: number | undefined): number | undefined {
  if (value === 0) throw new InvalidArgumentError(field, `${field} must be above zero.`);
  return validateMilliseconds(field, value);
}

function validateOrigin(origin: unknown): string {
  if (typeof origin === "string" && /^[\x21-\x7e]+$/.test(origin)) return origin;
  throw new InvalidArgumentError("origin", "origin must be the value of an Origin header, without spaces.");
}

function parseBaseUrl(text: string, environment: Environment): string {
  const invalid = (problem: string): InvalidArgumentError =>
    new InvalidArgumentError("baseUrl", `baseUrl ${problem}.`);
  if (!URL.canParse(text)) throw invalid("must be a URL, such as https://openapi.m-pesa.com");
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol)) throw invalid("must begin with https:// or http://");
  if (url.username !== "" || url.password !== "") throw invalid("must not contain a user name or a password");
  if (url.search !== "" || url.hash !== "") throw invalid("must not have a query or a fragment");
  if (environment === "live" && url.protocol === "http:" && !isLoopback(url.hostname)) {
    // A bearer is encrypted, but a man in the middle could replay it.
    throw invalid("must begin with https:// for live: an intercepted bearer can be used to pay");
  }
  if (/\/(?:sandbox|openapi)(?:\/|$)|\/ipg\/v2/.test(url.pathname)) {
    throw invalid("must end before /sandbox or /openapi: the client adds environment and market");
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(?:\.\d+){3}$/.test(host);
