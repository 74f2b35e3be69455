/** The control token gives full control of the sandbox. */
import { randomBytes } from "node:crypto";

export const newControlToken = (): string => randomBytes(32).toString("base64url");
