/**
 * The definition of an operation: one call of Daraja, as a table that validates, answers, documents and samples.
 *
 * `README.md` describes how to add one. `handle-request.ts` runs the checks in the documented order, and calls `handle`
 * with a call whose fields are valid; `notifications.ts` renders what the call owes to its URLs.
 */
import type { Clock } from "../../core/clock.ts";
import type { Id } from "../../core/ids.ts";
import type { Rail } from "../../core/rails.ts";
import type { Application } from "../../developers/applications.ts";
import type { OrganisationDirectory } from "../../organisations/organisation-directory.ts";
import type { PasskeyVerifier } from "../../organisations/passkeys.ts";
import type { PaymentRequest } from "../../payments/instruction.ts";
import type { PaymentEvent } from "../../payments/notifications.ts";
import type { PaymentRow, Payments } from "../../payments/payments.ts";
import type { PaymentLimits } from "../../payments/limits.ts";
import type { RecordedRefusal } from "../../payments/refusals.ts";
import type { OrganisationBalances, PaymentParties } from "../../callbacks/notification.ts";
import type { TriggerScheme } from "../g2/trigger-numbers.ts";
import type { DarajaError, FamilyName } from "./families.ts";
import type { DarajaFault } from "./fault-kinds.ts";
import type { FieldContext, FieldTable, FieldValues } from "./fields.ts";
import type { G2Identifiers } from "../g2/identifiers.ts";
import type { InitiatorRole } from "../g2/initiator.ts";
import type { NotificationKind } from "./names.ts";
import type { DarajaProduct } from "./products.ts";
import type { ResultCode } from "./result-codes.ts";
import type { ResultStyle } from "./result-style.ts";
import type { DarajaSettings } from "./settings.ts";
import type { WireObject } from "./wire-json.ts";

export interface DarajaOperation<F extends FieldTable = FieldTable> {
  /** The name that payments store, unique within Daraja, such as `stkPush`. */
  readonly name: string;
  /** Its name for `trigger`, if it has a shorter one. */
  readonly shortName?: string;
  /** What an application must have enabled. */
  readonly product: DarajaProduct;
  /** The name for people. */
  readonly title: string;
  readonly description: string;
  /** Decides the error bodies (`families.ts`). */
  readonly family: FamilyName;
  /** At the root of the listener, as documented; matched without regard to case. */
  readonly path: string;
  /** Other paths that real clients use. */
  readonly pathAliases?: readonly string[];
  /** Default: POST. */
  readonly method?: "POST" | "GET";
  /** A call of the sandbox alone. */
  readonly sandboxOnly?: true;
  /** Whether the body is one JSON object, or a list of objects, which the operation validates itself. Default: object. */
  readonly body?: "object" | "list";
  /**
   * In the order of their checks, which is part of the contract. A name with a dot is that of a field in a nested
   * object: `header.requestID`.
   */
  readonly fields: F;
  /** The field with the shortcode of the requesting organisation, for the request log; null if it has none. */
  readonly organisation: (keyof F & string) | null;
  /** The fields with the initiator, its credential and its organisation, if the call has an initiator. */
  readonly initiator?: InitiatorFields<F>;
  /** The field with the customer, if the call has a CheckoutRequestID, which is unique in a millisecond. */
  readonly distinctIdsBy?: keyof F & string;
  /** Faults of the sandbox that this call has besides `internal_error`. */
  readonly faults?: readonly DarajaFault[];
  /** The field whose number can ask for a result in the sandbox. */
  readonly trigger?: {
    readonly field: keyof F & string;
    readonly scheme: TriggerScheme;
  };
  /**
   * The documented results besides 0, and the refusal that a trigger of this code records. The documentation lists
   * them in this order.
   */
  readonly results: Readonly<Partial<Record<ResultCode, RecordedRefusal>>>;
  /** Results that are an error at once, and not a notification. */
  readonly immediateErrors?: Readonly<Partial<Record<ResultCode, DarajaError>>>;
  /** The codes of refusals that this call reports by another code than `refusalResults`. */
  readonly refusalResults?: Readonly<Partial<Record<RecordedRefusal, ResultCode>>>;
  /** The texts of codes that this call reports with another text than `resultTexts`. */
  readonly resultTexts?: Readonly<Partial<Record<ResultCode, string>>>;
  /** The fields of the response, in order, with the examples of the documentation. */
  readonly response: Readonly<Record<string, { readonly description: string; readonly example: unknown }>>;
  /** Checks that need several values; runs after every field is valid by itself. */
  validate?(values: FieldValues<F>): { readonly field: keyof F & string; readonly reason: string } | null;
  /** The response to an invalid field, for calls whose form is not that of their family. */
  renderInvalidField?(field: string, reason: string, call: Pick<DarajaCall, "id" | "identifiers">): CallReply;
  /** Whether a body that cannot be read has its family's error all the same. */
  readonly invalidBody?: "family";
  handle(call: DarajaCall<F>): Promise<CallReply>;
  /** The details of the payment whose notifications the documentation shows. */
  readonly examplePayment?: Partial<PaymentRow>;
  /** The result that the documentation shows, for a query. */
  readonly exampleResult?: QueriedResult;
  /** What the call owes to its URLs, by kind. */
  readonly notifications: Readonly<Partial<Record<NotificationKind, NotificationForm>>>;
}

