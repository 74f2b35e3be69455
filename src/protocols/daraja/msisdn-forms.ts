/** How a C2B message names a customer: by all digits of their MSISDN, by some of them, or by its SHA-256. */
import { hash } from "node:crypto";

export type MsisdnForm = "plain" | "masked" | "hashed";

/** What a masked MSISDN looks like: `25470****149` or `2547 ***** 149`. */
export type MaskStyle = "short" | "spaced";

/** The versions of `registerurl`. Each writes MSISDNs in a form of its own, unless the organisation has chosen one. */
const formByVersion: Readonly<Record<string, MsisdnForm>> = { v1: "hashed", v2: "masked" };

/** The form of MSISDNs in an organisation's messages. `chosen` is its setting. */
export const getMsisdnForm = (chosen: MsisdnForm | null, version: string): MsisdnForm =>
  chosen ?? formByVersion[version] ?? "masked";

export function formatMsisdn(msisdn: string, form: MsisdnForm, maskStyle: MaskStyle = "short"): string {
  if (form === "plain") return msisdn;
  if (form === "hashed") return hash("sha256", msisdn, "hex");
  return maskStyle === "short"
    ? `${msisdn.slice(0, 5)}****${msisdn.slice(-3)}`
    : `${msisdn.slice(0, 4)} ***** ${msisdn.slice(-3)}`;
}
