/** The faults that a test can ask for, with their descriptions (`request-faults.ts` makes them). */
import type { RequestFaultInfo } from "../protocol.ts";

const descriptions = {
  internal_error:
    "The next valid call has HTTP 500 with the error of its family: `500.002.1001` `System internal error.` for B2C and the account balance. Nothing is executed.",
  soap_fault:
    "The next valid C2B register URL has HTTP 500 with a SOAP fault as JSON. Nothing is registered.",
  oauth_empty: "The next OAuth request that is refused has HTTP 400 without a body.",
  oauth_html: "The next OAuth request has HTTP 200 with an HTML page.",
  oauth_unavailable: "The next OAuth request has HTTP 503 with an HTML page.",
} as const;

export type DarajaFault = keyof typeof descriptions;

export const requestFaults: readonly RequestFaultInfo[] = Object.entries(descriptions).map(
  ([kind, description]) => ({ kind, description }),
);