/** What notifications need of an operation. */
export type NotifyingOperation = Pick<
  DarajaOperation,
  "name" | "results" | "refusalResults" | "resultTexts" | "notifications"
>;

/** Infers the types of an operation's fields for its functions. */
export function defineDarajaOperation<const F extends FieldTable>(
  definition: DarajaOperation<F>,
): DarajaOperation<F> {
  return definition;
}

export interface InitiatorFields<F extends FieldTable> {
  readonly name: keyof F & string;
  readonly credential: keyof F & string;
  /** The organisation that the initiator belongs to. */
  readonly organisation: keyof F & string;
  /** The role that it needs, or a function of the values, such as the CommandID. */
  readonly role: InitiatorRole | ((values: FieldValues<F>) => InitiatorRole);
}

/** A call whose fields are valid. */
export interface DarajaCall<F extends FieldTable = FieldTable> {
  readonly id: Id;
  readonly rail: Rail;
  readonly values: FieldValues<F>;
  /** The parsed body, for operations with a list. */
  readonly json: unknown;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly application: Application;
  readonly limits: PaymentLimits;
  readonly payments: Payments;
  readonly organisations: OrganisationDirectory;
  readonly passkeys: PasskeyVerifier;
  /** Business time. */
  readonly clock: Clock;
  readonly identifiers: G2Identifiers;
  readonly settings: DarajaSettings;
  /**
   * A refusal that is known before the ledger: the initiator's credential or role, or a trigger. `buildPayment` puts it
   * into the request, so that the payment is recorded as refused and its notifications are sent. A query queues it as
   * its result.
   */
  readonly refusal: RecordedRefusal | null;
  /**
   * The arguments that every payment function has. `reference` is the caller's own id of the request, and pays once;
   * without it, the request's own id is used. `urls` are the notification URLs by kind.
   */
  buildPayment(details: {
    readonly organisation: string;
    /** The account that collects or pays. */
    readonly organisationAccount: "working" | "utility" | "merchant";
    /** A shortcode that the application may act for in this request, besides its own. */
    readonly actsFor?: string;
    readonly reference?: string;
    /** A refusal that the operation has found itself. `call.refusal` has precedence. */
    readonly refusal?: RecordedRefusal | null;
    readonly urls: Readonly<Partial<Record<NotificationKind, string | null | undefined>>>;
  }): PaymentRequest;
  /** Queues the result of a query, for its ResultURL. Durable once it resolves. */
  queueResult(urls: ResultUrls, result: QueriedResult): Promise<void>;
  /** Whether the application may act for an organisation. */
  mayActFor(shortcode: string): boolean;
  /**
   * The payment with this receipt, ConversationID or OriginatorConversationID; also an OriginatorConversationID that the
   * application chose itself. The caller need not be a party to it.
   */
  findPayment(name: string): Promise<PaymentRow | undefined>;
  /** For `readFields`, if the operation validates objects of a list itself. */
  readonly fieldContext: FieldContext;
  /** Adds a sentence to the request log. */
  note(sentence: string): void;
}

/** The response to a call. `code` and `reason` go to the request log. */
export type CallReply =
  | {
      readonly body: WireObject;
      /** Default: 200. */
      readonly status?: number;
      readonly code: string;
      readonly reason: string;
      /** The amount of a valid request, and whether it made the payment that has its id. */
      readonly amountMinor?: bigint;
      readonly madePayment?: boolean;
    }
  | { readonly error: DarajaError; readonly reason: string; readonly amountMinor?: bigint };

/** The names and values of `ResultParameter` or `ReferenceItem`, in order. A value may be absent. */
export type ResultEntries = readonly (readonly [key: string, value?: ResultValue])[];
export type ResultValue = string | number | WireObject[string];

/** Where the result of a query goes, and the notice that it was not executed in time. */
export interface ResultUrls {
  readonly result: string;
  readonly timeout: string | null;
}

/** A query's result, in the form of `Result`. */
export interface QueriedResult {
  readonly refusal: RecordedRefusal | null;
  /** The JSON types of its codes. Default: `numericStyle`. */
  readonly style?: ResultStyle;
  /** The caller's id of the request, if the call has one. */
  readonly originatorConversationId?: string;
  readonly parameters: ResultEntries;
  readonly references: ResultEntries;
}

/** One kind of notification of an operation. */
export interface NotificationForm {
  /** When it is owed, as a sentence of the documentation. */
  readonly description: string;
  /** Whether an event owes it, if the request has a URL for it. Pure. */
  isOwed(event: PaymentEvent): boolean;
  /** The body. Pure: the same notification has the same body at every attempt. */
  render(context: NotificationContext): WireObject;
}

/** What a notification is rendered from. */
export interface NotificationContext {
  readonly operation: NotifyingOperation;
  readonly rail: Rail;
  readonly payment: PaymentRow;
  readonly refusal: RecordedRefusal | null;
  /** The result's code and text. */
  readonly code: ResultCode;
  readonly description: string;
  readonly identifiers: G2Identifiers;
  readonly settings: DarajaSettings;
  /** When the payment had its outcome, in milliseconds of business time. */
  readonly endedAt: number;
  /** The receipt of a successful payment; of a failed one the date's letters and seven zeros. */
  readonly receipt: string;
  readonly parties: PaymentParties;
  /** The organisation's balances after the payment, for the kinds that report them; empty otherwise. */
  readonly balances: OrganisationBalances;
}
