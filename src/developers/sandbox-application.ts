/**
 * The seed application of every sandbox: every product enabled, no limits, all organisations. Its API key is in
 * `sandbox.json`. The key is also stored sealed, so that a second server on the same database can write the same file.
 * The application cannot be revoked and its key not be renewed, because commands and every client that read the file use it.
 */
import { msPerDay } from "../core/clock.ts";
import type { Sql } from "../store/driver/connect.ts";
import { findOrCreateDeveloper, insertApplication } from "../store/main/applications.ts";
import { readCredentialByHash } from "../store/main/credentials.ts";
import { getOrCreateSecret } from "../vault/secrets.ts";
import { enableProducts } from "./enabled-products.ts";
import { generateSecret, hashSecret, storeCredential, type CredentialType } from "./credentials.ts";

/** The owner of the sandbox's applications. */
export const sandboxDeveloper = { email: "developer@sandbox.invalid", name: "Sandbox developer" };

/** Returns the seed application's secret; registers the application if it does not exist. */
export async function getOrCreateSandboxSecret(
  sql: Sql,
  secretKey: Buffer,
  credentialType: CredentialType,
  productNames: readonly string[],
): Promise<string> {
  const apiKey = await getOrCreateSecret(sql, secretKey, "sandbox", "seeded-api-key", generateSecret);
  if ((await readCredentialByHash(sql, credentialType.kind, hashSecret(apiKey))) !== undefined) return apiKey;
  await sql
    .begin(async (tx) => {
      const applicationId = await insertApplication(tx, {
        developerId: await findOrCreateDeveloper(tx, sandboxDeveloper.email, sandboxDeveloper.name),
        environment: "sandbox",
        name: "Sandbox application",
        description: "Seeded: every product, no limits.",
        sessionLifetimeMs: msPerDay,
        trustedSources: [],
        trustedOrigins: [],
        shortcodes: null,
        products: enableProducts(productNames),
        isSeed: true,
      });
      const id = await storeCredential(tx, { applicationId }, credentialType, apiKey);
      if (id === null) throw new AlreadySeeded();
    })
    .catch((error: unknown) => {
      if (!(error instanceof AlreadySeeded)) throw error;
    });
  return apiKey;
}

/** Another server has registered the application at the same time. */
class AlreadySeeded extends Error {}
