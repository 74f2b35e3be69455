/**
 * Authenticates a merchant by the header of its request: PASSWORD is base64 of the hexadecimal SHA-256 of MERCHANT_ID,
 * passkey and TIMESTAMP. TIMESTAMP is a text that enters the digest, and never read as a date.
 */
import { hash, timingSafeEqual } from "node:crypto";
import type { Environment } from "../../../core/markets.ts";
import type { Application } from "../../../developers/applications.ts";
import type { SealedCredential } from "../../../developers/sealed-credentials.ts";
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
  /** The passkey that is no longer in use, if the caller presented one. */
  readonly credential: Merchant["credential"] | null;
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
  const { problem, credential } = await checkPassword(deps, application, {
    merchantId,
    password: getChildText(own, "PASSWORD"),
    timestamp: getChildText(own, "TIMESTAMP") ?? "",
  });
  if (application.revoked && credential !== null)
    return reject("36", "The application is revoked.", application, credential);
  if (problem !== null) return reject("42", problem, application, credential);
  if (!application.trustsSource(source))
    return reject(
      "36",
      "The caller's address is not one of the application's trusted sources.",
      application,
      credential,
    );
  const paybill = findPaybill(application, named.shortcode);
  if (paybill === null)
    return reject(
      "09",
      named.shortcode === null
        ? "The application acts for several organisations. Add the paybill to MERCHANT_ID, after a hyphen."
        : `The application may not act for ${named.shortcode}.`,
      application,
      credential,
    );
  return { application, credential, paybill };
}

const reject = (
  code: ReturnCode,
  reason: string,
  application: Application | null = null,
  credential: RejectedMerchant["credential"] = null,
): RejectedMerchant => ({ code, reason, application, credential });

interface OfferedPassword {
  readonly merchantId: string;
  readonly password: string | null;
  readonly timestamp: string;
}

type PasswordVerdict =
  | { readonly problem: string; readonly credential: Merchant["credential"] | null }
  | { readonly problem: null; readonly credential: Merchant["credential"] };

/** The credential that a password was made with, and what is wrong with it. */
async function checkPassword(
  { sealedCredentials }: MerchantDeps,
  { id }: Application,
  { merchantId, password, timestamp }: OfferedPassword,
): Promise<PasswordVerdict> {
  const digest = password === null ? null : decodePassword(password);
  if (digest === null)
    return { problem: "PASSWORD is not base64 of a hexadecimal SHA-256.", credential: null };
  const findMatch = (passkeys: readonly SealedCredential[]): Merchant["credential"] | null => {
    const match = passkeys.find(({ secret }) =>
      timingSafeEqual(digest, hash("sha256", merchantId + secret + timestamp, "buffer")),
    );
    return match === undefined ? null : { id: match.id, hint: match.hint };
  };
  const credential = findMatch(await sealedCredentials.read(id, lnmoPasskey));
  if (credential !== null) return { problem: null, credential };
  const ended = findMatch(await sealedCredentials.readEnded(id, lnmoPasskey));
  return ended === null
    ? { problem: "PASSWORD is not the digest of MERCHANT_ID, passkey and TIMESTAMP.", credential: null }
    : { problem: "PASSWORD is the digest of a passkey that is no longer valid.", credential: ended };
}

/** The SHA-256 of a password, whose digits are all in lower or all in upper case; null if it is none. */
function decodePassword(sent: string): Buffer | null {
  // Some libraries break the lines of base64.
  const password = sent.replaceAll(/\s/g, "");
  if (!/^[A-Za-z0-9+/]{86}==$/.test(password)) return null;
  const hex = Buffer.from(password, "base64").toString("latin1");
  return /^(?:[0-9a-f]{64}|[0-9A-F]{64})$/.test(hex) ? Buffer.from(hex, "hex") : null;
}
