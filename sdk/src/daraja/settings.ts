/** A client's settings: its validated options with defaults. */
import { checkUnknownFields } from "../check-unknown-fields.ts";
import { InvalidArgumentError } from "../errors.ts";
import { parseBaseOptions, type BaseSettings } from "../http/base-options.ts";
import { validateUrl } from "../http/urls.ts";
import { parseInitiator, type InitiatorCredential } from "./credentials.ts";
import { encodeShortcode } from "./field-encoders.ts";
import type { DarajaOptions } from "./options.ts";
import type { Environment } from "./requests.ts";

export interface DarajaClientSettings extends BaseSettings {
  readonly environment: Environment;
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly shortcode: string | undefined;
  readonly passkey: string | undefined;
  readonly initiator: InitiatorCredential | undefined;
  readonly callbackUrl: string | undefined;
  readonly resultUrl: string | undefined;
  readonly timeoutUrl: string | undefined;
  readonly payOutVersion: "v1" | "v3";
  readonly collectionVersion: "v1" | "v2";
}

const baseUrls: Readonly<Record<Environment, string>> = {
  sandbox: "https://sandbox.safaricom.co.ke",
  live: "https://api.safaricom.co.ke",
};

const knownOptions: Readonly<Record<keyof DarajaOptions, true>> = {
  environment: true,
  consumerKey: true,
  consumerSecret: true,
  baseUrl: true,
  shortcode: true,
  passkey: true,
  initiator: true,
  callbackUrl: true,
  resultUrl: true,
  timeoutUrl: true,
  payOutVersion: true,
  collectionVersion: true,
  timeoutMs: true,
  fetch: true,
};

/** Throws `InvalidArgumentError`. */
export function parseOptions(options: DarajaOptions): DarajaClientSettings {
  checkUnknownFields("options", options, knownOptions);
  const { environment, shortcode, passkey, initiator, callbackUrl, resultUrl } = options;
  const { timeoutUrl = resultUrl, payOutVersion = "v3", collectionVersion = "v2" } = options;
  if (environment !== "sandbox" && environment !== "live")
    throw new InvalidArgumentError("environment", 'environment must be "sandbox" or "live".');
  requireChoice("payOutVersion", payOutVersion, ["v1", "v3"]);
  requireChoice("collectionVersion", collectionVersion, ["v1", "v2"]);
  if (shortcode !== undefined) encodeShortcode(shortcode, "shortcode");
  for (const [name, url] of Object.entries({ callbackUrl, resultUrl, timeoutUrl }))
    if (url !== undefined) validateUrl(name, url);
  return {
    ...parseBaseOptions(options, { baseUrl: baseUrls[environment], live: environment === "live" }),
    environment,
    consumerKey: parseSecret("consumerKey", options.consumerKey),
    consumerSecret: parseSecret("consumerSecret", options.consumerSecret),
    shortcode,
    passkey: passkey === undefined ? undefined : parseSecret("passkey", passkey),
    initiator: initiator === undefined ? undefined : parseInitiator(initiator),
    callbackUrl,
    resultUrl,
    timeoutUrl,
    payOutVersion,
    collectionVersion,
  };
}

function requireChoice(field: string, value: unknown, values: readonly string[]): void {
  if (values.includes(value as string)) return;
  throw new InvalidArgumentError(field, `${field} must be one of ${values.join(", ")}.`);
}

/** Trims the whitespace that copying from the portal adds. */
function parseSecret(field: string, value: unknown): string {
  const secret = typeof value === "string" ? value.trim() : "";
  if (/^[\x21-\x7e]+$/.test(secret)) return secret;
  throw new InvalidArgumentError(
    field,
    `${field} is missing or has other characters. Copy it from the portal.`,
  );
}
