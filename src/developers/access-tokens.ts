/** Access tokens: issued for a credential, looked up through the application cache, stored as a hash. */
import { hash, randomBytes, randomInt } from "node:crypto";
import type { Environment } from "../core/markets.ts";
import type { Sql } from "../store/driver/connect.ts";
import { insertAccessToken, revokeEarlierTokens } from "../store/main/access-tokens.ts";
import { secretLetters } from "./credentials.ts";

export interface AccessTokenRequest {
  readonly environment: Environment;
  readonly protocol: string;
  readonly applicationId: bigint;
  readonly credentialId: bigint;
  /** Business time, in milliseconds since 1970. */
  readonly activeFrom: number;
  readonly expiresAt: number;
  /** The length of a token of letters and digits. Without it, a token has 32 hexadecimal digits. */
  readonly length?: number;
  /** The products that it is good for. Without them, those that the application has when it is used. */
  readonly products?: readonly string[];
  /** Whether the application's earlier tokens of this protocol end. */
  readonly endsEarlierTokens?: boolean;
}

/** Issues a token. */
export async function issueAccessToken(sql: Sql, request: AccessTokenRequest): Promise<string> {
  const { length, products = null, endsEarlierTokens = false, ...row } = request;
  const token = length === undefined ? randomBytes(16).toString("hex") : generateLetters(length);
  const tokenHash = hash("sha256", token, "buffer");
  await insertAccessToken(sql, { ...row, products, hash: tokenHash });
  if (endsEarlierTokens) await revokeEarlierTokens(sql, row.applicationId, row.protocol, tokenHash);
  return token;
}

function generateLetters(length: number): string {
  let text = "";
  for (let i = 0; i < length; i += 1) text += secretLetters[randomInt(secretLetters.length)];
  return text;
}
