/** The rows that a batch will write, made from its decisions. Pure: `post-batch.ts` sends them. */
import assert from "node:assert/strict";
import {
  canCredit,
  canDebit,
  mayGoBelowZero,
  type Account,
  type LockedAccounts,
  type Posting,
} from "../../ledger/locked-accounts.ts";
import type { Id } from "../../core/ids.ts";
import type { AccountKind } from "../../store/rail/accounts.ts";
import { listenerKey, type NewDelivery } from "../../store/rail/deliveries.ts";
import type { HoldExtension, HoldRow } from "../../store/rail/holds.ts";
import type { NewMandate, PaidPeriod } from "../../store/rail/mandates.ts";
import type { NewMessage } from "../../store/rail/messages.ts";
import type { PostingRow } from "../../store/rail/postings.ts";
import type { NewNotification } from "../../store/rail/notifications.ts";
import type {
  LockedPayment,
  NewPayment,
  PaymentChange,
  PaymentStatus,
  ThirdPartyReference,
} from "../../store/rail/payments.ts";
import type { NewPrompt } from "../../store/rail/prompts.ts";
import type { EndedValidation, NewValidation } from "../../store/rail/validations.ts";
import type { ExistingMandates } from "./existing-mandates.ts";
import type { UsageCounters } from "./usage-counters.ts";
import { serialiseTerms } from "../rules/answer-prompt.ts";
import { buildMandateMessages, buildPostingMessages, buildRefusalMessages } from "../sms-notifications.ts";
import type { CommitEvent } from "../commit-events.ts";
import type { Decision, Effects, LockedState, Hold, Instruction, Outcome } from "../instruction.ts";
import { findRefusingWallet, isCountedRefusal } from "../customer-refusals.ts";
import { addOpenPrompt, removeOpenPrompt } from "../open-prompts.ts";
import { addRecentPayment } from "../recent-payments.ts";
import { invoiceKind, type OwedNotificationsByProtocol, type PaymentEvent } from "../notifications.ts";
import { getRefusalInfo, type RecordedRefusal } from "../refusals.ts";

/** The rules that decide which notifications are owed, and a source of ids. */
export interface NotificationSources {
  readonly owedNotifications: OwedNotificationsByProtocol;
  readonly newId: () => Id;
}

/** What the batch's later instructions must see of its mandates. */
interface MandateChanges {
  readonly periods: { add(mandateId: bigint, period: number): void };
  readonly existing: Pick<ExistingMandates, "add" | "addPrompt" | "removeCancelled" | "removePrompt">;
}

export class WriteSet {
  /** The batch's business time. All its rows have the same time. */
  readonly at: number;
  readonly payments: NewPayment[] = [];
  readonly postings: PostingRow[] = [];
  readonly holds: HoldRow[] = [];
  readonly closedHolds: bigint[] = [];
  readonly extendedHolds: HoldExtension[] = [];
  readonly prompts: NewPrompt[] = [];
  readonly closedPrompts: Id[] = [];
  readonly validations: NewValidation[] = [];
  readonly endedValidations: EndedValidation[] = [];
  readonly thirdPartyReferences: ThirdPartyReference[] = [];
  readonly messages: NewMessage[] = [];
  readonly paymentChanges = new Map<bigint, PaymentChange>();
  readonly notifications: NewNotification[] = [];
  /** The payments that count towards invoices. */
  readonly invoicePayments: Id[] = [];
  readonly deliveries: NewDelivery[] = [];
  readonly mandates: NewMandate[] = [];
  readonly cancelledMandates: bigint[] = [];
  readonly replacedMandates: bigint[] = [];
  readonly paidPeriods: (PaidPeriod & { paymentId: bigint })[] = [];

  readonly #sources: NotificationSources;
  readonly #nextReceipt: () => string | null;

  /** `nextReceipt` returns null in a market without dated receipts. */
  constructor(at: number, sources: NotificationSources, nextReceipt: () => string | null) {
    this.at = at;
    this.#sources = sources;
    this.#nextReceipt = nextReceipt;
  }

