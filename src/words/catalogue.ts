/**
 * The types of the message catalogue: one interface for each area of the texts that people read.
 *
 * A text with parameters is a function. The caller formats amounts, dates, times and MSISDNs, and passes them as text;
 * counts are numbers, because languages have different plurals. A dictionary that lacks a text does not compile.
 *
 * Texts are plain unless a comment says "inline markup": then `` `code` ``, `**number**` and `[text](/path)` are allowed
 * (`web/inline-markup.ts`).
 */

/** All texts of one language. Code refers to a text by its area, such as `sms.paid`; a test relies on that. */
export interface Words {
  /** The language tag, for the `lang` attribute. */
  readonly language: string;
  readonly sms: SmsWords;
  readonly prompts: PromptWords;
  readonly frequencies: FrequencyWords;
  readonly ussd: UssdWords;
  readonly handsetPage: HandsetPageWords;
  readonly behaviours: BehaviourWords;
  readonly handsetList: HandsetListWords;
  readonly registerForm: RegisterFormWords;
  readonly notices: NoticeWords;
  readonly handsetScripts: HandsetScriptWords;
  readonly entrance: EntranceWords;
  readonly workspaceDocument: WorkspaceDocumentWords;
  readonly mails: MailWords;
  readonly mailbox: MailboxWords;
}

/** The areas in which a market may have a wording of its own. */
export type MarketWords = Pick<Words, "sms" | "prompts" | "ussd">;

/**
 * SMS about payments and mandates. `organisation` and `customer` are a name with its number, `organisationName` is
 * without it. `reference` is the caller's id of the payment if there is no account, and `account` is empty then.
 */
export interface SmsWords {
  /**
   * `sentence` is one of the others. `time` has the date; `date` (6/11/25) and `timeOfDay` (11:02 PM) are its parts in
   * another form. `balance` is null if the recipient is an organisation.
   */
  readonly message: (parts: {
    transactionId: string;
    sentence: string;
    time: string;
    date: string;
    timeOfDay: string;
    balance: string | null;
  }) => string;
  /** In place of the TransactionID of a reversed payment, if that is unknown. */
  readonly unknownPayment: string;

  readonly paid: (parts: SmsParts) => string;
  /** A payment that its customer started, and that the organisation did not accept. */
  readonly notPaid: (parts: SmsParts) => string;
  /** A debit of a standing order that was tried in vain, and is not tried again. */
  readonly orderSkipped: (parts: SmsParts) => string;
  readonly received: (parts: SmsParts) => string;
  /** A payment that is a prize or the like. */
  readonly promotion: (parts: SmsParts) => string;
  /** About an invoice. Each is the whole message: there is no payment yet. */
  readonly invoice: (parts: InvoiceParts) => string;
  readonly invoiceReminder: (parts: InvoiceParts) => string;
  readonly debited: (parts: SmsParts) => string;
  readonly returnedToCustomer: (parts: SmsParts) => string;
  readonly takenFromCustomer: (parts: SmsParts) => string;
  readonly mandateCreated: (parts: SmsParts & { frequency: string }) => string;
  readonly mandateEnded: (parts: SmsParts) => string;

  /** To an organisation. */
  readonly paymentReceived: (parts: SmsParts) => string;
  readonly debitReceived: (parts: SmsParts) => string;
  readonly transferReceived: (parts: SmsParts) => string;
  readonly returnedToOrganisation: (parts: SmsParts) => string;
  readonly takenFromOrganisation: (parts: SmsParts) => string;
}

/** What an SMS about an invoice can say. */
export interface InvoiceParts {
  readonly amount: string;
  readonly organisationName: string;
  readonly shortcode: string;
  readonly account: string;
  /** What the invoice is for. */
  readonly name: string;
  /** Such as `21/11/2026`. */
  readonly lastDay: string;
}

/** What an SMS can say; each kind uses some of it. */
export interface SmsParts {
  readonly amount: string;
  readonly organisation: string;
  readonly organisationName: string;
  readonly customer: string;
  readonly reference: string;
  readonly account: string;
  readonly mandate: string;
  /** What a standing order takes each time; null if the message is about none. */
  readonly orderAmount: string | null;
  /** The payment that this one reverses. */
  readonly original: string;
}

