/** API keys: 32 letters and digits, shown once and stored as a hash. */
import { hash, randomInt } from "node:crypto";

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const length = 32;

export function generateApiKey(): string {
  let key = "";
  for (let i = 0; i < length; i += 1) key += letters[randomInt(letters.length)];
  return key;
}

/** The values that are stored of a key. */
export function hashApiKey(apiKey: string): { apiKeyHash: Buffer; apiKeyHint: string } {
  return { apiKeyHash: hash("sha256", apiKey, "buffer"), apiKeyHint: apiKey.slice(-4) };
}
