/** The parties of a command: who initiates it, who asks or pays, and who receives. */
import type { SoapOperation } from "./operation.ts";
import type { PartyClaim, RequestDocument } from "./request-document.ts";
import type { SoapResultCode } from "./result-codes.ts";

export interface CheckedParties {
  readonly initiator: { readonly shortcode: string; readonly username: string; readonly credential: string };
  readonly payer: string;
  /** Empty if the command has none. */
  readonly receiver: string;
}

export interface PartyProblem {
  readonly code: SoapResultCode;
  /** A sentence for the request log. */
  readonly reason: string;
}

/** 11 is an operator of an organisation by name, 12 by code, 14 an operator of a service provider. */
const initiatorTypes: ReadonlySet<string> = new Set(["11", "12", "14"]);
/** 4 is the shortcode of an organisation, 2 a till, 3 the shortcode of a service provider. */
const organisationTypes: ReadonlySet<string> = new Set(["2", "3", "4"]);
const customerType = "1";

export function checkParties(
  operation: SoapOperation,
  document: RequestDocument,
): CheckedParties | PartyProblem {
  const { initiator, primaryParty, receiverParty } = document;
  if (initiator?.identifier == null) return problem("31", "The request has no Initiator with an Identifier.");
  if (!initiatorTypes.has(initiator.identifierType ?? "11"))
    return problem("32", "The IdentifierType of the Initiator is not 11.");
  const payer =
    getShortcode(primaryParty) ?? (operation.primaryParty === "optional" ? initiator.shortCode : null);
  if (payer === null)
    return operation.primaryParty === "optional"
      ? problem("31", "The Initiator has no ShortCode, and there is no PrimaryParty.")
      : problem("33", "The request has no PrimaryParty with an Identifier.");
  if (primaryParty !== null && !organisationTypes.has(primaryParty.identifierType ?? "4"))
    return problem("34", "The IdentifierType of the PrimaryParty is not 4.");
  if (!isShortcode(payer)) return problem("34", "The Identifier of the PrimaryParty is no shortcode.");
  const receiver = checkReceiver(operation, receiverParty);
  if (typeof receiver !== "string") return receiver;
  return {
    // The operators of a service provider have no shortcode of their own.
    initiator: {
      shortcode: initiator.shortCode ?? payer,
      username: initiator.identifier,
      // Some programs write a colon before it.
      credential: (initiator.securityCredential ?? "").replace(/^:/, ""),
    },
    payer,
    receiver,
  };
}

const problem = (code: SoapResultCode, reason: string): PartyProblem => ({ code, reason });

/** The ShortCode of a party is often empty or wrong; its Identifier counts. */
const getShortcode = (party: PartyClaim | null): string | null =>
  party?.identifier ?? party?.shortCode ?? null;

function checkReceiver(
  { receiverParty: rule }: SoapOperation,
  receiverParty: PartyClaim | null,
): string | PartyProblem {
  if (rule === "none") return "";
  const { identifier, identifierType } = receiverParty ?? { identifier: null, identifierType: null };
  if (identifier === null) return problem("35", "The request has no ReceiverParty with an Identifier.");
  if (rule === "customer") {
    if ((identifierType ?? customerType) !== customerType)
      return problem("36", "The IdentifierType of the ReceiverParty is not 1.");
    const msisdn = normaliseMsisdn(identifier);
    return /^\d{9,15}$/.test(msisdn)
      ? msisdn
      : problem("36", "The Identifier of the ReceiverParty is no number of a customer.");
  }
  if (!organisationTypes.has(identifierType ?? "4"))
    return problem("36", "The IdentifierType of the ReceiverParty is neither 4 nor 2.");
  return isShortcode(identifier)
    ? identifier
    : problem("36", "The Identifier of the ReceiverParty is no shortcode.");
}

const isShortcode = (identifier: string): boolean => /^\d{4,10}$/.test(identifier);

/** `0722000001` and `+254722000001` are the customer 254722000001. What is no number finds no customer. */
export function normaliseMsisdn(identifier: string): string {
  const digits = identifier.replace(/^\+/, "");
  return /^0\d{9}$/.test(digits) ? `254${digits.slice(1)}` : digits;
}
