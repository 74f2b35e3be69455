/** Applications: converts the stored settings into the checks that a request needs. */
import { markets, type Environment, type Market } from "../core/markets.ts";
import { parseAmount } from "../core/money.ts";
import type { PaymentLimits } from "../payments/limits.ts";
import { callbackUrlKey, type ApplicationRow } from "../store/main/applications.ts";
import { toPullUrl } from "../store/rail/pull-url.ts";
import { containsAddress, parseAddressRange } from "./address-ranges.ts";
import type { ProductSettings } from "./application-settings.ts";

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
  /** The products that it has enabled. */
  readonly products: readonly string[];
  hasProduct(product: string): boolean;
  /** Its limits for a product in a market, or null if the product is not enabled. */
  limitsFor(product: string, market: Market): PaymentLimits | null;
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
    products: Object.keys(settings),
    hasProduct: (product) => settings[product] !== undefined,
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
