/** The requests of Daraja's payments, as templates for the load generator. */
import { placeholders, type RequestTemplate } from "./request.ts";

/** Kenya's market. Numbers that begin with 2547000 select outcomes, so the customers' numbers begin with 25471. */
export const kenya = { name: "safaricomKEN", prefix: "254" } as const;

/** What requests need to know of the sandbox. */
export interface DarajaAccess {
  /** The address of the gateway. */
  readonly url: string;
  readonly token: string;
  readonly passkey: string;
  readonly initiator: { readonly name: string; readonly credential: string };
}

/** The part of `sandbox.json` with the facts for a client. */
export interface DarajaKeys {
  readonly url: string;
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly passkey: string;
  readonly certificate: string;
}

const msisdn = kenya.prefix + placeholders.msisdn;

function buildTemplate(
  { url, token }: DarajaAccess,
  path: string,
  body: Readonly<Record<string, string>>,
): RequestTemplate {
  return { url: `${url}${path}`, headers: { Authorization: `Bearer ${token}` }, body };
}

/** The time is not checked, but the password contains it. */
const timestamp = "20260101120000";

/** The password is the base64 of the shortcode, the passkey and the time. */
export const buildStkPush = (access: DarajaAccess, callbackUrl: string): RequestTemplate =>
  buildTemplate(access, "/mpesa/stkpush/v1/processrequest", {
    BusinessShortCode: placeholders.shortcode,
    Password:
      placeholders.encodedShortcode + Buffer.from(access.passkey + timestamp, "latin1").toString("base64"),
    Timestamp: timestamp,
    TransactionType: "CustomerPayBillOnline",
    Amount: placeholders.amount,
    PartyA: msisdn,
    PartyB: placeholders.shortcode,
    PhoneNumber: msisdn,
    CallBackURL: callbackUrl,
    AccountReference: placeholders.transaction,
    TransactionDesc: "Shoes",
  });

/** The confirmation goes to the URL that the organisation has registered. */
export const buildC2bPayment = (access: DarajaAccess): RequestTemplate =>
  buildTemplate(access, "/mpesa/c2b/v2/simulate", {
    ShortCode: placeholders.shortcode,
    CommandID: "CustomerPayBillOnline",
    Amount: placeholders.amount,
    Msisdn: msisdn,
    BillRefNumber: placeholders.transaction,
  });

export const buildB2cPayment = (access: DarajaAccess, resultUrl: string): RequestTemplate =>
  buildTemplate(access, "/mpesa/b2c/v3/paymentrequest", {
    OriginatorConversationID: placeholders.reference,
    InitiatorName: access.initiator.name,
    SecurityCredential: access.initiator.credential,
    CommandID: "BusinessPayment",
    Amount: placeholders.amount,
    PartyA: placeholders.shortcode,
    PartyB: msisdn,
    Remarks: "Salary",
    QueueTimeOutURL: resultUrl,
    ResultURL: resultUrl,
    Occassion: placeholders.transaction,
  });

/**
 * Finds the id of a payment in the callback of a success: of an STK push, of a payout, or in a confirmation. Other callbacks
 * have none.
 */
export const callbackIdPattern = [
  '"CheckoutRequestID":"(\\w+)","ResultCode":0,',
  '"ResultCode":0,.*"ConversationID":"(\\w+)"',
  '^\\{"TransactionType":.*"TransID":"(\\w+)"',
].join("|");
