/** A client's settings: its options, checked and complete. */
import type { KeyObject } from "node:crypto";
import { readApiKey, readPublicKey } from "./bearer.ts";
import { MisuseError } from "./errors.ts";
import { readUrl } from "./fields.ts";
import { markets, operations } from "./generated/openapi-v2.ts";
import { checkNames } from "./names.ts";
import type { OpenApiOptions } from "./options.ts";
import type { Environment, Market } from "./requests.ts";

export interface Settings {
  readonly environment: Environment;
  readonly market: Market;
  readonly apiKey: string;
  readonly publicKey: KeyObject;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly serviceProviderCode: string | undefined;
  readonly responseUrl: string | undefined;
  readonly origin: string;
  readonly timeoutMs: number;
  readonly sessionLifetimeMs: number | null;
  readonly activationPatienceMs: number;
  readonly fetch: typeof fetch;
}

const realGateway = "https://openapi.m-pesa.com";

const known: Readonly<Record<keyof OpenApiOptions, true>> = {
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
  activationPatienceMs: true,
  fetch: true,
};

/** Throws `MisuseError`. */
export function readOptions(options: OpenApiOptions): Settings {
  checkNames("options", options, known);
  const { environment, market, serviceProviderCode, responseUrl, origin = "*" } = options;
  if (environment !== "sandbox" && environment !== "live") {
    throw new MisuseError("environment", 'environment must be "sandbox" or "live".');
  }
  if (!Object.hasOwn(markets, market)) {
    throw new MisuseError("market", `market must be one of ${Object.keys(markets).join(", ")}.`);
  }
  const { input_ServiceProviderCode: shortcode } = operations.c2bSingle.parameters;
  if (serviceProviderCode !== undefined && shortcode?.expression?.test(serviceProviderCode) === false) {
    throw new MisuseError("serviceProviderCode", "serviceProviderCode must be 4 to 12 letters and digits.");
  }
  if (responseUrl !== undefined) readUrl("responseUrl", responseUrl);
  if (options.fetch !== undefined && typeof options.fetch !== "function") {
    throw new MisuseError("fetch", "fetch is no function.");
  }
  return {
    environment,
    market,
    serviceProviderCode,
    responseUrl,
    origin: readOrigin(origin),
    apiKey: readApiKey(options.apiKey),
    publicKey: readPublicKey(options.publicKey),
    baseUrl: readBaseUrl(options.baseUrl ?? realGateway, environment),
    timeoutMs: timeout("timeoutMs", options.timeoutMs) ?? 90_000,
    sessionLifetimeMs: milliseconds("sessionLifetimeMs", options.sessionLifetimeMs) ?? null,
    activationPatienceMs: milliseconds("activationPatienceMs", options.activationPatienceMs) ?? 60_000,
    fetch: options.fetch ?? ((...asked) => fetch(...asked)),
  };
}

/** More would overflow the timers, which then fire at once. */
const millisecondsMax = 2 ** 31 - 1;

export function milliseconds(field: string, value: number | undefined): number | undefined {
  if (value === undefined || (Number.isFinite(value) && value >= 0 && value <= millisecondsMax)) return value;
  throw new MisuseError(field, `${field} must be a number of milliseconds, at most ${millisecondsMax}.`);
}

/** Of no time at all nobody could answer; who writes 0 means something else, and should say it. */
export function timeout(field: string, value: number | undefined): number | undefined {
  if (value === 0) throw new MisuseError(field, `${field} must be above zero.`);
  return milliseconds(field, value);
}

function readOrigin(origin: unknown): string {
  if (typeof origin === "string" && /^[\x21-\x7e]+$/.test(origin)) return origin;
  throw new MisuseError("origin", "origin must be the text of an Origin header, without spaces.");
}

function readBaseUrl(text: string, environment: Environment): string {
  const wrong = (why: string): MisuseError => new MisuseError("baseUrl", `baseUrl ${why}.`);
  if (!URL.canParse(text)) throw wrong("must be an address, such as https://openapi.m-pesa.com");
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol)) throw wrong("must begin with https:// or http://");
  if (url.username !== "" || url.password !== "") throw wrong("must not have a name or a password in it");
  if (url.search !== "" || url.hash !== "") throw wrong("must end with its path");
  if (environment === "live" && url.protocol === "http:" && !isLoopback(url.hostname)) {
    // A bearer is encrypted, but whoever reads it on the way can send it again as it is.
    throw wrong("must begin with https:// for live: whoever reads a bearer on the way can pay with it");
  }
  if (/\/(?:sandbox|openapi)(?:\/|$)|\/ipg\/v2/.test(url.pathname)) {
    throw wrong("must end before /sandbox or /openapi: environment and market add the rest");
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(?:\.\d+){3}$/.test(host);
