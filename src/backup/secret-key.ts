/** The SECRET_KEY of a backup and of the server that will use it: without it, sealed secrets cannot be read. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config/settings.ts";
import { writeFileAtomic } from "../core/atomic-write.ts";
import { environments } from "../core/markets.ts";
import { withSchemaConnection } from "../store/databases.ts";
import { readSecret } from "../store/main/secrets.ts";
import type { SchemaLocation } from "../store/schema-locations.ts";
import { unseal } from "../vault/seal.ts";
import { loadSecretKey } from "../vault/secret-key.ts";
import { BackupError } from "./backup-error.ts";
import type { BackupHead } from "./format.ts";

const secretKeyPath = ({ dataDir }: Config): string => join(dataDir, "secret.key");

const hasSecretKey = (config: Config): boolean =>
  config.secretKey !== null || existsSync(secretKeyPath(config));

/** Throws `BackupError` if there is none: loading it would create a new, wrong key. */
export function readSecretKey(config: Config): Buffer {
  if (!hasSecretKey(config))
    throw new BackupError(
      `There is no SECRET_KEY to include: it is not set, and ${config.dataDir} contains no secret.key.`,
    );
  return loadConfiguredKey(config);
}

const loadConfiguredKey = (config: Config): Buffer =>
  loadSecretKey(config.secretKey?.export() ?? null, config.dataDir);

/** Throws `DecryptionError` if the key that the server will use is not the one that sealed the backup. */
export async function checkSecretKey(
  head: BackupHead,
  config: Config,
  main: SchemaLocation | undefined,
  replace: boolean,
): Promise<void> {
  const secretKey = resolveSecretKey(head, config, replace);
  if (main === undefined || secretKey === null) return;
  await withSchemaConnection(
    main.location,
    main.name,
    async (sql) => {
      for (const environment of environments) {
        const secret = await readSecret(sql, environment, "wire");
        if (secret !== undefined) unseal(secretKey, `${environment}/wire`, secret.sealed);
      }
    },
    "pesarail restore",
  );
}

/**
 * The key that the server will use: the setting's, the data folder's, or the backup's; null if there is none
 * yet.
 */
function resolveSecretKey(head: BackupHead, config: Config, replace: boolean): Buffer | null {
  const hasOwnKey = hasSecretKey(config);
  const backupKey = head.secretKey === null ? null : Buffer.from(head.secretKey, "hex");
  if (backupKey !== null && (!hasOwnKey || (replace && config.secretKey === null))) return backupKey;
  return hasOwnKey ? loadConfiguredKey(config) : null;
}

/** Writes the backup's key for the server, if it has one. Returns what the user must know, or null. */
export function writeSecretKey(head: BackupHead, config: Config): string | null {
  if (config.secretKey !== null) return null;
  const file = secretKeyPath(config);
  if (head.secretKey !== null) {
    writeFileAtomic(file, `${head.secretKey}\n`, 0o600);
    return `Wrote the SECRET_KEY of the backup to ${file}.`;
  }
  return existsSync(file)
    ? null
    : `The SECRET_KEY is MISSING. Copy the key of the backed-up server to ${file} before you start this server.`;
}
