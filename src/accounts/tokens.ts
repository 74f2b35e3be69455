/** Tokens of sessions and of links: 32 random bytes. Only their hash is stored, so that a copy of a table opens nothing. */
import { hash, randomBytes } from "node:crypto";

export const createToken = (): string => randomBytes(32).toString("base64url");

export const hashToken = (token: string): Buffer => hash("sha256", token, "buffer");
