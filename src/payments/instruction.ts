/**
 * Instructions: the units of a batch.
 *
 * An instruction lists what must be locked, and has a `decide` function. The batch (`engine/post-batch.ts`)
 * locks the rows of all its instructions at once, calls `decide` on each in turn, and writes the decisions.
 * `decide` is pure: it sees locked rows and returns a decision.
 */
import type { LocalTime } from "../core/clock.ts";
import type { Id } from "../core/ids.ts";
import type { Account, LockedAccounts, Posting } from "../ledger/locked-accounts.ts";
import type { AccountKind, AccountName, AccountStatus } from "../store/rail/accounts.ts";
import type { MandateKey, MandateName, MandateRow, NewMandate, PaidPeriod } from "../store/rail/mandates.ts";
import type { LockedPayment, PaymentChange, PaymentStatus, PaymentType } from "../store/rail/payments.ts";
import type { EndedValidation, NewValidation } from "../store/rail/validations.ts";
import type { protocolScope } from "./idempotency-keys.ts";
import type { PaymentLimits, Usage } from "./limits.ts";
import type { Endpoints } from "./notifications.ts";
import type { RecordedRefusal } from "./refusals.ts";
import type { Tariff } from "./tariffs.ts";
import type { Simulation } from "./simulation.ts";

export type { AccountStatus, PaymentStatus };

/** The application that sent the request, its session and its protocol. */
export interface Caller {
  readonly applicationId: bigint;
  /** The first hexadecimal digits of the access token's hash. Session limits are counted under it. Null without a token. */
  readonly session: string | null;
  /** The organisations that the application may act for. Null means all of them (sandbox only). */
  readonly shortcodes: ReadonlySet<string> | null;
  readonly protocol: string;
  /** The callback URLs by notification kind. Null if the response contains the result. */
  readonly endpoints: Endpoints | null;
}

/** The fields that all payment requests have. */
export interface PaymentRequest {
  readonly id: Id;
  /** The protocol's name of the call, such as `c2bSingle`. */
  readonly operation: string;
  readonly caller: Caller;
  readonly limits: PaymentLimits;
  /** The shortcode of the requesting organisation. */
  readonly organisation: string;
  /** Its account that collects or pays. Every organisation has a working account; the others depend on its kind. */
  readonly organisationAccount: OrganisationAccount;
  /** The caller's own id of this request. Idempotency keys are made from it. */
  readonly reference: string;
  /** What the reference is unique in, if not in the operation: all calls of the protocol. */
  readonly referenceScope?: typeof protocolScope;
  /** The outcome that a sandbox scenario selects; null for every other request. */
  readonly simulation: Simulation | null;
  /**
   * What the protocol found out before: the payment is recorded as failed with this refusal, and owes its notifications.
   * Absent or null decides the payment.
   */
  readonly refusal?: RecordedRefusal | null;
}

/** The accounts of an organisation that payments of a protocol move money on. */
export type OrganisationAccount = Extract<AccountKind, "working" | "utility" | "merchant">;

export interface LockedState {
  readonly accounts: LockedAccounts;
  /** Business time, in milliseconds since 1970, and the market's local day. */
  readonly now: number;
  readonly today: LocalTime;
  /** The earlier payment that the instruction refers to, if it exists. */
  readonly original: LockedPayment | undefined;
  /** The mandates that match the instruction's mandate name, newest first. */
  readonly mandates: readonly MandateRow[];
  /** What an application has of a mandate that is to be created. */
  readonly findExistingMandate: (key: MandateKey) => ExistingMandate;
  readonly periodPaid: (mandateId: bigint, period: number) => boolean;
  readonly usage: { readonly session: Usage; readonly customer: Usage };
  /** What organisations are charged in this market. */
  readonly tariff: Tariff;
  /** Whether so many of the application's requests to this customer were refused today that it may send no more. */
  readonly isRefusalLimitReached: (wallet: Account, applicationId: bigint) => boolean;
}

/** What an application has under a mandate's customer and reference. */
export interface ExistingMandate {
  /** The mandate that is neither cancelled nor replaced. Its id is null if this batch creates it. */
  readonly mandate: (Pick<MandateRow, "expiryDay" | "expiredAt"> & { readonly id: bigint | null }) | null;
  /** The payment whose open prompt asks the customer for this mandate. */
  readonly promptedBy: Id | null;
}

export interface Instruction {
  readonly id: Id;
  readonly type: PaymentType;
  /** The idempotency key, claimed first. Null if the instruction may be repeated (an expiry). */
  readonly referenceKey: string | null;
  /** The accounts that it may debit, or whose state must not change before the commit. */
  readonly accounts: readonly AccountName[];
  /** The accounts that it can only credit, or debit below zero. They need no lock before the decision. */
  readonly creditOnlyAccounts: readonly AccountName[];
  readonly originalId: Id | null;
  readonly mandate: MandateName | null;
  /** The period of the mandate that it pays, if that is not the one of the day. */
  readonly mandatePeriod?: PaidPeriod;
  /** The mandate that it creates, or asks the customer for. Absent for others, and for simulations. */
  readonly newMandate?: MandateKey;
  /** Where usage is counted. Null if no limit applies. */
  readonly sessionUsageKey: string | null;
  readonly customerCounter: CustomerCounter | null;
  /** The payment row to write, whatever the decision. Null writes none. */
  readonly record: InstructionRecord | null;
  /** The request that caused the instruction; null if the platform caused it. */
  readonly origin: InstructionOrigin | null;
  /** The customer asked for it: a refusal is not counted against the application that gets the notifications. */
  readonly isStartedByCustomer?: true;
  decide(state: LockedState): Decision;
}