  /** Applies a decision to the locked accounts at once, so that the next instruction sees it, and collects its rows. */
  add(
    instruction: Instruction,
    proposed: Decision,
    accounts: LockedAccounts,
    state: LockedState,
    mandates: MandateChanges,
    counters: Pick<UsageCounters, "count" | "countRefusal">,
  ): Outcome {
    const decision = overflowsAccount(proposed)
      ? ({ outcome: "refused", refusal: "account_full" } as const)
      : proposed;
    if (decision.outcome === "refused") {
      const { refusal } = decision;
      const wallet =
        instruction.isStartedByCustomer === true
          ? undefined
          : findRefusingWallet(refusal, instruction, state);
      countRefusal(refusal, wallet, instruction.origin?.applicationId ?? null, accounts, counters);
      return this.#recordOutcome(instruction, {}, toFinalStatus(decision.refusal), decision.refusal);
    }

    this.#applyToAccounts(instruction, decision, accounts);
    this.#applyToPrompts(decision, state);
    if (decision.refusedCustomer !== undefined) {
      const { wallet, refusal } = decision.refusedCustomer;
      // A person who refused for an organisation is not counted.
      const customer = wallet.kind === "wallet" ? wallet : undefined;
      countRefusal(refusal, customer, state.original?.applicationId ?? null, accounts, counters);
    }
    this.#applyToValidations(decision, state);
    this.#applyToOriginal(decision, state);
    this.#applyToMandates(instruction, decision, state, mandates);
    counters.count(instruction, decision.amountMinor ?? instruction.record?.amountMinor ?? 0n, accounts);
    return this.#recordOutcome(instruction, decision, decision.outcome, null);
  }

