/** Applications: converts the stored settings into the checks that a request needs. */
import ipaddr from "ipaddr.js";
import { markets, type Environment, type Market } from "../core/markets.ts";
import { parseAmount } from "../core/money.ts";
import type { PaymentLimits } from "../payments/limits.ts";
import { callbackUrlKey, type ApplicationRow } from "../store/main/applications.ts";
import { toPullUrl } from "../store/rail/pull-url.ts";

type AddressRange = [ipaddr.IPv4 | ipaddr.IPv6, number];

export interface Application {
  readonly id: bigint;
  readonly environment: Environment;
  readonly name: string;
  readonly apiKeyHint: string;
  readonly sessionLifetimeMs: number;
  readonly shortcodes: ReadonlySet<string> | null;
  readonly revoked: boolean;
  /** Whether a request from this address may use the application. */
  trustsSource(address: string): boolean;
  /** Whether a request with this Origin header may use the application. */
  trustsOrigin(origin: string | undefined): boolean;
  /** The callback URL for a protocol's notifications of this kind when a request has no URL, or null. */
  callbackUrl(protocol: string, kind: string): string | null;
  /** Whether its callbacks are pulled by `pesarail listen` instead of being posted. */
  readonly pullEnabled: boolean;
  /** Its limits for a product in a market, or null if the product is not enabled. */
  limitsFor(product: string, market: Market): PaymentLimits | null;
}

/**
 * A product's settings as they are stored, and as `/control/v1` and the command line accept them. Times are `HH:MM` in
 * the market's time zone. Values are decimal amounts of `currency`, by default of each market's own currency.
 */
export interface ProductSettings {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly limits?: ProductLimitSettings | undefined;
}

export interface ProductLimitSettings {
  readonly currency?: string | undefined;
  readonly singleValue?: string | undefined;
  readonly sessionDailyValue?: string | undefined;
  readonly sessionDailyCount?: number | undefined;
  readonly customerDailyValue?: string | undefined;
  readonly customerDailyCount?: number | undefined;
}

export function toApplication(row: ApplicationRow): Application {
  const settings = row.products as Readonly<Record<string, ProductSettings | undefined>>;
  const ranges = row.trustedSources.map(parseAddressRange);
  const origins = new Set(row.trustedOrigins);
  const scopes = new Map<string, PaymentLimits | null>();
  return {
    id: row.id,
    environment: row.environment,
    name: row.name,
    apiKeyHint: row.apiKeyHint,
    sessionLifetimeMs: Number(row.sessionLifetimeMs),
    shortcodes: row.shortcodes === null ? null : new Set(row.shortcodes),
    revoked: row.revokedAt !== null,
    trustsSource: (address) => ranges.length === 0 || containsAddress(ranges, address),
    pullEnabled: row.pullEnabled,
    callbackUrl: (protocol, kind) => row.callbackUrls[callbackUrlKey(protocol, kind)] ?? null,
    trustsOrigin: (origin) => origins.size === 0 || (origin !== undefined && origins.has(origin)),
    limitsFor(product, market) {
      const key = `${product} ${market}`;
      let scope = scopes.get(key);
      if (scope === undefined) {
        const stored = settings[product];
        scope = stored === undefined ? null : toScope(stored, market);
        scopes.set(key, scope);
      }
      return scope;
    },
  };
}

/** Settings with these products enabled and no limits. */
export const enableProducts = (names: readonly string[]): Record<string, ProductSettings> =>
  Object.fromEntries(names.map((name) => [name, {}]));

/**
 * The callback URL for a request with this URL, or with none. Null means no callback: the response contains the
 * result. While callbacks are pulled, payments always have one; a query without a URL gets its result in the response.
 */
export function resolveResultUrl(
  requestedUrl: string | null,
  ownUrl: string | null,
  { pullEnabled }: Pick<Application, "pullEnabled">,
  call: "payment" | "query",
): string | null {
  const url = requestedUrl ?? ownUrl;
  return pullEnabled && (url !== null || call === "payment") ? toPullUrl(url) : url;
}