/** The application and call that requested an instruction, and its callback URLs. */
export interface InstructionOrigin {
  readonly applicationId: bigint;
  readonly protocol: string;
  readonly operation: string;
  /** The callback URLs by notification kind; null if there are none. */
  readonly endpoints: Endpoints | null;
}

/** One of the usage counters on a customer's wallet. */
export interface CustomerCounter {
  readonly msisdn: string;
  readonly name: string;
}

export interface InstructionRecord {
  readonly organisation: string;
  readonly counterparty: string;
  readonly applicationId: bigint | null;
  readonly reference: string;
  readonly customerReference: string;
  readonly description: string;
  readonly amountMinor: bigint;
  readonly originalId: bigint | null;
}

/** The result of `decide`. An absent effect does not happen. */
export type Decision =
  | { readonly outcome: "refused"; readonly refusal: RecordedRefusal }
  | ({ readonly outcome: "completed" } & Effects)
  | ({ readonly outcome: "held"; readonly hold: Hold } & Effects);

export interface Hold {
  readonly account: Account;
  /** Null if the prompt asks for consent to a mandate. */
  readonly creditAccount: Account | null;
  /** Zero while a prompt is open. */
  readonly amountMinor: bigint;
  /** Business time, in milliseconds since 1970. Null for a validation, which does not expire. */
  readonly expiresAt: number | null;
  /** The code that commits a two-step payment. Null for other payments. */
  readonly holdCode: string | null;
  /** The prompt that the customer must approve first. Null if there is none. */
  readonly promptRequest: PromptRequest | null;
  /** What the organisation's server is asked first. Absent if it is not asked. */
  readonly validation?: HeldValidation;
}

/** The request to an organisation's server that a held payment waits for. */
export type HeldValidation = Omit<NewValidation, "paymentId">;

/** The prompt on the customer's handset. */
export interface PromptRequest {
  readonly msisdn: string;
  /** The mandate to consent to. Null if the prompt asks for a payment. */
  readonly mandate: MandateTerms | null;
}

export type MandateTerms = Omit<NewMandate, "paymentId">;

export interface Effects {
  /** The payment that the postings belong to, if it is not this instruction's own: the one whose prompt was answered. */
  readonly forPaymentId?: Id;
  readonly postings?: readonly Posting[];
  /** The kind of the message to the customer who is paid, if it is not the usual one. */
  readonly payoutMessage?: "promotion";
  /** The amount, if only the decision knows it (a reversal of the remaining amount). */
  readonly amountMinor?: bigint;
  /** The other party, if only the decision knows it. */
  readonly counterparty?: string;
  /** The new state of the earlier payment. */
  readonly paymentChange?: Omit<PaymentChange, "notificationsOwed">;
  /** Closes a hold. It is released to `releaseTo`, or settled by one of `postings`. */
  readonly closeHold?: {
    readonly paymentId: Id;
    readonly releaseTo: Account | null;
    readonly amountMinor: bigint;
  };
  /** Closes a prompt that was answered or has expired. */
  readonly closePrompt?: Id;
  /** Turns the hold of a prompt, which has no money, into the hold of a two-step payment that the customer approved. */
  readonly extendHold?: {
    readonly paymentId: Id;
    readonly account: Account;
    readonly amountMinor: bigint;
    readonly expiresAt: number;
  };
  /** The customer of a prompt that ended without approval, or for whose approval the payment was refused. */
  readonly refusedCustomer?: { readonly wallet: Account; readonly refusal: RecordedRefusal };
  /** Ends the validation of the earlier payment. */
  readonly endValidation?: EndedValidation;
  /** What the organisation's server calls the earlier payment. */
  readonly thirdPartyReference?: string;
  readonly createMandate?: MandateTerms;
  /** The expired mandate whose place the new one takes. */
  readonly replaceMandateId?: bigint;
  readonly cancelMandateId?: bigint;
  /** Marks a period of a mandate as paid. The period is null if the mandate has no periods. */
  readonly markMandatePaid?: { readonly mandateId: bigint; readonly period: number | null };
}

/** The outcome of an instruction: final, or `held`. */
export interface Outcome {
  readonly id: Id;
  readonly status: PaymentStatus;
  readonly refusal: RecordedRefusal | null;
  readonly mandateId: bigint | null;
  readonly holdCode: string | null;
  /** The receipt in a market whose receipts are dated (`receipts.ts`), and null elsewhere. */
  readonly receipt: string | null;
  /** Whether the payment waits for the customer to answer a prompt. */
  readonly prompted: boolean;
}

export const refuse = (refusal: RecordedRefusal): Decision => ({ outcome: "refused", refusal });
