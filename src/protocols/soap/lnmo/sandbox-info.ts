/** The checkout's part of `sandbox.json`: what a client needs to connect. */
import { formatMerchantId, sandboxPaybill } from "./merchant.ts";
import { lnmoPath } from "./names.ts";

export const describeLnmoSandbox = (applicationId: bigint, passkey: string): object => ({
  path: lnmoPath,
  merchantId: formatMerchantId(applicationId),
  passkey,
  shortCode: sandboxPaybill,
});
