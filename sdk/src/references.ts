/** References: the caller's own ID of a request. The status query accepts it even if the response was lost. */
import { randomBytes } from "node:crypto";

/**
 * Creates a random reference of 32 letters and digits.
 *
 * M-Pesa accepts longer references with spaces, but its status query does not.
 */
export const createReference = (): string => randomBytes(16).toString("hex");