  #applyToAccounts(
    instruction: Instruction,
    decision: Exclude<Decision, { outcome: "refused" }>,
    accounts: LockedAccounts,
  ): void {
    const postings = decision.postings ?? [];
    const paymentId = decision.forPaymentId ?? instruction.id;
    accounts.apply(postings);
    postings.forEach((posting, ordinal) => this.postings.push(toPostingRow(paymentId, ordinal, posting)));
    for (const { from, to, type } of postings) {
      if (type === "scenario_funding") continue;
      for (const account of [from, to]) {
        if (account.kind === "wallet")
          account.recentPayments = addRecentPayment(
            account.recentPayments,
            getSubjectPaymentId(instruction, paymentId),
          );
      }
    }
    const subjectId = getSubjectPaymentId(instruction, paymentId);
    this.messages.push(...buildPostingMessages(postings, subjectId, decision.payoutMessage));
    if (decision.outcome === "held") this.#applyHold(instruction, decision.hold, accounts);
    if (decision.closeHold !== undefined) {
      const { paymentId: heldPaymentId, releaseTo, amountMinor } = decision.closeHold;
      if (releaseTo !== null && amountMinor > 0n) accounts.release(releaseTo, amountMinor);
      this.closedHolds.push(heldPaymentId);
    }
  }

  /** With a prompt or a validation, the callback address is kept on the hold until the answer. Otherwise the callback is queued at once. */
  #applyHold(
    instruction: Instruction,
    { account, amountMinor, expiresAt, promptRequest, validation }: Hold,
    accounts: LockedAccounts,
  ): void {
    if (amountMinor > 0n) accounts.hold(account, amountMinor);
    const kind = validation !== undefined ? "validation" : promptRequest === null ? "two_step" : "prompt";
    // The notifications of a two-step hold are written when the money is held. The others have them to come.
    const endpoints = kind === "two_step" ? null : (instruction.origin?.endpoints ?? null);
    if (validation !== undefined) this.validations.push({ ...validation, paymentId: instruction.id });
    this.holds.push({
      paymentId: instruction.id,
      accountId: account.id,
      amountMinor,
      kind,
      expiresAt,
      endpoints,
    });
    if (promptRequest !== null) {
      assert(
        instruction.origin !== null && expiresAt !== null,
        "only an application's request has a prompt, and it expires",
      );
      account.openPrompts = addOpenPrompt(account.openPrompts, instruction.origin.applicationId);
      accounts.markChanged(account);
      const mandate = promptRequest.mandate === null ? null : serialiseTerms(promptRequest.mandate);
      this.prompts.push({ paymentId: instruction.id, msisdn: promptRequest.msisdn, mandate, expiresAt });
    }
  }

  #applyToPrompts(decision: Effects, { original, accounts }: LockedState): void {
    if (decision.closePrompt === undefined) return;
    const payer = accounts.findAccount(original?.debitKind as AccountKind, original?.debitOwner ?? "");
    assert(
      original?.id === decision.closePrompt && original.applicationId !== null && payer !== undefined,
      "a reply closes the prompt of the payment that it refers to",
    );
    this.closedPrompts.push(decision.closePrompt);
    payer.openPrompts = removeOpenPrompt(payer.openPrompts, original.applicationId);
    accounts.markChanged(payer);
    if (decision.extendHold === undefined) return;
    const { paymentId, account, amountMinor, expiresAt } = decision.extendHold;
    accounts.hold(account, amountMinor);
    this.extendedHolds.push({ paymentId, amountMinor, expiresAt });
    const notificationsOwed = this.#notifyHeld(original, "held", null);
    if (notificationsOwed > 0) this.#addChange({ ...toUnchanged(original), notificationsOwed });
    original.heldKind = "two_step";
    original.heldMinor = amountMinor;
    original.heldUntil = new Date(expiresAt);
    original.heldEndpoints = null;
  }

  /** A customer whose payment the organisation refused learns it by SMS, after the release of the money. */
  #applyToValidations(decision: Effects, { original, accounts }: LockedState): void {
    const { endValidation, thirdPartyReference, paymentChange } = decision;
    if (endValidation === undefined) return;
    const { paymentId } = endValidation;
    const payer = accounts.findAccount("wallet", original?.debitOwner ?? "");
    assert(original?.id === paymentId && payer !== undefined, "an answer belongs to the earlier payment");
    this.endedValidations.push(endValidation);
    if (thirdPartyReference !== undefined) this.thirdPartyReferences.push({ paymentId, thirdPartyReference });
    if (paymentChange?.status !== "completed")
      this.messages.push(...buildRefusalMessages(payer, original.id, original.amountMinor));
  }

  /** Writes the notifications of a payment that was open until now, and returns how many. */
  #notifyHeld(payment: LockedPayment, status: PaymentStatus, refusal: RecordedRefusal | null): number {
    const { id, type, protocol, operation, applicationId, heldEndpoints: endpoints } = payment;
    if (endpoints === null) return 0;
    assert(
      applicationId !== null && protocol !== null && operation !== null,
      "a payment with callback URLs has an application and an operation",
    );
    const event = { paymentId: id, type, operation, status, refusal, endpoints };
    return this.#notify(event, { applicationId, protocol }, id);
  }

  /** Writes the notifications that an event owes, and returns how many. The first has the payment's own id. */
  #notify(
    event: PaymentEvent,
    { applicationId, protocol }: { readonly applicationId: bigint; readonly protocol: string },
    subjectId: Id,
  ): number {
    const owed = this.#sources.owedNotifications[protocol]?.(event) ?? [];
    owed.forEach(({ kind, endpoint, reportsBalances = false, repeated = null }, index) => {
      const { paymentId } = event;
      const id = index === 0 ? paymentId : this.#sources.newId();
      this.notifications.push({
        id,
        paymentId,
        applicationId,
        protocol,
        kind,
        endpoint,
        reportsBalances,
        repeated,
      });
      if (kind === invoiceKind) this.invoicePayments.push(paymentId);
      const listener = listenerKey(applicationId, endpoint);
      this.deliveries.push({ notificationId: id, subjectId, applicationId, listener });
    });
    return owed.length;
  }

  /** Two instructions of one batch may change the same payment, so the numbers of its notifications are added. */
  #addChange(change: PaymentChange): void {
    const earlier = this.paymentChanges.get(change.id);
    const notificationsOwed = (earlier?.notificationsOwed ?? 0) + change.notificationsOwed;
    this.paymentChanges.set(change.id, { ...change, notificationsOwed });
  }

  /** Updates the locked row too, because two instructions of one batch may refer to the same payment. */
  #applyToOriginal(decision: Effects, state: LockedState): void {
    if (decision.paymentChange === undefined) return;
    const { paymentChange } = decision;
    const { original } = state;
    assert(original?.id === paymentChange.id, "an instruction changes only the payment that it refers to");
    const ends = original.status === "held" && paymentChange.status !== "held";
    const notificationsOwed = ends
      ? this.#notifyHeld(original, paymentChange.status, paymentChange.refusal as RecordedRefusal | null)
      : 0;
    this.#addChange({ ...paymentChange, notificationsOwed });
    original.reversedMinor = paymentChange.reversedMinor;
    original.status = paymentChange.status;
    original.refusal = paymentChange.refusal;
  }

  #applyToMandates(
    instruction: Instruction,
    decision: Effects & { readonly hold?: Hold },
    state: LockedState,
    { periods, existing }: MandateChanges,
  ): void {
    if (decision.closePrompt !== undefined) existing.removePrompt(decision.closePrompt);
    const prompted = decision.hold?.promptRequest?.mandate ?? null;
    if (prompted !== null) existing.addPrompt(prompted, instruction.id);
    if (decision.replaceMandateId !== undefined) this.replacedMandates.push(decision.replaceMandateId);
    if (decision.createMandate !== undefined) {
      const paymentId = decision.forPaymentId ?? instruction.id;
      this.mandates.push({ ...decision.createMandate, paymentId });
      existing.add(decision.createMandate, { ...decision.createMandate, id: null, expiredAt: null });
      this.messages.push(
        ...buildMandateMessages("mandate", decision.createMandate.msisdn, paymentId, state.accounts),
      );
    }
    if (decision.cancelMandateId !== undefined) {
      this.cancelledMandates.push(decision.cancelMandateId);
      existing.removeCancelled(decision.cancelMandateId);
      const cancelled = state.mandates.find((mandate) => mandate.id === decision.cancelMandateId);
      if (cancelled !== undefined) {
        cancelled.cancelledAt = new Date(this.at);
        this.messages.push(
          ...buildMandateMessages("mandate_ended", cancelled.msisdn, instruction.id, state.accounts),
        );
      }
    }
    if (decision.markMandatePaid !== undefined && decision.markMandatePaid.period !== null) {
      const { mandateId, period } = decision.markMandatePaid;
      periods.add(mandateId, period);
      this.paidPeriods.push({ mandateId, period, paymentId: instruction.id });
    }
  }

  #recordOutcome(
    instruction: Instruction,
    decision: Effects & { readonly hold?: Hold },
    status: PaymentStatus,
    refusal: RecordedRefusal | null,
  ): Outcome {
    const holdCode = decision.hold?.holdCode ?? null;
    const prompted = (decision.hold?.promptRequest ?? null) !== null;
    const mandateId = decision.markMandatePaid?.mandateId ?? decision.cancelMandateId ?? null;
    const receipt = instruction.record === null ? null : this.#nextReceipt();
    const isAwaited = prompted || decision.hold?.validation !== undefined;
    const notificationsOwed = isAwaited ? 0 : this.#notifyOutcome(instruction, status, refusal);
    if (instruction.record !== null) {
      const { amountMinor, counterparty, ...record } = instruction.record;
      this.payments.push({
        ...record,
        id: instruction.id,
        type: instruction.type,
        protocol: instruction.origin?.protocol ?? null,
        operation: instruction.origin?.operation ?? null,
        status,
        refusal,
        amountMinor: decision.amountMinor ?? amountMinor,
        counterparty: decision.counterparty ?? counterparty,
        ...getPartyAccounts(decision),
        mandateId,
        holdCode,
        receipt,
        notificationsOwed,
      });
    }
    return { id: instruction.id, status, refusal, mandateId, holdCode, receipt, prompted };
  }

  #notifyOutcome(instruction: Instruction, status: PaymentStatus, refusal: RecordedRefusal | null): number {
    const { id, type, origin } = instruction;
    if (origin === null || origin.endpoints === null) return 0;
    const { operation, endpoints } = origin;
    const event = { paymentId: id, type, operation, status, refusal, endpoints };
    return this.#notify(event, origin, instruction.originalId ?? id);
  }

  /** The event to publish after the commit. */
  toCommitEvent(): CommitEvent {
    return {
      deliveriesQueued: this.deliveries.length > 0,
      promptsCreated: this.prompts.length > 0,
      messagesQueued: this.messages.length > 0,
      validationsQueued: this.validations.length > 0,
      endedPaymentIds: [...new Set([...this.closedPrompts, ...this.closedHolds])],
    };
  }
}

