/** What a batch will write: decisions, turned into rows. Pure; `post-batch.ts` sends them. */
import assert from "node:assert/strict";
import { fits, type Book, type Move } from "../ledger/book.ts";
import type { Id } from "../ids.ts";
import { listenerKey, type NewDelivery } from "../store/deliveries.ts";
import type { HoldRow } from "../store/holds.ts";
import type { NewMandate, PaidPeriod } from "../store/mandates.ts";
import type { NewMessage } from "../store/messages.ts";
import type { MoveRow } from "../store/moves.ts";
import type { OutboxRow } from "../store/outbox.ts";
import type { LockedPayment, NewPayment, PaymentChange, PaymentStatus } from "../store/payments.ts";
import type { NewPrompt } from "../store/prompts.ts";
import type { Counters } from "./counters.ts";
import { storedTerms } from "./decide-answer.ts";
import { messagesAbout, messagesOf } from "./messages.ts";
import type { News } from "./news.ts";
import type { Decision, Effects, Facts, Hold, Order, Outcome } from "./order.ts";
import { withRecent } from "./recent.ts";
import { refusals, type Refusal } from "./refusals.ts";

export class WriteSet {
  /** The batch's business time: every row of it carries the same. */
  readonly at: number;
  readonly payments: NewPayment[] = [];
  readonly moves: MoveRow[] = [];
  readonly holds: HoldRow[] = [];
  readonly endedHolds: bigint[] = [];
  readonly prolongedHolds: { readonly paymentId: Id; readonly expiresAt: number }[] = [];
  readonly prompts: NewPrompt[] = [];
  readonly endedPrompts: Id[] = [];
  readonly messages: NewMessage[] = [];
  readonly changes = new Map<bigint, PaymentChange>();
  readonly outbox: OutboxRow[] = [];
  readonly deliveries: NewDelivery[] = [];
  readonly mandates: NewMandate[] = [];
  readonly cancelledMandates: bigint[] = [];
  readonly paidPeriods: (PaidPeriod & { paymentId: bigint })[] = [];

  constructor(at: number) {
    this.at = at;
  }

  /** Takes a decision: changes the book at once, so the next order sees it, and keeps rows for later. */
  add(
    order: Order,
    decided: Decision,
    book: Book,
    facts: Facts,
    periods: { add(mandateId: bigint, period: number): void },
    counters: Pick<Counters, "count">,
  ): Outcome {
    const decision = overflows(decided)
      ? ({ outcome: "refused", refusal: "account_full" } as const)
      : decided;
    if (decision.outcome === "refused") {
      return this.#record(order, {}, ending(decision.refusal), decision.refusal);
    }

    this.#applyToBook(order, decision, book);
    this.#applyToPrompts(order, decision, facts);
    this.#applyToOriginal(decision, facts);
    this.#applyToMandates(order, decision, facts, periods);
    counters.count(order, decision.amountMinor ?? order.record?.amountMinor ?? 0n, book);
    return this.#record(order, decision, decision.outcome, null);
  }

