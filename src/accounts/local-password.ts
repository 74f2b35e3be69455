/** The password of the sandbox's own developer. It is in `sandbox.json` while the local tools are on, and valid only then. */
import { generateSecret } from "../developers/credentials.ts";
import type { Sql } from "../store/driver/connect.ts";
import { getOrCreateSecret } from "../vault/secrets.ts";

export const getOrCreateLocalPassword = (sql: Sql, secretKey: Buffer): Promise<string> =>
  getOrCreateSecret(sql, secretKey, "sandbox", "portal-password", () => generateSecret(20));
