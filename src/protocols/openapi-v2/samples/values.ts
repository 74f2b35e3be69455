/** The values at the top of every sample, and the function that replaces them with a user's own. */
import { markets, type Environment, type Market } from "../../../core/markets.ts";
import { fillLines, type LanguageId } from "../../samples/spellings.ts";

export type ValueName =
  | "gateway"
  | "environment"
  | "market"
  | "apiKey"
  | "publicKey"
  | "organisation"
  | "receiver"
  | "customer"
  | "country"
  | "currency";

/** A user's own values. An omitted one keeps the sample's default. */
export interface SampleValues {
  /** Without a slash at its end: `https://openapi.m-pesa.com`. */
  readonly gateway: string;
  readonly environment: Environment;
  readonly market: Market;
  readonly apiKey: string;
  /** The DER of a SubjectPublicKeyInfo in base64, as the portal shows it. */
  readonly publicKey: string;
  /** A customer of that market. */
  readonly customer: string;
  readonly organisation?: string;
  readonly receiver?: string;
}

const pathEnvironments = { sandbox: "sandbox", live: "openapi" } as const;

/** The path segment, or the SDK's name, of each environment. */
const getEnvironment = (language: LanguageId, environment: Environment): string =>
  language === "typescript-sdk" ? environment : pathEnvironments[environment];

/** The sample with a user's own values: see `fillLines`. */
export const fillSample = (text: string, language: LanguageId, values: SampleValues): string =>
  fillLines(text, language, resolveValues(language, values));

function resolveValues(
  language: LanguageId,
  values: SampleValues,
): Readonly<Record<ValueName, string | undefined>> {
  const { country, currency } = markets[values.market];
  const { gateway, market, apiKey, publicKey, organisation, receiver, customer } = values;
  const environment = getEnvironment(language, values.environment);
  return {
    gateway,
    environment,
    market,
    apiKey,
    publicKey,
    organisation,
    receiver,
    customer,
    country,
    currency,
  };
}
