/** Access tokens: issued for a credential, looked up through the application cache, stored as a hash. */
import { hash, randomBytes } from "node:crypto";
import type { Environment } from "../core/markets.ts";
import type { Sql } from "../store/driver/connect.ts";
import { insertAccessToken } from "../store/main/access-tokens.ts";

export interface AccessTokenRequest {
  readonly environment: Environment;
  readonly protocol: string;
  readonly applicationId: bigint;
  readonly credentialId: bigint;
  /** Business time, in milliseconds since 1970. */
  readonly activeFrom: number;
  readonly expiresAt: number;
}

/** Issues a token of 32 hexadecimal digits. */
export async function issueAccessToken(sql: Sql, request: AccessTokenRequest): Promise<string> {
  const token = randomBytes(16).toString("hex");
  await insertAccessToken(sql, { ...request, hash: hash("sha256", token, "buffer") });
  return token;
}