function toScope(settings: ProductSettings, market: Market): PaymentLimits {
  const { currency, decimals } = markets[market];
  const limits = settings.limits ?? {};
  const currencyMatches = limits.currency === undefined || limits.currency === currency;
  const parseLimit = (text: string | undefined): bigint | undefined =>
    currencyMatches && text !== undefined ? (parseAmount(text, decimals) ?? 0n) : undefined;
  return {
    usageFrom: parseTime(settings.from),
    usageUntil: parseTime(settings.to),
    singleValueMinor: parseLimit(limits.singleValue),
    sessionDailyValueMinor: parseLimit(limits.sessionDailyValue),
    sessionDailyCount: limits.sessionDailyCount,
    customerDailyValueMinor: parseLimit(limits.customerDailyValue),
    customerDailyCount: limits.customerDailyCount,
  };
}

/** Minutes since midnight for `HH:MM`; `24:00` is the end of the day. */
function parseTime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  return hours * 60 + minutes;
}

/** An error message for a product's settings, or null if they are valid. `productNames` are the known products. */
export function validateProductSettings(
  product: string,
  settings: unknown,
  productNames: readonly string[],
): string | null {
  if (!productNames.includes(product)) {
    return `unknown product ${JSON.stringify(product)}; use one of ${productNames.join(", ")}`;
  }
  if (!isObject(settings)) return `the settings of ${product} must be an object`;
  const { from, to, limits = {}, ...rest } = settings;
  for (const time of [from, to]) {
    if (time !== undefined && !(typeof time === "string" && /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/.test(time))) {
      return `${product}: from and to must be times of day such as "08:00"`;
    }
  }
  if ((from === undefined) !== (to === undefined)) return `${product}: set both from and to, or neither`;
  if (!isObject(limits)) return `${product}: limits must be an object`;
  const unknown = Object.keys(rest)[0];
  return unknown === undefined ? validateLimits(product, limits) : `${product}: unknown setting ${unknown}`;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function validateLimits(product: string, limits: object): string | null {
  for (const [name, value] of Object.entries(limits)) {
    if (name === "currency") {
      if (Object.values(markets).some((market) => market.currency === value)) continue;
      return `${product}: no market has the currency ${JSON.stringify(value)}`;
    }
    if (["singleValue", "sessionDailyValue", "customerDailyValue"].includes(name)) {
      if (typeof value === "string" && parseAmount(value, 2) !== null) continue;
      return `${product}: ${name} must be a decimal amount in quotes, such as "5000.00"`;
    }
    if (["sessionDailyCount", "customerDailyCount"].includes(name)) {
      if (Number.isSafeInteger(value) && (value as number) >= 0) continue;
      return `${product}: ${name} must be a whole number`;
    }
    return `${product}: unknown limit ${name}`;
  }
  return null;
}

/**
 * Parses an address or a CIDR range; throws for anything else. IPv4 needs four decimal parts, because parsers disagree
 * on `10.1` and `012.0.0.1`.
 */
export function parseAddressRange(text: string): AddressRange {
  const [address = "", bits] = text.split("/", 2);
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) {
    throw new Error(`${text} is not an IP address or CIDR range`);
  }
  const [parsed, length] = bits === undefined ? [ipaddr.parse(address), null] : ipaddr.parseCIDR(text);
  // Callers' addresses are converted to IPv4 where possible, so convert IPv4-mapped ranges as well.
  const mapped = parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress();
  if (mapped && (length ?? 128) >= 96) return [parsed.toIPv4Address(), (length ?? 128) - 96];
  return [parsed, length ?? (parsed.kind() === "ipv4" ? 32 : 128)];
}

function containsAddress(ranges: readonly AddressRange[], address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return ranges.some(([range, bits]) => range.kind() === parsed.kind() && parsed.match(range, bits));
}
