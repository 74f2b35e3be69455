/**
 * Orders: what a batch is made of.
 *
 * An order says what must be locked before it can be decided, and how it is then decided. The batch
 * (`post-batch.ts`) locks everything for all its orders at once, asks each in turn, and writes what
 * they answered. `decide` is pure: it sees locked rows and returns a decision.
 */
import type { LocalTime } from "../core/clock.ts";
import type { Id } from "../core/ids.ts";
import type { Account, LockedAccounts, Posting } from "../ledger/locked-accounts.ts";
import type { AccountName, AccountStatus } from "../store/rail/accounts.ts";
import type { MandateName, MandateRow, NewMandate } from "../store/rail/mandates.ts";
import type { LockedPayment, PaymentChange, PaymentStatus, PaymentType } from "../store/rail/payments.ts";
import type { PaymentLimits, Usage } from "./limits.ts";
import type { Endpoints } from "./notifications.ts";
import type { RecordedRefusal } from "./refusals.ts";
import type { Simulation } from "./simulation.ts";

export type { AccountStatus, PaymentStatus };

/** Who asks: an application, in a session, by a protocol. */
export interface Caller {
  readonly applicationId: bigint;
  /** The start of the access token's hash, in hexadecimal: session limits count under it. Null without a token. */
  readonly session: string | null;
  /** The organisations that the application acts for; null is all of them (sandbox alone). */
  readonly shortcodes: ReadonlySet<string> | null;
  readonly protocol: string;
  /** Where the caller wants to be notified: URLs by notification kind. Null to be answered in the response. */
  readonly endpoints: Endpoints | null;
}

/** What every request brings, whatever it asks for. */
export interface PaymentRequest {
  readonly id: Id;
  /** The protocol's name of the call, such as `c2bSingle`. */
  readonly operation: string;
  readonly caller: Caller;
  readonly limits: PaymentLimits;
  /** The organisation that asks: a shortcode. */
  readonly organisation: string;
  /** The caller's own id of this request. */
  readonly reference: string;
  /** The outcome that a sandbox scenario chose; null for every other request. */
  readonly simulation: Simulation | null;
}

export interface LockedState {
  readonly accounts: LockedAccounts;
  /** Business time, in milliseconds since 1970, and the market's local day. */
  readonly now: number;
  readonly today: LocalTime;
  /** The earlier payment that the order names, if there is one. */
  readonly original: LockedPayment | undefined;
  /** The mandates that the order's name could mean, newest first. */
  readonly mandates: readonly MandateRow[];
  readonly periodPaid: (mandateId: bigint, period: number) => boolean;
  readonly usage: { readonly session: Usage; readonly customer: Usage };
}

export interface Instruction {
  readonly id: Id;
  readonly type: PaymentType;
  /** Claimed before anything else; null for what may be asked again (an expiry). */
  readonly referenceKey: string | null;
  /** The accounts that it may take from, or whose state must not change meanwhile. */
  readonly accounts: readonly AccountName[];
  /** The accounts that it can only add to: these need no lock before it is decided. */
  readonly creditOnlyAccounts: readonly AccountName[];
  readonly originalId: Id | null;
  readonly mandate: MandateName | null;
  /** Where the order's limits count; null where nothing is counted. */
  readonly sessionUsageKey: string | null;
  readonly customerCounter: CustomerCounter | null;
  /** What is recorded of the order whatever its decision; null records nothing of its own. */
  readonly record: InstructionRecord | null;
  /** The request that it comes from; null for what the platform does itself. */
  readonly origin: InstructionOrigin | null;
  decide(state: LockedState): Decision;
}

/** Who requested it, by which call, and where they want to be notified. */
export interface InstructionOrigin {
  readonly applicationId: bigint;
  readonly protocol: string;
  readonly operation: string;
  /** URLs by notification kind; null when the caller named none. */
  readonly endpoints: Endpoints | null;
}

/** One of the counters on a customer's wallet. */
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

/** What to do with an order. What is absent does not happen. */
export type Decision =
  | { readonly outcome: "refused"; readonly refusal: RecordedRefusal }
  | ({ readonly outcome: "completed" } & Effects)
  | ({ readonly outcome: "held"; readonly hold: Hold } & Effects);

export interface Hold {
  readonly account: Account;
  /** Null where no money waits: a mandate that its customer is asked for. */
  readonly creditAccount: Account | null;
  readonly amountMinor: bigint;
  /** Business time, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** What commits a two-step payment; null for others. */
  readonly holdCode: string | null;
  /** Who is asked before anything else; null where nobody is. */
  readonly promptRequest: PromptRequest | null;
}

/** What a customer is asked on their handset. */
export interface PromptRequest {
  readonly msisdn: string;
  /** The mandate that they would consent to; null where they would pay. */
  readonly mandate: MandateTerms | null;
}

export type MandateTerms = Omit<NewMandate, "paymentId">;

export interface Effects {
  /** The payment whose business this is, where it is not the order's own: the one whose prompt is answered. */
  readonly forPaymentId?: Id;
  readonly postings?: readonly Posting[];
  /** The amount, where only the decision knows it (a reversal of what is left). */
  readonly amountMinor?: bigint;
  /** The other party, where only the decision knows it. */
  readonly counterparty?: string;
  /** What becomes of the earlier payment. */
  readonly paymentChange?: Omit<PaymentChange, "notificationsOwed">;
  /** A hold that ends: released to its account here, or settled by one of `moves`. */
  readonly closeHold?: {
    readonly paymentId: Id;
    readonly releaseTo: Account | null;
    readonly amountMinor: bigint;
  };
  /** A prompt that has been answered, or whose time is up. */
  readonly closePrompt?: Id;
  /** A hold that goes on as a two-step payment's, now that its customer has approved. */
  readonly extendHold?: { readonly paymentId: Id; readonly expiresAt: number };
  readonly createMandate?: MandateTerms;
  readonly cancelMandateId?: bigint;
  /** The mandate that was used, and the period that is now paid (null where none is counted). */
  readonly markMandatePaid?: { readonly mandateId: bigint; readonly period: number | null };
}

/** How an order ended, as far as it has. */
export interface Outcome {
  readonly id: Id;
  readonly status: PaymentStatus;
  readonly refusal: RecordedRefusal | null;
  readonly mandateId: bigint | null;
  readonly holdCode: string | null;
  /** Whether it waits for the customer's answer on their handset. */
  readonly prompted: boolean;
}

export const refuse = (refusal: RecordedRefusal): Decision => ({ outcome: "refused", refusal });
