/**
 * The seed application of every sandbox: every product enabled, no limits, all organisations. Its secrets are in
 * `sandbox.json`. They are also stored sealed, so that a second server on the same database can write the same file. The
 * application cannot be revoked and its secrets not be renewed, because commands and every client that read the file use them.
 */
import { msPerDay } from "../core/clock.ts";
import type { Sql, Transaction } from "../store/driver/connect.ts";
import {
  findOrCreateDeveloper,
  insertApplication,
  lockSeedApplication,
  readSeedApplicationId,
  updateApplication,
  type ApplicationRow,
} from "../store/main/applications.ts";
import { readCredentialByHash } from "../store/main/credentials.ts";
import { getOrCreateSecret } from "../vault/secrets.ts";
import { enableProducts } from "./enabled-products.ts";
import { generateSecret, hashSecret, storeCredential, type CredentialType } from "./credentials.ts";
import { sandboxDeveloper } from "./sandbox-developer.ts";
import { readSealedCredentials } from "./sealed-credentials.ts";

/** The products of the platform, and those of the protocol that a secret is for. */
export interface SeedProducts {
  readonly all: readonly string[];
  readonly own: readonly string[];
}

/**
 * Returns the seed application's secret of a kind; registers the application if it does not exist. An application of an
 * earlier release that has no such secret gets the products of the protocol too.
 */
export async function getOrCreateSandboxSecret(
  sql: Sql,
  secretKey: Buffer,
  credentialType: CredentialType,
  products: SeedProducts,
): Promise<string> {
  const name = toSecretName(credentialType);
  const secret = await getOrCreateSecret(sql, secretKey, "sandbox", name, () =>
    generateSecret(credentialType.length),
  );
  const stored = await findStored(sql, secretKey, credentialType, secret);
  if (stored !== undefined) return stored;
  await sql.begin(async (tx) => {
    const existing = await lockSeedApplication(tx);
    const applicationId = existing?.id ?? (await registerApplication(tx, products.all));
    if (existing !== undefined) await addProducts(tx, existing, products.own);
    await storeCredential(tx, { applicationId }, credentialType, secret, () => secretKey);
  });
  return secret;
}

/** The protocols whose secrets are stored under their kind alone, as they were before two protocols had one of a kind. */
const protocolsWithoutPrefix: ReadonlySet<string> = new Set(["openapi-v2", "daraja"]);

function toSecretName({ protocol, kind }: CredentialType): string {
  const prefix = protocolsWithoutPrefix.has(protocol) ? "" : `${protocol}-`;
  return `seeded-${prefix}${kind.replaceAll("_", "-")}`;
}

/** The seed application's id. It exists after the first secret was read. */
export async function getSandboxApplicationId(sql: Sql): Promise<bigint> {
  const id = await readSeedApplicationId(sql);
  if (id === undefined) throw new Error("the sandbox has no application of its own");
  return id;
}

/** The application's secret, if it has one. One that digests are computed with may have been changed by a call since. */
async function findStored(
  sql: Sql,
  secretKey: Buffer,
  type: CredentialType,
  secret: string,
): Promise<string | undefined> {
  const { kind, isSealed = false } = type;
  if (!isSealed) {
    const credential = await readCredentialByHash(sql, kind, hashSecret(secret));
    return credential === undefined ? undefined : secret;
  }
  const applicationId = await readSeedApplicationId(sql);
  if (applicationId === undefined) return undefined;
  const [current] = await readSealedCredentials(sql, secretKey, applicationId, type);
  return current?.secret;
}

async function registerApplication(tx: Transaction, productNames: readonly string[]): Promise<bigint> {
  return insertApplication(tx, {
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
}

async function addProducts(
  tx: Transaction,
  { id, products }: Pick<ApplicationRow, "id" | "products">,
  names: readonly string[],
): Promise<void> {
  await updateApplication(tx, id, { products: { ...enableProducts(names), ...(products as object) } });
}