  #applyToBook(order: Order, decision: Exclude<Decision, { outcome: "refused" }>, book: Book): void {
    const moves = decision.moves ?? [];
    const paymentId = decision.onBehalfOf ?? order.id;
    book.apply(moves);
    moves.forEach((move, ordinal) => this.moves.push(moveRow(paymentId, ordinal, move)));
    for (const { from, to, why } of moves) {
      if (why === "scenario_funding") continue;
      for (const account of [from, to]) {
        if (account.kind === "wallet")
          account.recent = withRecent(account.recent, businessOf(order, paymentId));
      }
    }
    this.messages.push(...messagesOf(moves, businessOf(order, paymentId)));
    if (decision.outcome === "held") this.#hold(order, decision.hold, book);
    if (decision.endsHold !== undefined) {
      const { paymentId: heldFor, release, minor } = decision.endsHold;
      if (release !== null && minor > 0n) book.release(release, minor);
      this.endedHolds.push(heldFor);
    }
  }

  /** A hold that asks somebody is told about when they have answered; one that asks nobody is told at once. */
  #hold(order: Order, { account, minor, expiresAt, asks }: Hold, book: Book): void {
    if (minor > 0n) book.hold(account, minor);
    const { protocol, url } = (asks === null ? null : order.listener) ?? { protocol: null, url: null };
    const kind = asks === null ? "two_step" : "prompt";
    this.holds.push({ paymentId: order.id, accountId: account.id, minor, kind, expiresAt, protocol, url });
    if (asks !== null) {
      const mandate = asks.mandate === null ? null : storedTerms(asks.mandate);
      this.prompts.push({ paymentId: order.id, msisdn: asks.msisdn, mandate, expiresAt });
    }
  }

  #applyToPrompts(order: Order, decision: Effects, { original }: Facts): void {
    if (decision.endsPrompt !== undefined) this.endedPrompts.push(decision.endsPrompt);
    if (decision.holdsOn === undefined) return;
    const { paymentId, expiresAt } = decision.holdsOn;
    assert(original?.id === paymentId && original.status === "held", `order ${order.id} answers its prompt`);
    this.prolongedHolds.push({ paymentId, expiresAt });
    this.#tellOpen(original);
    original.heldKind = "two_step";
    original.heldUntil = new Date(expiresAt);
    original.heldProtocol = null;
    original.heldUrl = null;
  }

  /** Tells whoever listens to a payment that was open until now. */
  #tellOpen({ id, heldProtocol: protocol, heldUrl: url, applicationId }: LockedPayment): void {
    if (protocol === null || url === null) return;
    assert(applicationId !== null, "only an application can listen");
    this.#tell({ paymentId: id, applicationId, protocol, url }, id);
  }

  #tell(row: OutboxRow, about: Id): void {
    const { paymentId, applicationId, url } = row;
    this.outbox.push(row);
    this.deliveries.push({ paymentId, about, applicationId, listener: listenerKey(applicationId, url) });
  }

  /** The locked row is brought up to date too: two orders of one batch may name the same payment. */
  #applyToOriginal(decision: Effects, facts: Facts): void {
    if (decision.change === undefined) return;
    const { change } = decision;
    const { original } = facts;
    assert(original?.id === change.id, "an order changes the payment that it named");
    this.changes.set(change.id, change);
    if (original.status === "held" && change.status !== "held") this.#tellOpen(original);
    original.reversedMinor = change.reversedMinor;
    original.status = change.status;
    original.refusal = change.refusal;
  }

  #applyToMandates(
    order: Order,
    decision: Effects,
    facts: Facts,
    periods: { add(mandateId: bigint, period: number): void },
  ): void {
    if (decision.createsMandate !== undefined) {
      const paymentId = decision.onBehalfOf ?? order.id;
      this.mandates.push({ ...decision.createsMandate, paymentId });
      this.messages.push(...messagesAbout("mandate", decision.createsMandate.msisdn, paymentId, facts.book));
    }
    if (decision.cancelsMandate !== undefined) {
      this.cancelledMandates.push(decision.cancelsMandate);
      const cancelled = facts.mandates.find((mandate) => mandate.id === decision.cancelsMandate);
      if (cancelled !== undefined) {
        cancelled.cancelledAt = new Date(this.at);
        this.messages.push(...messagesAbout("mandate_ended", cancelled.msisdn, order.id, facts.book));
      }
    }
    if (decision.paysMandate !== undefined && decision.paysMandate.period !== null) {
      const { mandateId, period } = decision.paysMandate;
      periods.add(mandateId, period);
      this.paidPeriods.push({ mandateId, period, paymentId: order.id });
    }
  }

  #record(
    order: Order,
    decision: Effects & { readonly hold?: Hold },
    status: PaymentStatus,
    refusal: Refusal | null,
  ): Outcome {
    const voucher = decision.hold?.voucher ?? null;
    const prompted = (decision.hold?.asks ?? null) !== null;
    const mandateId = decision.paysMandate?.mandateId ?? decision.cancelsMandate ?? null;
    if (order.record !== null) {
      const { amountMinor, counterparty, ...record } = order.record;
      this.payments.push({
        ...record,
        id: order.id,
        use: order.use,
        status,
        refusal,
        amountMinor: decision.amountMinor ?? amountMinor,
        counterparty: decision.counterparty ?? counterparty,
        ...parties(decision),
        mandateId,
        voucher,
        listened: order.listener !== null,
      });
    }
    if (order.listener !== null && !prompted) {
      this.#tell({ paymentId: order.id, ...order.listener }, order.originalId ?? order.id);
    }
    return { id: order.id, status, refusal, mandateId, voucher, prompted };
  }

  /** What is left for others to carry on, once this is committed. */
  news(): News {
    return {
      toTell: this.deliveries.length > 0,
      prompted: this.prompts.length > 0,
      messaged: this.messages.length > 0,
      ended: [...new Set([...this.endedPrompts, ...this.endedHolds])],
    };
  }
}

/** The payment that a statement or a message names: a second step speaks of the payment that it ends. */
function businessOf(order: Order, paymentId: Id): Id {
  return order.use === "step" ? (order.originalId ?? paymentId) : paymentId;
}

const ending = (refusal: Refusal): PaymentStatus => refusals[refusal].ending;

/** A receiving account that would no longer fit its column refuses, whoever decided. */
function overflows(decision: Decision): boolean {
  if (decision.outcome === "refused") return false;
  return (decision.moves ?? []).some((move) => !fits(move.to, move.minor));
}

function moveRow(paymentId: bigint, ordinal: number, move: Move): MoveRow {
  return {
    paymentId,
    ordinal,
    debitAccount: move.from.id,
    creditAccount: move.to.id,
    minor: move.minor,
    why: move.why,
  };
}

/** The accounts on the payment's row: those of its own business move, not of the one that funded it. */
function parties(decision: Effects & { readonly hold?: Hold }): {
  debitAccount: bigint | null;
  creditAccount: bigint | null;
} {
  const move = decision.moves?.at(-1);
  return {
    debitAccount: decision.hold?.account.id ?? move?.from.id ?? null,
    creditAccount: decision.hold === undefined ? (move?.to.id ?? null) : (decision.hold.credit?.id ?? null),
  };
}
