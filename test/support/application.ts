/** Applications for tests: created like the server does, with the limits and sources that a test needs. */
import { msPerDay } from "../../src/core/clock.ts";
import type { ProductSettings } from "../../src/developers/application-settings.ts";
import { enableProducts } from "../../src/developers/enabled-products.ts";
import { createApplicationService } from "../../src/developers/application-service.ts";
import type { Environment } from "../../src/core/markets.ts";
import { productNames, type Product } from "../../src/protocols/openapi-v2/products.ts";
import { openapiV2 } from "../../src/protocols/openapi-v2/index.ts";
import { testSecretKey } from "./cluster.ts";
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
  const { environment = "sandbox" } = options;
  const service = createApplicationService({
    sql: main,
    environment,
    actor: "test",
    refresh: async () => {},
    readSecretKey: () => testSecretKey,
  });
  const { id, secrets } = await service.create({
    developer: { email: "tester@sandbox.invalid", name: "Tester" },
    name: "Application of a test",
    description: "",
    sessionLifetimeMs: options.sessionLifetimeMs ?? msPerDay,
    trustedSources: options.trustedSources ?? [],
    trustedOrigins: options.trustedOrigins ?? [],
    shortcodes: options.shortcodes ?? null,
    products: options.products ?? enableProducts(productNames),
    callbackUrls: [{ protocol: openapiV2.name, kind: "result", url: options.responseUrl ?? null }],
    credentials: [openapiV2.credentials[0]],
  });
  return { id, apiKey: secrets[0] ?? "" };
}

/** The bearer of a new session of a new application. */
export async function createBearer(sandbox: TestSandbox, options: TestApplicationOptions): Promise<string> {
  const { apiKey } = await createTestApplication(sandbox, options);
  return sandbox.session("vodacomTZN", apiKey);
}
