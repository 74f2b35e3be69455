/**
 * Authenticates a merchant by the header of its request: PASSWORD is base64 of the hexadecimal SHA-256 of MERCHANT_ID,
 * passkey and TIMESTAMP. TIMESTAMP is a text that enters the digest, and never read as a date.
 */
import { hash, timingSafeEqual } from "node:crypto";
import type { Environment } from "../../../core/markets.ts";
import type { Application } from "../../../developers/applications.ts";
import type { ProtocolDeps } from "../../protocol.ts";
import { getChildText, isNamed, type XmlElement } from "../xml/read-xml.ts";
import { findPaybill, lnmoPasskey, parseMerchantId } from "./merchant.ts";
import type { ReturnCode } from "./return-codes.ts";

/** A merchant that is known and may call. */
export interface Merchant {
  readonly application: Application;
  readonly credential: { readonly id: bigint; readonly hint: string };
  readonly paybill: string;
}

export interface RejectedMerchant {
  readonly code: ReturnCode;
  /** The sentence of the request log. */
  readonly reason: string;
  readonly application: Application | null;
}

export type MerchantDeps = Pick<ProtocolDeps, "applications" | "sealedCredentials">;

export interface MerchantRequest {
  readonly environment: Environment;
  /** The header of the envelope. */
  readonly header: XmlElement | undefined;
  readonly source: string;
}

/** In the order of the checks. */
export async function authenticateMerchant(
  deps: MerchantDeps,
  { environment, header, source }: MerchantRequest,
): Promise<Merchant | RejectedMerchant> {
  const own = header?.children.find((child) => isNamed(child, "CheckOutHeader"));
  const merchantId = getChildText(own, "MERCHANT_ID");
  if (merchantId === null) return reject("42", "The request has no CheckOutHeader with a MERCHANT_ID.");
  const named = parseMerchantId(merchantId);
  const application =
    named === null ? undefined : await deps.applications.findApplication(named.applicationId);
  if (named === null || application?.environment !== environment)
    return reject("36", `The ${environment} environment has no merchant with this id.`);
  const credential = await findCredential(deps, application, {
    merchantId,
    password: getChildText(own, "PASSWORD"),
    timestamp: getChildText(own, "TIMESTAMP") ?? "",
  });
  if (typeof credential === "string") return reject("42", credential);
  if (application.revoked) return reject("36", "The application is revoked.", application);
  if (!application.trustsSource(source))
    return reject("36", "The caller's address is not one of the application's trusted sources.", application);
  const paybill = findPaybill(application, named.shortcode);
  if (paybill === null)
    return reject(
      "09",
      named.shortcode === null
        ? "The application acts for several organisations. Add the paybill to MERCHANT_ID, after a hyphen."
        : `The application may not act for ${named.shortcode}.`,
      application,
    );
  return { application, credential, paybill };
}

const reject = (
  code: ReturnCode,
  reason: string,
  application: Application | null = null,
): RejectedMerchant => ({ code, reason, application });

interface OfferedPassword {
  readonly merchantId: string;
  readonly password: string | null;
  readonly timestamp: string;
}

/** The credential that a password was made with, or why there is none. */
async function findCredential(
  { sealedCredentials }: MerchantDeps,
  { id }: Application,
  { merchantId, password, timestamp }: OfferedPassword,
): Promise<Merchant["credential"] | string> {
  const digest = password === null ? null : decodePassword(password);
  if (digest === null) return "PASSWORD is not base64 of a hexadecimal SHA-256.";
  const passkeys = await sealedCredentials.read(id, lnmoPasskey);
  const match = passkeys.find(({ secret }) =>
    timingSafeEqual(digest, hash("sha256", merchantId + secret + timestamp, "buffer")),
  );
  return match === undefined
    ? "PASSWORD is not the digest of MERCHANT_ID, passkey and TIMESTAMP."
    : { id: match.id, hint: match.hint };
}

/** The SHA-256 of a password, whose digits are all in lower or all in upper case; null if it is none. */
function decodePassword(sent: string): Buffer | null {
  // Some libraries break the lines of base64.
  const password = sent.replaceAll(/\s/g, "");
  if (!/^[A-Za-z0-9+/]{86}==$/.test(password)) return null;
  const hex = Buffer.from(password, "base64").toString("latin1");
  return /^(?:[0-9a-f]{64}|[0-9A-F]{64})$/.test(hex) ? Buffer.from(hex, "hex") : null;
}