/** Prompts as one text, the terms of a mandate, and how a prompt ended. */
export interface PromptWords {
  readonly payment: (parts: { amount: string; organisation: string; reference: string }) => string;
  readonly mandate: (parts: { organisation: string; reference: string; terms: string }) => string;
  /** Such as `monthly from 21/11/2026, days 1 to 5, until 20/11/2027`, or `Ksh4,500.00 monthly from …`. */
  readonly terms: (parts: {
    /** What a standing order takes each time; null if the organisation chooses it. */
    amount: string | null;
    frequency: string;
    firstDay: string | null;
    days: { start: number; end: number } | null;
    lastDay: string | null;
  }) => string;
  readonly paid: string;
  readonly agreed: string;
  readonly paidAndReturned: string;
  readonly declined: string;
  readonly expired: string;
  readonly wrongPin: string;
  /** `description` is the English text of the refusal. A language without a text for a refusal may use it. */
  readonly refused: (refusal: string, description: string) => string;
}

/** How often a mandate may be paid, by the names of `payments/mandate-terms.ts`. */
export interface FrequencyWords {
  readonly on_demand: string;
  readonly once: string;
  readonly daily: string;
  readonly weekly: string;
  readonly fortnightly: string;
  readonly monthly: string;
  readonly every_two_months: string;
  readonly quarterly: string;
  readonly half_yearly: string;
  readonly yearly: string;
}

/** The USSD menu. A screen has at most 182 characters; the caller shortens names, not these texts. */
export interface UssdWords {
  /** A newline separates the choices. */
  readonly menu: string;
  readonly invalidChoice: string;
  readonly noConnection: string;
  readonly timedOut: string;

  readonly enterPin: string;
  readonly enterOldPin: string;
  readonly enterNewPin: string;
  readonly enterNewPinAgain: string;
  readonly enterPinToCancel: (organisation: string) => string;
  readonly pinShape: string;
  readonly samePin: string;
  readonly differentPins: string;
  readonly wrongPin: (triesLeft: number) => string;
  readonly pinLocked: (until: string) => string;
  readonly pinChanged: string;
  readonly pinNotAccepted: string;

  readonly balance: (available: string) => string;
  /** A line below the balance. */
  readonly held: (amount: string) => string;
  readonly noPayments: string;
  /** In place of the other party of a payment. */
  readonly deposit: string;

  /** A further line of the menu, in markets whose customers pay merchants. */
  readonly payMerchants: string;
  /** The choice between a paybill and a till. */
  readonly merchants: string;
  readonly enterBusinessNumber: string;
  readonly enterTillNumber: string;
  readonly enterAccount: string;
  readonly enterAmount: string;
  readonly invalidInput: string;
  /** `account` is null for a till. */
  readonly enterPinToPay: (parts: { amount: string; merchant: string; account: string | null }) => string;
  readonly merchantUnknown: string;
  readonly paid: (parts: { amount: string; merchant: string; account: string | null }) => string;
  /** The merchant's server is being asked. */
  readonly paymentPending: (merchant: string) => string;
  readonly notPaid: (reason: string) => string;

  readonly mandates: string;
  readonly noMandates: string;
  readonly more: string;
  readonly back: string;
  readonly reference: (reference: string) => string;
  readonly cancelMandate: string;
  readonly mandateCancelled: (organisation: string) => string;
  readonly mandateEnded: (organisation: string) => string;

  /** The title of the list of blocked organisations. */
  readonly blocked: string;
  readonly noneBlocked: string;
  /** Below the list: a number of the list unblocks, a shortcode blocks. */
  readonly enterNumberToBlock: string;
  readonly enterPinToBlock: (shortcode: string) => string;
  readonly enterPinToUnblock: (shortcode: string) => string;
  readonly organisationBlocked: (organisation: string) => string;
  readonly organisationUnblocked: (organisation: string) => string;
  readonly organisationUnknown: string;
  readonly tooManyBlocked: string;
}

/** The markup of a handset's page. Its scripts have `HandsetScriptWords`. */
export interface HandsetPageWords {
  readonly title: (msisdn: string) => string;
  readonly needsScripts: string;
  readonly info: string;
  readonly liveHandset: string;
  readonly sandboxHandset: string;
  readonly handset: string;
  readonly connecting: string;
  readonly allHandsets: string;

