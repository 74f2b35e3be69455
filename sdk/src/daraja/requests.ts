/** Requests of the calls. Each field's comment names its wire field. */

export type Environment = "sandbox" | "live";

/**
 * An exact amount of whole shillings: decimal digits (`"10"`, `"10.00"`), or a bigint of cents (`1000n`). JavaScript
 * numbers are refused, as in the other clients.
 */
export type Amount = string | bigint;

/** Optional in every request: your organisation's shortcode, if it is not the client's. */
export interface OrganisationRequest {
  /** Your organisation's shortcode; default: the client's. */
  readonly shortcode?: string | undefined;
}

/** Where the result of a call goes. */
export interface ResultRequest extends OrganisationRequest {
  /** The URL for the result; default: the client's. ResultURL */
  readonly resultUrl?: string | undefined;
  /** The URL for the notice that the call was not executed in time; default: the client's. QueueTimeOutURL */
  readonly timeoutUrl?: string | undefined;
  /** A text for your own records, 2 to 100 characters; default `-` twice. Remarks */
  readonly remarks?: string | undefined;
  /** Another text, for your own records. Occasion, in some calls Occassion */
  readonly occasion?: string | undefined;
}

/** M-Pesa Express (STK push): a customer gets a prompt, and pays your paybill or till. */
export interface CollectRequest extends OrganisationRequest {
  /** The amount that the customer pays. Amount */
  readonly amount: Amount;
  /** The customer's number, international or national, with or without spaces. PhoneNumber, PartyA */
  readonly msisdn: string;
  /** The account that the customer pays to: 1 to 12 characters. AccountReference */
  readonly accountReference: string;
  /** The purpose of the payment: 1 to 13 characters; default: `accountReference`. TransactionDesc */
  readonly description?: string | undefined;
  /** The till that gets the money. Then `shortcode` is its head office or store. PartyB, TransactionType */
  readonly till?: string | undefined;
  /** The URL for the result; default: the client's. CallBackURL */
  readonly callbackUrl?: string | undefined;
}

/** The state of a `collect`. */
export interface QueryCollectionRequest extends OrganisationRequest {
  /** From the result of `collect`. CheckoutRequestID */
  readonly checkoutRequestId: string;
}

/** The URLs for payments that customers start themselves, and for those of `collect`. */
export interface RegisterUrlsRequest extends OrganisationRequest {
  /** Gets each payment. ConfirmationURL */
  readonly confirmationUrl: string;
  /** Is asked before each payment, if M-Pesa has enabled external validation. ValidationURL */
  readonly validationUrl?: string | undefined;
  /** What happens to a payment if `validationUrl` does not answer; default `complete`. ResponseType */
  readonly ifUnanswered?: "complete" | "cancel" | undefined;
}

/** The sandbox alone: a customer starts a payment. */
export interface SimulateRequest extends OrganisationRequest {
  /** The amount that the customer pays. Amount */
  readonly amount: Amount;
  /** The customer's number. Msisdn */
  readonly msisdn: string;
  /** The account that the customer pays to; a till has none. BillRefNumber */
  readonly accountReference?: string | undefined;
  /** Whether `shortcode` is a paybill or a till; default `paybill`. CommandID */
  readonly receiverKind?: "paybill" | "till" | undefined;
}

/** B2C: you pay a customer. */
export interface PayOutRequest extends ResultRequest {
  /** The amount that the customer receives. Amount */
  readonly amount: Amount;
  /** The customer's number, international or national, with or without spaces. PartyB */
  readonly msisdn: string;
  /** The kind of payment; default `BusinessPayment`. CommandID */
  readonly command?: "SalaryPayment" | "BusinessPayment" | "PromotionPayment" | undefined;
  /**
   * Your own ID of this request, which pays once: store it with the order before you send it, and reuse it when you
   * send the same request again. The default is a new one. `v1` of the call has none. OriginatorConversationID
   */
  readonly reference?: string | undefined;
}

/** B2Pochi: you pay a customer's Pochi la Biashara wallet. */
export type PayPochiRequest = Omit<PayOutRequest, "command">;

