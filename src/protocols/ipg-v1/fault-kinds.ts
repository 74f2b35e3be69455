/** The faults that a test can ask for, with their descriptions (`request-faults.ts` makes them). */
import type { RequestFaultInfo } from "../protocol.ts";

const descriptions = {
  ipg_v1_origin_missing:
    "The next request of IPG v1 has HTTP 401 with `output_error` `Origin header is missing` alone, whatever its headers are. Nothing is executed.",
  ipg_v1_forbidden_page:
    "The next request of IPG v1 has HTTP 403 with an HTML page, as M-Pesa's gateway answers queries with a body. Nothing is executed.",
  ipg_v1_balance_as_error:
    "The next response of IPG v1 that would be `INS-2006` is HTTP 500 with `INS-1`. The payment failed as before.",
  ipg_v1_balance_without_code:
    "The next response of IPG v1 that would be `INS-2006` has an empty code and text. The payment failed as before.",
} as const;

export type IpgV1Fault = keyof typeof descriptions;

export const requestFaults: readonly RequestFaultInfo[] = Object.entries(descriptions).map(
  ([kind, description]) => ({ kind, description }),
);