  readonly statusBar: string;
  readonly clockStopped: string;
  readonly signal: string;
  readonly launcher: string;
  readonly notifications: string;
  readonly apps: string;
  readonly phoneApp: string;
  readonly messagesApp: string;
  readonly menuApp: string;
  readonly networkApp: string;
  readonly backToLauncher: string;

  readonly sender: string;
  readonly messagesNewestFirst: string;
  readonly noMessages: string;
  readonly codeToDial: string;
  readonly deleteLastDigit: string;
  readonly menuChip: string;
  readonly starKey: string;
  readonly hashKey: string;
  readonly call: string;

  readonly behaviourLegend: string;
  readonly secondsUntilApproval: string;
  readonly switchedOff: string;
  readonly isSwitchedOff: string;
  readonly switchOn: string;

  readonly promptKind: string;
  readonly promptPin: string;
  readonly ussdMenu: string;
  readonly ussdReply: string;
  /** Declines a request, and blocks the organisation that sent it. */
  readonly block: string;
  readonly cancel: string;
  readonly send: string;
  readonly close: string;
}

/** The behaviours of a sandbox handset, by their names in the control API. */
export interface BehaviourWords {
  readonly ask: BehaviourText;
  readonly approve: BehaviourText;
  readonly decline: BehaviourText;
  readonly ignore: BehaviourText;
  readonly off: BehaviourText;
  readonly no_signal: BehaviourText;
  readonly slow: BehaviourText;
  readonly late: BehaviourText;
  readonly loses_signal: BehaviourText;
}

export interface BehaviourText {
  readonly title: string;
  readonly description: string;
}

/** `/handset`: the list of handsets. */
export interface HandsetListWords {
  readonly title: string;
  readonly heading: string;
  readonly lead: (maxOpen: number) => string;
  readonly entrance: string;
  readonly newNumber: string;
  readonly board: string;
  readonly registerTitle: string;
  readonly registerLead: string;
  readonly close: string;
  readonly noHandsets: string;
  readonly numberWithPin: (msisdn: string, pin: string) => string;
  readonly toggleBeside: (name: string, msisdn: string) => string;
}

/** The form that registers a test number, and the page of a number without a handset. */
export interface RegisterFormWords {
  readonly unknownNumber: string;
  /** Inline markup. */
  readonly unknownNumberLead: (msisdn: string, operator: string) => string;
  readonly allHandsets: string;
  readonly market: string;
  readonly number: string;
  readonly firstName: string;
  readonly lastName: string;
  /** The values of the two fields before a person changes them. */
  readonly exampleFirstName: string;
  readonly exampleLastName: string;
  readonly pin: string;
  readonly pinHelp: string;
  readonly existingCustomers: string;
  readonly submit: string;
}

/** Error pages, the enrolment of a device, and the errors that a script shows to a person. */
export interface NoticeWords {
  readonly title: string;
  readonly allHandsets: string;

  readonly enrolTitle: string;
  /** Inline markup. */
  readonly enrolLead: (msisdn: string) => string;
  readonly enrolSecret: string;
  readonly enrolSubmit: string;
  readonly notEnrolled: string;
  readonly wrongSecret: string;
  readonly liveNeedsHttps: string;

  readonly hostNotAllowed: string;
  readonly otherServer: string;
  readonly jsonOnly: string;
  readonly tooManyRequests: (seconds: number) => string;
  readonly tooManyHandsets: string;
  readonly tooManyHandsetsOfClient: string;

  readonly invalidNumber: string;
  readonly unknownMarket: (markets: string) => string;
  readonly noHandset: string;
  readonly handsetExists: (msisdn: string) => string;
  readonly numberShape: (parts: { operator: string; digits: number; prefix: string }) => string;
  readonly pinShape: string;
}

/** The scripts of the handset pages. A browser loads the file `handset-scripts.js` of its language unchanged. */
export interface HandsetScriptWords {
  /** For `Intl`: names of days and months. */
  readonly locale: string;
  readonly today: string;
  readonly yesterday: string;

  readonly connected: string;
  readonly reconnecting: string;
  readonly serverRefused: string;
  readonly serverUnreachable: string;
  readonly fullSignal: string;
  readonly noSignal: string;
  readonly pinTriesLeft: (triesLeft: number) => string;
  readonly pinLocked: (until: string) => string;

  readonly sender: string;
  readonly messages: (unread: number) => string;
  readonly messageCount: (count: number) => string;
  readonly newMark: string;
  readonly newMessage: (text: string) => string;

