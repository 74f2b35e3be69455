/** SECRET_KEY: from the environment, or generated once in the data folder. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SettingError } from "../config/parsers.ts";
import { writeFileAtomic } from "../core/atomic-write.ts";

/** The 32-byte key that seals all secrets. Throws `SettingError` if the file does not contain a key. */
export function loadSecretKey(configuredKey: Buffer | null, dataDir: string): Buffer {
  return findSecretKey(configuredKey, dataDir) ?? createSecretKey(dataDir);
}

const getKeyFile = (dataDir: string): string => join(dataDir, "secret.key");

/** Creates a key. Call it only if nothing was sealed yet: another key cannot unseal it. */
export function createSecretKey(dataDir: string): Buffer {
  const key = randomBytes(32);
  writeFileAtomic(getKeyFile(dataDir), `${key.toString("hex")}\n`, 0o600);
  return key;
}

/** A database has secrets, and the key that sealed them is missing. */
export const createMissingKeyError = (dataDir: string): SettingError =>
  new SettingError(
    `SECRET_KEY: ${getKeyFile(dataDir)} is missing, and the database has secrets that its key encrypted. Restore the file, or set SECRET_KEY.`,
  );

/** The key of the settings or of the data folder; null if there is none yet. */
export function findSecretKey(configuredKey: Buffer | null, dataDir: string): Buffer | null {
  if (configuredKey !== null) return configuredKey;
  const file = getKeyFile(dataDir);
  if (!existsSync(file)) return null;
  const text = readKeyFile(file).trim();
  if (!/^[0-9a-f]{64}$/i.test(text))
    throw new SettingError(
      `SECRET_KEY: ${file} must contain 64 hexadecimal digits. Restore the file, or set SECRET_KEY.`,
    );
  return Buffer.from(text, "hex");
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new SettingError(`SECRET_KEY: ${file} cannot be read (${code}).`, { cause });
  }
}
