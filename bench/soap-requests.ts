/** The request of a payout through the SOAP Broker, as a template for the load generator. */
import { buildCommandRequest, type SoapClientKeys } from "../src/protocols/soap/build-request.ts";
import { kenya } from "./daraja-requests.ts";
import { placeholders, type RequestTemplate } from "./request.ts";

/** What the request needs to know of the sandbox. */
export interface SoapAccess {
  /** The address of the gateway. */
  readonly url: string;
  readonly keys: SoapClientKeys;
}

/** Texts that stand for the variable fields while the document is written, because a placeholder would be escaped. */
const tokens = {
  REFERENCE: placeholders.reference,
  AMOUNT: placeholders.amount,
  SHORTCODE: placeholders.shortcode,
  MSISDN: kenya.prefix + placeholders.msisdn,
} as const;

/** The digest contains the time, which is not checked. */
const at = new Date(Date.UTC(2026, 0, 1));

/** Pays a customer, as Daraja's B2C does. */
export function buildSoapPayment({ url, keys }: SoapAccess, resultUrl: string): RequestTemplate {
  const details = {
    command: "BusinessPayment",
    originatorConversationId: "REFERENCE",
    parameters: [["Amount", "AMOUNT"]],
    resultUrl,
    initiatorShortCode: "SHORTCODE",
    primaryParty: { identifierType: "4", identifier: "SHORTCODE" },
    receiverParty: { identifierType: "1", identifier: "MSISDN" },
  } as const;
  const text = buildCommandRequest(keys, details, at).replaceAll(
    />(REFERENCE|AMOUNT|SHORTCODE|MSISDN)</g,
    (_match, token: keyof typeof tokens) => `>${tokens[token]}<`,
  );
  return { url: `${url}/mminterface/request`, headers: { SOAPAction: '""' }, body: text };
}

/** Finds the id of a payment in the result of a success. */
export const soapCallbackIdPattern = "<ResultCode>0</ResultCode>.*<ConversationID>(\\w+)</ConversationID>";