const toUnchanged = ({ id, reversedMinor, status, refusal }: LockedPayment) => ({
  id,
  reversedMinor,
  status,
  refusal,
});

function countRefusal(
  refusal: RecordedRefusal,
  wallet: Account | undefined,
  applicationId: bigint | null,
  accounts: LockedAccounts,
  counters: Pick<UsageCounters, "countRefusal">,
): void {
  if (wallet === undefined || applicationId === null || !isCountedRefusal(refusal)) return;
  counters.countRefusal(wallet, applicationId, accounts);
}

/** The payment that a statement or message shows. For a `step` it is the payment that the step completes. */
function getSubjectPaymentId(instruction: Instruction, paymentId: Id): Id {
  return instruction.type === "step" ? (instruction.originalId ?? paymentId) : paymentId;
}

const toFinalStatus = (refusal: RecordedRefusal): PaymentStatus => getRefusalInfo(refusal).finalStatus;

/**
 * Whether a posting would exceed what a balance can hold: the receiver's, or that of an account below zero, such as the
 * float, from which all money is issued. The decision then becomes a refusal.
 */
function overflowsAccount(decision: Decision): boolean {
  if (decision.outcome === "refused") return false;
  return (decision.postings ?? []).some(
    ({ from, to, amountMinor }) =>
      !canCredit(to, amountMinor) || (mayGoBelowZero(from) && !canDebit(from, amountMinor)),
  );
}

function toPostingRow(paymentId: bigint, ordinal: number, posting: Posting): PostingRow {
  return {
    paymentId,
    ordinal,
    debitAccount: posting.from.id,
    creditAccount: posting.to.id,
    amountMinor: posting.amountMinor,
    type: posting.type,
  };
}

/** The accounts on the payment's row: those of the payment's own posting, not of the posting that funded it. */
function getPartyAccounts(decision: Effects & { readonly hold?: Hold }): {
  debitAccount: bigint | null;
  creditAccount: bigint | null;
} {
  const posting = decision.postings?.at(-1);
  return {
    debitAccount: decision.hold?.account.id ?? posting?.from.id ?? null,
    creditAccount:
      decision.hold === undefined ? (posting?.to.id ?? null) : (decision.hold.creditAccount?.id ?? null),
  };
}
