/** Applications for tests: created like the server does, with the limits and sources that a test needs. */
import { msPerDay } from "../../src/core/clock.ts";
import { enableAllProducts, type ProductSettings } from "../../src/developers/applications.ts";
import { hashApiKey, generateApiKey } from "../../src/developers/api-keys.ts";
import type { Environment } from "../../src/core/money.ts";
import type { Product } from "../../src/protocols/openapi-v2/products.ts";
import { findOrCreateDeveloper, insertApplication } from "../../src/store/main/applications.ts";
import type { TestSandbox } from "./sandbox.ts";

export interface TestApplicationOptions {
  readonly environment?: Environment;
  /** The enabled products; default: all, without limits. */
  readonly products?: Partial<Record<Product, ProductSettings>>;
  readonly shortcodes?: readonly string[] | null;
  readonly trustedSources?: readonly string[];
  readonly trustedOrigins?: readonly string[];
  readonly sessionLifetimeMs?: number;
  readonly responseUrl?: string | null;
}

export async function createTestApplication(
  { stores: { main } }: Pick<TestSandbox, "stores">,
  options: TestApplicationOptions = {},
): Promise<{ id: bigint; apiKey: string }> {
  const apiKey = generateApiKey();
  const id = await insertApplication(main, {
    developerId: await findOrCreateDeveloper(main, "tester@sandbox.invalid", "Tester"),
    environment: options.environment ?? "sandbox",
    name: "Application of a test",
    description: "",
    ...hashApiKey(apiKey),
    sessionLifetimeMs: options.sessionLifetimeMs ?? msPerDay,
    trustedSources: options.trustedSources ?? [],
    trustedOrigins: options.trustedOrigins ?? [],
    shortcodes: options.shortcodes ?? null,
    products: options.products ?? enableAllProducts(),
    responseUrl: options.responseUrl ?? null,
  });
  return { id, apiKey };
}

/** The bearer of a new session of a new application. */
export async function createBearer(sandbox: TestSandbox, options: TestApplicationOptions): Promise<string> {
  const { apiKey } = await createTestApplication(sandbox, options);
  return sandbox.session("vodacomTZN", apiKey);
}
