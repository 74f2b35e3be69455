/** The requests of a payout through the SOAP Broker and of an LNMO checkout, as templates for the load generator. */
import {
  buildCommandRequest,
  formatTimeStamp,
  type SoapClientKeys,
} from "../src/protocols/soap/build-request.ts";
import {
  buildExampleCheckout,
  buildLnmoRequest,
  type LnmoClientKeys,
} from "../src/protocols/soap/lnmo/build-request.ts";
import { confirmTransaction } from "../src/protocols/soap/lnmo/confirm-transaction.ts";
import type { LnmoFields } from "../src/protocols/soap/lnmo/messages.ts";
import { lnmoPath } from "../src/protocols/soap/lnmo/names.ts";
import type { LnmoOperation } from "../src/protocols/soap/lnmo/operation.ts";
import { processCheckOut } from "../src/protocols/soap/lnmo/process-check-out.ts";
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
  return {
    url: `${url}/mminterface/request`,
    headers: { SOAPAction: '""' },
    body: insertPlaceholders(buildCommandRequest(keys, details, at)),
  };
}

const insertPlaceholders = (text: string): string =>
  text.replaceAll(
    />(REFERENCE|AMOUNT|SHORTCODE|MSISDN)</g,
    (_match, token: keyof typeof tokens) => `>${tokens[token]}<`,
  );

/** What a checkout needs to know of the sandbox. */
export interface LnmoAccess {
  /** The address of the gateway. */
  readonly url: string;
  readonly keys: LnmoClientKeys;
}

/** A checkout and its confirmation. The digest of the header contains the paybill, so it has a constant one. */
export function buildLnmoCheckout(
  { url, keys }: LnmoAccess,
  paybill: string,
  callbackUrl: string,
): { readonly request: RequestTemplate; readonly confirmation: RequestTemplate } {
  const ownKeys = { ...keys, merchantId: `${keys.merchantId}-${paybill}` };
  const build = (operation: LnmoOperation, fields: LnmoFields): RequestTemplate => ({
    url: url + lnmoPath,
    headers: { SOAPAction: '""' },
    body: insertPlaceholders(buildLnmoRequest(ownKeys, operation, fields, formatTimeStamp(at))),
  });
  return {
    request: build(
      processCheckOut,
      buildExampleCheckout({
        MERCHANT_TRANSACTION_ID: "REFERENCE",
        AMOUNT: "AMOUNT",
        MSISDN: "MSISDN",
        CALL_BACK_URL: callbackUrl,
      }),
    ),
    confirmation: build(confirmTransaction, { MERCHANT_TRANSACTION_ID: "REFERENCE" }),
  };
}

/** Finds the id of a checkout in the result of a success. */
export const lnmoCallbackIdPattern = "<TRX_STATUS>Success</TRX_STATUS>.*<TRX_ID>(\\w+)</TRX_ID>";

/** Finds the id of a payment in the result of a success. */
export const soapCallbackIdPattern = "<ResultCode>0</ResultCode>.*<ConversationID>(\\w+)</ConversationID>";
