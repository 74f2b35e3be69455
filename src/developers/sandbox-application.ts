/**
 * The application that every sandbox begins with: every product enabled, nothing limited, every
 * organisation of the sandbox its own. Its key is in `sandbox.json`, so it is also kept sealed: a second
 * server on the same database must be able to write the same file.
 */
import { day } from "../clock.ts";
import type { Sql } from "../store/connect.ts";
import { developerId, insertApplication, readApplicationByKey } from "../store/directory.ts";
import { sharedSecret } from "../vault/secrets.ts";
import { everyProduct } from "./applications.ts";
import { apiKeyColumns, newApiKey } from "./credentials.ts";

/** Whose applications the sandbox's are. */
export const sandboxDeveloper = { email: "developer@sandbox.invalid", name: "Sandbox developer" };

/** The seeded application's API key; registers the application where it is missing. */
export async function sandboxApiKey(sql: Sql, secretKey: Buffer): Promise<string> {
  const apiKey = await sharedSecret(sql, secretKey, "sandbox", "seeded-api-key", newApiKey);
  const columns = apiKeyColumns(apiKey);
  if ((await readApplicationByKey(sql, columns.apiKeyHash)) !== undefined) return apiKey;
  const made = {
    developerId: await developerId(sql, sandboxDeveloper.email, sandboxDeveloper.name),
    environment: "sandbox",
    name: "Sandbox application",
    description: "Seeded: every product, no limits.",
    ...columns,
    sessionLifetimeMs: day,
    trustedSources: [],
    trustedOrigins: [],
    shortcodes: null,
    products: everyProduct(),
    responseUrl: null,
  };
  await insertApplication(sql, made).catch((error: unknown) => {
    // Another server that starts beside this one was quicker.
    if ((error as { code?: string }).code !== "23505") throw error;
  });
  return apiKey;
}
