/** The one-time secret that enrols a device as a live handset: the operator creates it, the customer types it. */
import { hash, randomInt } from "node:crypto";

/** Without letters and digits that are easily confused. */
const letters = "ABCDEFGHJKMNPQRSTVWXYZ23456789";

/** Four groups of four: 78 bits. */
export function generateEnrolmentSecret(): string {
  const createGroup = (): string =>
    Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join("");
  return [createGroup(), createGroup(), createGroup(), createGroup()].join("-");
}

/** Ignores case, spaces and dashes. */
export function hashEnrolmentSecret(secret: string): Buffer {
  return hash("sha256", secret.toUpperCase().replaceAll(/[^A-Z0-9]/g, ""), "buffer");
}
