/** The control token: whoever has it may do anything to the sandbox. */
import { randomBytes } from "node:crypto";

export const newControlToken = (): string => randomBytes(32).toString("base64url");
