/** What a batch will write: decisions, turned into rows. Pure; `post-batch.ts` sends them. */
import assert from "node:assert/strict";
import { fits, type Book, type Move } from "../ledger/book.ts";
import type { HoldRow } from "../store/holds.ts";
import type { NewMandate, PaidPeriod } from "../store/mandates.ts";
import type { MoveRow } from "../store/moves.ts";
import type { OutboxRow } from "../store/outbox.ts";
import type { NewPayment, PaymentChange, PaymentStatus } from "../store/payments.ts";
import type { Counters } from "./counters.ts";
import type { Decision, Effects, Facts, Hold, Order, Outcome } from "./order.ts";
import { refusals, type Refusal } from "./refusals.ts";

export class WriteSet {
  /** The batch's business time: every row of it carries the same. */
  readonly at: number;
  readonly payments: NewPayment[] = [];
  readonly moves: MoveRow[] = [];
  readonly holds: HoldRow[] = [];
  readonly endedHolds: bigint[] = [];
  readonly changes = new Map<bigint, PaymentChange>();
  readonly outbox: OutboxRow[] = [];
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
    this.#applyToOriginal(decision, facts);
    this.#applyToMandates(order, decision, facts, periods);
    counters.count(order, decision.amountMinor ?? order.record?.amountMinor ?? 0n, book);
    return this.#record(order, decision, decision.outcome, null);
  }

  #applyToBook(order: Order, decision: Exclude<Decision, { outcome: "refused" }>, book: Book): void {
    const moves = decision.moves ?? [];
    book.apply(moves);
    moves.forEach((move, ordinal) => this.moves.push(moveRow(order.id, ordinal, move)));
    if (decision.outcome === "held") {
      const { account, minor, expiresAt } = decision.hold;
      book.hold(account, minor);
      const { protocol, url } = order.listener ?? { protocol: null, url: null };
      this.holds.push({ paymentId: order.id, accountId: account.id, minor, expiresAt, protocol, url });
    }
    if (decision.endsHold !== undefined) {
      const { paymentId, release, minor } = decision.endsHold;
      if (release !== null) book.release(release, minor);
      this.endedHolds.push(paymentId);
    }
  }

  /** The locked row is brought up to date too: two orders of one batch may name the same payment. */
  #applyToOriginal(decision: Effects, facts: Facts): void {
    if (decision.change === undefined) return;
    const { change } = decision;
    const { original } = facts;
    assert(original?.id === change.id, "an order changes the payment that it named");
    this.changes.set(change.id, change);
    const { heldProtocol: protocol, heldUrl: url, applicationId } = original;
    if (original.status === "held" && change.status !== "held" && protocol !== null && url !== null) {
      assert(applicationId !== null, "only an application can listen");
      this.outbox.push({ paymentId: original.id, applicationId, protocol, url });
    }
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
      this.mandates.push({ ...decision.createsMandate, paymentId: order.id });
    }
    if (decision.cancelsMandate !== undefined) {
      this.cancelledMandates.push(decision.cancelsMandate);
      const cancelled = facts.mandates.find((mandate) => mandate.id === decision.cancelsMandate);
      if (cancelled !== undefined) cancelled.cancelledAt = new Date(this.at);
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
    if (order.listener !== null && status !== "held") {
      this.outbox.push({ paymentId: order.id, ...order.listener });
    }
    return { id: order.id, status, refusal, mandateId, voucher };
  }
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
    creditAccount: decision.hold?.credit.id ?? move?.to.id ?? null,
  };
}
