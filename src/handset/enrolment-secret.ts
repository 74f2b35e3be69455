/** The secret that makes a device a customer's live handset: made by an operator, typed once by the customer. */
import { hash, randomInt } from "node:crypto";

/** No letters or digits that are read for one another. */
const letters = "ABCDEFGHJKMNPQRSTVWXYZ23456789";

/** Sixteen letters and digits in fours: 78 bits. */
export function newEnrolmentSecret(): string {
  const four = (): string => Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join("");
  return [four(), four(), four(), four()].join("-");
}

/** What is stored of one, however its customer spaced it out. */
export function enrolmentHash(secret: string): Buffer {
  return hash("sha256", secret.toUpperCase().replaceAll(/[^A-Z0-9]/g, ""), "buffer");
}
