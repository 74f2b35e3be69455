/**
 * Merchants: what the LNMO checkout calls applications, with the paybill that they collect for.
 *
 * M-Pesa's MERCHANT_ID is the paybill. Here several applications may act for one, so it is the id of the service provider.
 * An application that acts for several paybills writes which one: `100001-600996`.
 */
import type { Application } from "../../../developers/applications.ts";
import type { CredentialType } from "../../../developers/credentials.ts";
import { protocolName } from "../names.ts";
import { formatSpId, parseSpId } from "../service-provider.ts";
import { lnmoPasskeyKind } from "./names.ts";

export const lnmoPasskey: CredentialType = {
  protocol: protocolName,
  kind: lnmoPasskeyKind,
  isSealed: true,
  length: 64,
};

/** The paybill of the sandbox's merchants that act for every organisation, and name none. */
export const sandboxPaybill = "600996";

export interface MerchantId {
  readonly applicationId: bigint;
  /** Null if it is not named. */
  readonly shortcode: string | null;
}

/** Null if no merchant can have this id. */
export function parseMerchantId(merchantId: string): MerchantId | null {
  const [, spId = "", shortcode = null] = /^(\d{6,18})(?:-([0-9A-Za-z]{4,12}))?$/.exec(merchantId) ?? [];
  const applicationId = parseSpId(spId);
  return applicationId === null ? null : { applicationId, shortcode };
}

export const formatMerchantId = (applicationId: bigint): string => formatSpId(applicationId);

/** The paybill that a merchant collects for, or null if its id does not say which one. */
export function findPaybill(
  { shortcodes, environment }: Pick<Application, "shortcodes" | "environment">,
  named: string | null,
): string | null {
  if (named !== null) return shortcodes === null || shortcodes.has(named) ? named : null;
  if (shortcodes === null) return environment === "sandbox" ? sandboxPaybill : null;
  const [only, second] = [...shortcodes];
  return only === undefined || second !== undefined ? null : only;
}
