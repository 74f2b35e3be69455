/**
 * The application that every sandbox starts with: every product enabled, nothing limited, every organisation of the
 * sandbox its own. `sandbox.json` has its key, so the key is also stored sealed: a second server on the same database
 * writes the same file.
 */
import { msPerDay } from "../core/clock.ts";
import type { Sql } from "../store/driver/connect.ts";
import { findOrCreateDeveloper, insertApplication } from "../store/main/applications.ts";
import { readCredentialByHash } from "../store/main/credentials.ts";
import { getOrCreateSecret } from "../vault/secrets.ts";
import { enableProducts } from "./application-settings.ts";
import { generateSecret, hashSecret, storeCredential, type CredentialType } from "./credentials.ts";

/** The owner of the sandbox's applications. */
export const sandboxDeveloper = { email: "developer@sandbox.invalid", name: "Sandbox developer" };

/** The seeded application's secret; registers the application where it is missing. */
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
      });
      const id = await storeCredential(tx, { applicationId }, credentialType, apiKey);
      if (id === null) throw new AlreadySeeded();
    })
    .catch((error: unknown) => {
      if (!(error instanceof AlreadySeeded)) throw error;
    });
  return apiKey;
}

/** Another server that starts at the same time registered the application first. */
class AlreadySeeded extends Error {}