/** What `transfer` can do. The portal describes each. */
export type TransferCommand = keyof typeof import("./calls.ts").transferCommands;

/** B2B: you pay another organisation, or move money between your own accounts. */
export interface TransferRequest extends ResultRequest {
  /** What to do, such as `BusinessPayBill`. CommandID */
  readonly command: TransferCommand;
  /** The amount that the receiver gets. Amount */
  readonly amount: Amount;
  /** The receiver's shortcode. PartyB */
  readonly receiver: string;
  /** Whether the receiver is a paybill or a till; default `paybill`. RecieverIdentifierType */
  readonly receiverKind?: "paybill" | "till" | undefined;
  /** The account at the receiver: 1 to 13 characters. AccountReference */
  readonly accountReference?: string | undefined;
  /** The customer for whom you pay. Requester */
  readonly requester?: string | undefined;
}

/** You pay tax to the Kenya Revenue Authority. */
export interface PayTaxRequest extends ResultRequest {
  /** The amount. Amount */
  readonly amount: Amount;
  /** The payment registration number that the authority issued. AccountReference */
  readonly registrationNumber: string;
}

/** B2B express checkout: a merchant gets a prompt, and pays you from their till. */
export interface CollectFromTillRequest {
  /** The amount that the merchant pays. amount */
  readonly amount: Amount;
  /** The till that pays. primaryShortCode */
  readonly till: string;
  /** Your paybill; default: the client's shortcode. receiverShortCode */
  readonly shortcode?: string | undefined;
  /** What the merchant pays for. paymentRef */
  readonly paymentReference: string;
  /** Your name, as the merchant sees it. partnerName */
  readonly partnerName: string;
  /** Your own ID of this request; default: a new one. RequestRefID */
  readonly reference?: string | undefined;
  /** The URL for the result; default: the client's. callbackUrl */
  readonly callbackUrl?: string | undefined;
}

/** Reverses a customer's payment to you. */
export interface ReverseRequest extends ResultRequest {
  /** The payment's receipt. TransactionID */
  readonly transactionId: string;
  /** The amount to reverse; default: the whole. Empty and undefined are refused. Amount */
  readonly amount?: Amount;
}

/** Queries the balances of your organisation. */
export interface QueryBalanceRequest extends ResultRequest {
  /** Whether `shortcode` is a paybill or a till; default `paybill`. IdentifierType */
  readonly shortcodeKind?: "paybill" | "till" | undefined;
}

/** Queries a payment's status by its receipt, or by your own ID of the request. */
export interface QueryTransactionRequest extends ResultRequest {
  /** The payment's receipt. TransactionID */
  readonly transactionId?: string | undefined;
  /** The reference of `payOut`, or the OriginatorConversationID of another result. OriginalConversationID */
  readonly originatorConversationId?: string | undefined;
  /** Whether `shortcode` is a paybill or a till; default `paybill`. IdentifierType */
  readonly shortcodeKind?: "paybill" | "till" | undefined;
}

/** A QR code that a customer scans to pay you. */
export interface CreateQrCodeRequest extends OrganisationRequest {
  /** Your name, as the customer sees it. MerchantName */
  readonly merchantName: string;
  /** The amount that the customer pays. Amount */
  readonly amount: Amount;
  /** What the receiver is; default `paybill`. TrxCode */
  readonly receiverKind?: "paybill" | "till" | "agent" | "customer" | "business" | undefined;
  /** The receiver, if it is not your shortcode: an agent, a customer's number, a business. CPI */
  readonly receiver?: string | undefined;
  /** The account that the customer pays to. RefNo */
  readonly accountReference?: string | undefined;
  /** The image's width and height in pixels, 1 to 1000; default 300. Size */
  readonly size?: number | undefined;
}

