/** The initiator of a call: an API operator of an organisation, with its password and roles. */
import type { Environment } from "../../core/markets.ts";
import type { Rail } from "../../core/rails.ts";
import { minOperatorPasswordLength, type ApiOperatorRole } from "../../organisations/api-operators.ts";
import type {
  OperatorVerification,
  OrganisationDirectory,
} from "../../organisations/organisation-directory.ts";
import { describeUnlock } from "../../organisations/unlock-operator.ts";
import type { RecordedRefusal } from "../../payments/refusals.ts";
import type { CredentialDecryptor, DecryptedCredential } from "./security-credential.ts";

export interface InitiatorDeps {
  readonly credentials: CredentialDecryptor;
  organisations(rail: Rail): OrganisationDirectory;
  /** Whether any well-formed credential of a known operator is accepted in the sandbox. */
  readonly acceptForeignCredentials: boolean;
  /** The refusal of a name that no operator of the organisation has. */
  readonly unknownInitiator: "initiator_credential_invalid" | "initiator_unknown";
}

/** What an API operator must be allowed to do. */
export type InitiatorRole = ApiOperatorRole;

export interface InitiatorClaim {
  /** The organisation that the initiator says it belongs to. */
  readonly shortcode: string;
  readonly username: string;
  /** The SecurityCredential, well-formed. */
  readonly credential: string;
  readonly role: InitiatorRole;
}

/** A refusal, with a sentence for the request log; both null if the initiator may make the call. */
export interface InitiatorVerdict {
  readonly refusal: RecordedRefusal | null;
  readonly reason: string | null;
}

const accepted: InitiatorVerdict = { refusal: null, reason: null };

const foreignCertificate =
  "The SecurityCredential was made with another certificate, or is damaged: encrypt the password with the certificate of /daraja/certificate.cer.";

/** Whether a text may be a password. Random bytes, which another key yields, are hardly ever so much text. */
const isLongEnough = (passwords: DecryptedCredential): boolean =>
  passwords?.some(({ length }) => length >= minOperatorPasswordLength) === true;

/** Which certificate a credential was made with, as far as its bytes show. */
function describeCertificate(
  credentials: CredentialDecryptor,
  environment: Environment,
  credential: string,
): string {
  const other = environment === "sandbox" ? "live" : "sandbox";
  return isLongEnough(credentials.decrypt(other, credential))
    ? `The SecurityCredential was made with the certificate of ${other}: this request is for the ${environment} environment.`
    : foreignCertificate;
}

/**
 * Checks the credential first, and then the role. A wrong password counts towards the lock of the operator, so an
 * application can offer one only for the operators of organisations that it may act for.
 */
export async function checkInitiator(
  deps: InitiatorDeps,
  rail: Rail,
  claim: InitiatorClaim,
  mayActFor: (shortcode: string) => boolean,
): Promise<InitiatorVerdict> {
  const { shortcode, username, credential, role } = claim;
  const { environment } = rail;
  const isUnchecked = deps.acceptForeignCredentials && environment === "sandbox";
  const passwords = isUnchecked ? null : deps.credentials.decrypt(environment, credential);
  if (passwords === null && !isUnchecked)
    return {
      refusal: "initiator_credential_invalid",
      reason: describeCertificate(deps.credentials, environment, credential),
    };
  if (!mayActFor(shortcode))
    return {
      refusal: "initiator_not_permitted",
      reason: `The application may not act for the organisation ${shortcode}.`,
    };
  const verification = await deps.organisations(rail).verifyOperator(shortcode, username, passwords);
  if (verification.outcome === "wrong" && !isLongEnough(passwords))
    return {
      refusal: "initiator_credential_invalid",
      reason: describeCertificate(deps.credentials, environment, credential),
    };
  if (verification.outcome !== "ok")
    return toRefusal(verification, { ...claim, rail }, mayActFor, deps.unknownInitiator);
  if (verification.roles.includes(role)) return accepted;
  return {
    refusal: "initiator_role_missing",
    reason: `The operator ${username} of ${shortcode} does not have the role ${role}.`,
  };
}

function toRefusal(
  verification: Exclude<OperatorVerification, { readonly outcome: "ok" }>,
  { rail, shortcode, username }: InitiatorClaim & { readonly rail: Rail },
  mayActFor: (shortcode: string) => boolean,
  unknownInitiator: InitiatorDeps["unknownInitiator"],
): InitiatorVerdict {
  switch (verification.outcome) {
    case "unknown":
      return [...verification.elsewhere].some(mayActFor)
        ? {
            refusal: "initiator_not_permitted",
            reason: `The operator ${username} belongs to another organisation than ${shortcode}.`,
          }
        : {
            refusal: unknownInitiator,
            reason: `The organisation ${shortcode} has no operator ${username}.`,
          };
    case "wrong":
      return {
        refusal: "initiator_credential_invalid",
        reason: `The SecurityCredential has a wrong password for the operator ${username} of ${shortcode}.`,
      };
    case "locked":
      return {
        refusal: "initiator_locked",
        reason: `The operator ${username} of ${shortcode} is locked after wrong passwords. ${describeUnlock({ rail, shortcode, username })}`,
      };
    case "expired":
      return {
        refusal: "initiator_credential_invalid",
        reason: `The password of the operator ${username} of ${shortcode} is too old: renew it.`,
      };
    case "suspended":
    default:
      return {
        refusal: "initiator_suspended",
        reason: `The operator ${username} of ${shortcode} is suspended.`,
      };
  }
}
