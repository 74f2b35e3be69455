/**
 * The application that every sandbox begins with: every product enabled, nothing limited, every
 * organisation of the sandbox its own. Its key is in `sandbox.json`, so it is also kept sealed: a second
 * server on the same database must be able to write the same file.
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

/** Whose applications the sandbox's are. */
export const sandboxDeveloper = { email: "developer@sandbox.invalid", name: "Sandbox developer" };

/** The seeded application's API key; registers the application where it is missing. */
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
    // Another server that starts beside this one was quicker.
    if ((error as { code?: string }).code !== "23505") throw error;
  });
  return apiKey;
}
