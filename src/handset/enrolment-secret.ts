/** The secret that makes a device a customer's live handset: made by an operator, typed once by the customer. */
import { hash, randomInt } from "node:crypto";

/** No letters or digits that are read for one another. */
const letters = "ABCDEFGHJKMNPQRSTVWXYZ23456789";

/** Sixteen letters and digits in fours: 78 bits. */
export function generateEnrolmentSecret(): string {
  const createGroup = (): string =>
    Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join("");
  return [createGroup(), createGroup(), createGroup(), createGroup()].join("-");
}

/** What is stored of one, however its customer spaced it out. */
export function hashEnrolmentSecret(secret: string): Buffer {
  return hash("sha256", secret.toUpperCase().replaceAll(/[^A-Z0-9]/g, ""), "buffer");
}