  readonly paymentRequest: string;
  readonly mandateRequest: string;
  readonly paymentTitle: (organisation: string) => string;
  readonly mandateTitle: (organisation: string) => string;
  readonly businessNumber: string;
  readonly reference: string;
  readonly nothingTakenNow: string;
  readonly cancelAtAnyTime: string;
  readonly send: string;
  readonly agree: string;
  readonly pinHelp: string;
  readonly startPinHelp: (pin: string) => string;
  readonly pinShape: string;
  readonly wrongPin: (triesLeft: number) => string;
  readonly yourPinLocked: (until: string) => string;
  readonly secondsLeft: (seconds: number) => string;
  readonly answerNotSent: string;
  readonly requestSent: string;
  readonly confirmationFollows: string;
  readonly requestCancelled: string;
  readonly organisationBlocked: (organisation: string) => string;
  readonly tooManyBlocked: string;
  readonly answeredTooLate: string;
  readonly somethingWentWrong: string;
  readonly nothingTaken: string;
  readonly paymentApproved: (amount: string, organisation: string) => string;
  readonly mandateApproved: (organisation: string, terms: string) => string;

  readonly ussdRunning: string;
  readonly ussdPin: string;
  readonly ussdReply: string;
  readonly ussdSend: string;
  readonly ussdEnd: string;

  readonly boardFull: (maxOpen: number) => string;
  readonly frameTitle: (name: string) => string;
  readonly close: string;
  readonly closeFrame: (name: string) => string;
  readonly numberShape: (digits: string, prefix: string) => string;
}

/** `/`: the entrance page. */
export interface EntranceWords {
  readonly lead: string;
  readonly running: (version: string) => string;
  readonly introduction: string;
  readonly footer: string;

  readonly addresses: string;
  readonly sandboxGateway: string;
  readonly liveGateway: string;
  /** The placeholder for a market in a path. */
  readonly market: string;
  readonly keys: string;
  /** Inline markup. */
  readonly keysText: string;
  readonly notFoundTitle: string;
  readonly notFound: string;
  readonly skip: string;
  readonly openWorkspace: string;
  readonly workspace: string;
  readonly workspaceText: string;
  readonly handsets: string;
  readonly handsetsText: string;
  readonly apiDescription: string;
  readonly apiDescriptionText: string;
  readonly controlApi: string;
  /** Inline markup. */
  readonly controlApiText: (address: string) => string;
  readonly health: string;

  readonly firstPayment: string;
  readonly firstPaymentLead: (parts: { payer: string; organisation: string; currency: string }) => string;
  /** Comments in the shell commands. */
  readonly sealComment: string;
  readonly sessionComment: string;
  readonly payComment: string;
  /** Inline markup. */
  readonly firstPaymentResult: string;

  readonly failures: string;
  /** Inline markup. */
  readonly failuresLead: string;
  readonly lastRequestComment: string;

  readonly calls: string;
  readonly call: string;
  readonly callPath: string;

  readonly customers: string;
  readonly customersLead: string;
  readonly withHandset: string;
  readonly handsetPin: (pin: string) => string;
}

/** The document of the workspace, where its script cannot show anything. */
export interface WorkspaceDocumentWords {
  readonly notBuilt: string;
  /** Inline markup. */
  readonly notBuiltHelp: string;
}

/** Mails about an account of the portal. */
export interface MailWords {
  readonly greeting: (name: string) => string;
  readonly footer: string;
  readonly activation: MailText;
  /** Sent instead of an activation if there is an account. */
  readonly accountExists: MailText;
  readonly reset: MailText;
  readonly emailChange: MailText;
  readonly passwordChanged: MailText;
  readonly emailChanged: (email: string) => MailText;
  readonly secondFactorOn: MailText;
  readonly secondFactorOff: MailText;
  /** An SMS with the code that confirms a number. */
  readonly phoneCode: (code: string) => string;
}

export interface MailText {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** The title of the link; null without one. */
  readonly link: string | null;
}

/** The page with the mails that a server without SMTP keeps. */
export interface MailboxWords {
  readonly title: string;
  /** Inline markup. */
  readonly help: string;
  readonly empty: string;
  readonly to: (address: string) => string;
  readonly back: string;
  readonly notHere: string;
  /** In the bar of the browser. */
  readonly pageTitle: (title: string) => string;
  readonly time: (utc: string) => string;
}
