/**
 * The definition of an operation: one command of the Broker, as a table that validates, answers and documents.
 *
 * `README.md` describes how to add one. `handle-request.ts` runs the checks of the Broker, `run-command.ts` those of the
 * core, in the documented order.
 */
import type { OrganisationBalances, PaymentParties } from "../../callbacks/notification.ts";
import type { Clock } from "../../core/clock.ts";
import type { Id } from "../../core/ids.ts";
import type { Rail } from "../../core/rails.ts";
import type { Application } from "../../developers/applications.ts";
import type { OrganisationDirectory } from "../../organisations/organisation-directory.ts";
import type { OrganisationAccount, PaymentRequest } from "../../payments/instruction.ts";
import type { PaymentRow, Payments } from "../../payments/payments.ts";
import type { RecordedRefusal } from "../../payments/refusals.ts";
import type { G2Identifiers } from "../g2/identifiers.ts";
import type { InitiatorRole } from "../g2/initiator.ts";
import type { TriggerScheme } from "../g2/trigger-numbers.ts";
import type { ResultDialect, SoapEntries } from "./messages.ts";
import type { SoapProduct } from "./products.ts";
import type { RequestDocument } from "./request-document.ts";
import type { SoapResultCode } from "./result-codes.ts";
import type { SoapSettings } from "./settings.ts";

export interface SoapParameter {
  readonly description: string;
  readonly example: string;
  readonly isOptional?: true;
  /** `amount`: shillings, with cents or without. */
  readonly kind: "amount" | "text";
  readonly maxLength?: number;
}

/** Which party a command needs, and what its identifier is. */
export type PartyRule = "organisation" | "customer" | "none";

export interface SoapOperation {
  /** The CommandID. Payments store it, too. */
  readonly name: string;
  readonly product: SoapProduct;
  readonly title: string;
  readonly description: string;
  /** What the initiator must be allowed to do. */
  readonly role: InitiatorRole;
  /** The organisation that asks or pays. `optional`: without one, it is the organisation of the initiator. */
  readonly primaryParty: "organisation" | "optional";
  readonly receiverParty: PartyRule;
  /** By key, in the order of their checks. */
  readonly parameters: Readonly<Record<string, SoapParameter>>;
  /** What has the number that asks for a result in the sandbox: a party's identifier, or a parameter. */
  readonly trigger: { readonly field: TriggerField; readonly scheme: TriggerScheme };
  /** The documented results besides 0. */
  readonly results: readonly SoapResultCode[];
  execute(call: SoapCall): Promise<CommandOutcome>;
  /** The result parameters of a payment. Absent for a command that makes none. Pure. */
  listParameters?(context: SoapResultContext): SoapEntries;
  /** Reference items of a payment's result. Pure. */
  listReferences?(context: SoapResultContext): SoapEntries;
}

export type TriggerField = "ReceiverParty" | "PrimaryParty" | "ReceiptNumber" | "OriginalTransactionID";

/** How a command ended: with a payment, which owes its own result, or with a result. */
export type CommandOutcome =
  { readonly payment: RecordedRefusal | null; readonly amountMinor: bigint | null } | CommandResult;

export interface CommandResult {
  readonly code: SoapResultCode;
  readonly parameters?: SoapEntries;
  readonly references?: SoapEntries;
}

/** A command whose parties and parameters are valid. */
export interface SoapCall {
  readonly id: Id;
  readonly rail: Rail;
  readonly document: RequestDocument;
  /** The caller's id of the request. */
  readonly originatorConversationId: string;
  /** The shortcode of the organisation that asks or pays. */
  readonly payer: string;
  /** The identifier of the receiver; empty if the command has none. */
  readonly receiver: string;
  /** The amount; null if the command has none. */
  readonly amountMinor: bigint | null;
  /** The value of a parameter or of a reference item, or null. */
  getValue(key: string): string | null;
  /** A refusal that is known before the ledger: by the initiator, or by a trigger. */
  readonly refusal: RecordedRefusal | null;
  readonly application: Application;
  readonly payments: Payments;
  readonly organisations: OrganisationDirectory;
  readonly identifiers: G2Identifiers;
  /** Business time. */
  readonly clock: Clock;
  readonly dialect: ResultDialect;
  mayActFor(shortcode: string): boolean;
  /** The payment that one of the core's ids names; also an OriginatorConversationID of the application's own. */
  findPayment(name: string): Promise<PaymentRow | undefined>;
  /** The fields that every payment request has. `refusal` is one that the operation found itself. */
  buildPayment(details: {
    readonly organisation: string;
    readonly organisationAccount: OrganisationAccount;
    readonly refusal?: RecordedRefusal | null;
  }): PaymentRequest;
  /** Adds a sentence to the request log. */
  note(sentence: string): void;
}

/** What the result of a payment is rendered from. */
export interface SoapResultContext {
  readonly payment: PaymentRow;
  readonly code: SoapResultCode;
  readonly dialect: ResultDialect;
  /** The receipt of a successful payment; of a failed one the date's letters and seven zeros. */
  readonly receipt: string;
  /** When the payment had its outcome, in milliseconds of business time. */
  readonly endedAt: number;
  readonly parties: PaymentParties;
  /** The organisation's balances after the payment. */
  readonly balances: OrganisationBalances;
}

/** The settings that commands read. */
export type CommandSettings = Pick<SoapSettings, "negativeAmounts">;
