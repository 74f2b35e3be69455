/** Applications for a test: made as the platform makes them, with the limits and sources a test wants. */
import { day } from "../../src/clock.ts";
import { everyProduct, type ProductSettings } from "../../src/developers/applications.ts";
import { apiKeyColumns, newApiKey } from "../../src/developers/credentials.ts";
import type { Environment } from "../../src/money.ts";
import type { Product } from "../../src/payments/products.ts";
import { developerId, insertApplication } from "../../src/store/directory.ts";
import type { Town } from "./town.ts";

export interface ApplicationWishes {
  readonly environment?: Environment;
  /** The products that are enabled; every one, without limits, if nothing is said. */
  readonly products?: Partial<Record<Product, ProductSettings>>;
  readonly shortcodes?: readonly string[] | null;
  readonly trustedSources?: readonly string[];
  readonly trustedOrigins?: readonly string[];
  readonly sessionLifetimeMs?: number;
  readonly responseUrl?: string | null;
}

export async function makeApplication(
  { stores: { main } }: Pick<Town, "stores">,
  wishes: ApplicationWishes = {},
): Promise<{ id: bigint; apiKey: string }> {
  const apiKey = newApiKey();
  const id = await insertApplication(main, {
    developerId: await developerId(main, "tester@sandbox.invalid", "Tester"),
    environment: wishes.environment ?? "sandbox",
    name: "Application of a test",
    description: "",
    ...apiKeyColumns(apiKey),
    sessionLifetimeMs: wishes.sessionLifetimeMs ?? day,
    trustedSources: wishes.trustedSources ?? [],
    trustedOrigins: wishes.trustedOrigins ?? [],
    shortcodes: wishes.shortcodes ?? null,
    products: wishes.products ?? everyProduct(),
    responseUrl: wishes.responseUrl ?? null,
  });
  return { id, apiKey };
}

/** The bearer of a fresh session of a fresh application. */
export async function bearerOf(town: Town, wishes: ApplicationWishes): Promise<string> {
  const { apiKey } = await makeApplication(town, wishes);
  return town.session("vodacomTZN", apiKey);
}
