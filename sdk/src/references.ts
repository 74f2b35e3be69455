/** References: the caller's own name of a request, by which it can be asked about whatever became of it. */
import { randomBytes } from "node:crypto";

/**
 * A new reference: 32 letters and digits that nobody can guess.
 *
 * M-Pesa takes longer ones with spaces in them, but its status query does not: a payment under such a name
 * could not be asked about.
 */
export const createReference = (): string => randomBytes(16).toString("hex");
