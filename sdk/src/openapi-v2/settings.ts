/** A client's settings: its validated options with defaults. */
import type { KeyObject } from "node:crypto";
import { parseApiKey, parsePublicKey } from "../http/bearer.ts";
import { InvalidArgumentError } from "../errors.ts";
import { markets, operations } from "./generated.ts";
import { checkUnknownFields } from "../check-unknown-fields.ts";
import { invalidBaseUrl, parseBaseOptions, type BaseSettings } from "../http/base-options.ts";
import { validateMilliseconds } from "../http/timeouts.ts";
import { validateUrl } from "../http/urls.ts";
import type { MpesaOpenApiOptions } from "./options.ts";
import type { Environment, Market } from "./requests.ts";

export interface ClientSettings extends BaseSettings {
  readonly environment: Environment;
  readonly market: Market;
  readonly apiKey: string;
  readonly publicKey: KeyObject;
  readonly serviceProviderCode: string | undefined;
  readonly responseUrl: string | undefined;
  readonly origin: string;
  readonly sessionLifetimeMs: number | null;
  readonly activationTimeoutMs: number;
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
  const base = parseBaseOptions(options, { baseUrl: defaultBaseUrl, live: environment === "live" });
  if (/\/(?:sandbox|openapi)(?:\/|$)|\/ipg\/v2/.test(new URL(base.baseUrl).pathname))
    throw invalidBaseUrl("must end before /sandbox or /openapi: the client adds environment and market");
  return {
    ...base,
    environment,
    market,
    serviceProviderCode,
    responseUrl,
    origin: validateOrigin(origin),
    apiKey: parseApiKey(options.apiKey),
    publicKey: parsePublicKey(options.publicKey),
    sessionLifetimeMs: validateMilliseconds("sessionLifetimeMs", options.sessionLifetimeMs) ?? null,
    activationTimeoutMs: validateMilliseconds("activationTimeoutMs", options.activationTimeoutMs) ?? 60_000,
  };
}

function validateOrigin(origin: unknown): string {
  if (typeof origin === "string" && /^[\x21-\x7e]+$/.test(origin)) return origin;
  throw new InvalidArgumentError("origin", "origin must be the value of an Origin header, without spaces.");
}
