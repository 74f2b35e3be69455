/**
 * The seed application of every sandbox: every product enabled, no limits, all organisations. Its API key is in
 * `sandbox.json`. The key is also stored sealed, so that a second server on the same database can write the same file.
 */
import { msPerDay } from "../core/clock.ts";
import type { Sql } from "../store/driver/connect.ts";
import {
  findOrCreateDeveloper,
  insertApplication,
  readApplicationByKey,
} from "../store/main/applications.ts";
import { getOrCreateSecret } from "../vault/secrets.ts";
import { enableAllProducts } from "./applications.ts";
import { hashApiKey, generateApiKey } from "./api-keys.ts";

/** The owner of the sandbox's applications. */
export const sandboxDeveloper = { email: "developer@sandbox.invalid", name: "Sandbox developer" };

/** Returns the seed application's API key; registers the application if it does not exist. */
export async function getOrCreateSandboxApiKey(sql: Sql, secretKey: Buffer): Promise<string> {
  const apiKey = await getOrCreateSecret(sql, secretKey, "sandbox", "seeded-api-key", generateApiKey);
  const columns = hashApiKey(apiKey);
  if ((await readApplicationByKey(sql, columns.apiKeyHash)) !== undefined) return apiKey;
  const application = {
    developerId: await findOrCreateDeveloper(sql, sandboxDeveloper.email, sandboxDeveloper.name),
    environment: "sandbox",
    name: "Sandbox application",
    description: "Seeded: every product, no limits.",
    ...columns,
    sessionLifetimeMs: msPerDay,
    trustedSources: [],
    trustedOrigins: [],
    shortcodes: null,
    products: enableAllProducts(),
    responseUrl: null,
  };
  await insertApplication(sql, application).catch((error: unknown) => {
    // 23505: another server has registered it at the same time.
    if ((error as { code?: string }).code !== "23505") throw error;
  });
  return apiKey;
}