/** Ratiba: a customer agrees to pay you regularly. */
export interface CreateRatibaOrderRequest extends OrganisationRequest {
  /** A name that the customer has for no other standing order. StandingOrderName */
  readonly name: string;
  /** The amount of each payment. Amount */
  readonly amount: Amount;
  /** The customer's number. PartyA */
  readonly msisdn: string;
  /** The account that the customer pays to: 1 to 12 characters. AccountReference */
  readonly accountReference: string;
  /** The purpose: 1 to 13 characters; default: `accountReference`. TransactionDesc */
  readonly description?: string | undefined;
  /** How often the customer pays. Frequency */
  readonly frequency:
    "once" | "daily" | "weekly" | "monthly" | "bi-monthly" | "quarterly" | "half-yearly" | "yearly";
  /** The first day, `2027-01-01`. StartDate */
  readonly startDate: string;
  /** The last day, `2027-12-31`. EndDate */
  readonly endDate: string;
  /** Whether `shortcode` is a paybill or a till; default `paybill`. TransactionType, ReceiverPartyIdentifierType */
  readonly receiverKind?: "paybill" | "till" | undefined;
  /** The URL for the customer's answer; default: the client's. CallBackURL */
  readonly callbackUrl?: string | undefined;
}

/** Registers your organisation for `pullTransactions`. */
export interface RegisterPullRequest extends OrganisationRequest {
  /** The organisation's number at Safaricom. NominatedNumber */
  readonly nominatedNumber: string;
  /** Default: the client's. CallBackURL */
  readonly callbackUrl?: string | undefined;
}

/** Lists payments to your organisation. M-Pesa keeps them for 48 hours. */
export interface PullTransactionsRequest extends OrganisationRequest {
  /** StartDate */
  readonly from: Date;
  /** EndDate */
  readonly until: Date;
  /** How many payments to skip; default 0. OffSetValue */
  readonly offset?: number | undefined;
}

/** Queries a customer's name, for example before you pay out to them (Hakikisha). */
export interface QueryCustomerRequest extends OrganisationRequest {
  /** The customer's number. body.msisdn */
  readonly msisdn: string;
}

/** Queries the name of an organisation. */
export interface QueryOrganisationRequest {
  /** The organisation's shortcode. Identifier */
  readonly organisation: string;
  /** What it is; default `paybill`. IdentifierType */
  readonly organisationKind?: "paybill" | "till" | undefined;
}

/** Bill Manager: registers your organisation as a biller. */
export interface BillerRequest extends OrganisationRequest {
  readonly email: string;
  /** A number for your customers' questions. officialContact */
  readonly officialContact: string;
  /** Whether customers are reminded. sendReminders */
  readonly sendReminders: boolean;
  /** An image for the invoices. logo */
  readonly logo?: string | undefined;
  /** Gets each payment of an invoice; default: the client's. callbackurl */
  readonly callbackUrl?: string | undefined;
}

/** Bill Manager: an invoice to a customer. The wire's fields have the same names. */
export interface InvoiceRequest {
  /** Your own ID of the invoice. */
  readonly externalReference: string;
  readonly billedFullName: string;
  /** The customer's number. */
  readonly billedPhoneNumber: string;
  /** Such as `August 2027`. */
  readonly billedPeriod: string;
  readonly invoiceName: string;
  /** The last day, `2027-01-31`. */
  readonly dueDate: string;
  /** The account that the customer pays to. */
  readonly accountReference: string;
  readonly amount: Amount;
  readonly invoiceItems?: readonly InvoiceItem[] | undefined;
}

export interface InvoiceItem {
  readonly itemName: string;
  readonly amount: Amount;
}

/** Bill Manager: informs the customer that a payment arrived. */
export interface ReconcileInvoiceRequest {
  /** The day, `2027-01-31`. paymentDate */
  readonly paymentDate: string;
  readonly paidAmount: Amount;
  readonly accountReference: string;
  /** The payment's receipt. */
  readonly transactionId: string;
  /** The customer's number. */
  readonly phoneNumber: string;
  readonly fullName: string;
  readonly invoiceName: string;
  readonly externalReference: string;
}

export interface CancelInvoiceRequest {
  /** Your own ID of the invoice. */
  readonly externalReference: string;
}

export interface WaitForOutcomeOptions {
  /** How long to poll, in milliseconds; default two minutes, which is longer than a prompt stays on a phone. */
  readonly timeoutMs?: number | undefined;
  /** Stops polling: `waitForOutcome` then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Your organisation's shortcode, if `collect` had another than the client's. */
  readonly shortcode?: string | undefined;
}
