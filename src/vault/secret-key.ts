/** SECRET_KEY: from the environment, or generated once in the data folder. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SettingError } from "../config/parsers.ts";
import { writeFileAtomic } from "../core/atomic-write.ts";

/** The 32-byte key that seals all secrets. Throws `SettingError` if the file does not contain a key. */
export function loadSecretKey(configuredKey: Buffer | null, dataDir: string): Buffer {
  if (configuredKey !== null) return configuredKey;
  const file = join(dataDir, "secret.key");
  if (!existsSync(file)) writeFileAtomic(file, `${randomBytes(32).toString("hex")}\n`, 0o600);
  const text = readFileSync(file, "utf8").trim();
  if (!/^[0-9a-f]{64}$/i.test(text))
    throw new SettingError(
      `SECRET_KEY: ${file} must contain 64 hexadecimal digits. Restore the file, or set SECRET_KEY.`,
    );
  return Buffer.from(text, "hex");
}
