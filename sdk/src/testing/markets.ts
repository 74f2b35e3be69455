/** The markets of a sandbox: those of OpenAPI v2, and that of Daraja. */
import { markets } from "../openapi-v2/generated.ts";
import type { Market } from "../openapi-v2/requests.ts";

/** A market of the sandbox. `safaricomKEN` has Daraja, the others have OpenAPI v2. */
export type SandboxMarket = Market | "safaricomKEN";

/** The format of a market's amounts and numbers. */
interface MarketFormat {
  readonly name: string;
  readonly decimals: number;
  /** What numbers of new customers begin with. No seed customer and no trigger has such a number. */
  readonly newPrefix: string;
  readonly prefix: string;
  readonly digits: number;
}

export function getMarketFormat(market: SandboxMarket): MarketFormat {
  if (market === "safaricomKEN")
    return { name: "Safaricom Kenya", decimals: 2, prefix: "254", newPrefix: "25479", digits: 12 };
  const { name, decimals, prefix, digits } = markets[market];
  return { name, decimals, prefix, newPrefix: `${prefix}9`, digits };
}
