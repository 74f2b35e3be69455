/**
 * Payments: what the platform promises, one function for each promise.
 *
 * Protocols call these and translate; none of them touches a balance. Everything that changes the books
 * becomes an order (`order.ts`) and is posted with the others of its moment (`lanes.ts`).
 */
import { randomInt } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { Id, WireNames } from "../ids.ts";
import { markets, type Rail } from "../money.ts";
import type { AccountName } from "../store/accounts.ts";
import type { Sql } from "../store/connect.ts";
import type { PaymentRow, PaymentUse } from "../store/payments.ts";
import { decideAnswer, type PromptWord } from "./decide-answer.ts";
import { decideCollection, type Collection } from "./decide-collection.ts";
import { decideCancellation, decideDebit, decideMandate, mandateName } from "./decide-mandate.ts";
import type { Debit, MandateCreation, MandateUse } from "./decide-mandate.ts";
import { decidePayout, type Payout } from "./decide-payout.ts";
import { decideReversal, scenarioReversal, type Reversal } from "./decide-reversal.ts";
import { decideStep, type Step } from "./decide-step.ts";
import { decideTransfer, type Transfer } from "./decide-transfer.ts";
import { counterName } from "./customer-counts.ts";
import { referenceKey, sessionUsageKey } from "./keys.ts";
import { openLanes, type Lanes } from "./lanes.ts";
import { openNewsroom, type Newsroom } from "./news.ts";
import type { CustomerCounter, Order, OrderRecord, Outcome, Request } from "./order.ts";
import { floatAccount } from "./post-batch.ts";
import { openWaitingRoom, type WaitingRoom } from "./waiting-room.ts";

export type { PaymentRow, PaymentUse };

/** What every payment function needs, for one rail. */
export interface RailContext {
  readonly rail: Rail;
  /** The pool that decides money: its reads go where the writes went. */
  readonly sql: Sql;
  readonly clock: Clock;
  readonly wire: WireNames;
  /** How long the first step of a two-step payment holds the money, in milliseconds. */
  readonly twoStepHoldMs: number;
  /** How long a prompt waits for its customer, in milliseconds of business time. */
  readonly promptLifeMs: number;
}

/** Texts that travel with a payment and decide nothing. */
export interface Remarks {
  /** The caller's text for the customer. */
  readonly customerReference: string;
  readonly description: string;
}

export const noRemarks: Remarks = { customerReference: "", description: "" };

/** What an order is told by the platform and not by its caller. */
type Asked<T extends { promptLifeMs: number }> = Omit<T, "promptLifeMs" | "twoStep">;

/** The money functions of one rail. Each resolves with the outcome, refused ones included. */
export interface Payments {
  readonly context: RailContext;
  readonly lanes: Lanes;
  /** Tells what every commit of this server leaves to be carried on. */
  readonly news: Newsroom;
  /** Where synchronous callers wait for customers. */
  readonly waitingRoom: WaitingRoom;
  /** Moves the money, or holds it and leaves a prompt on the customer's handset. */
  collect(payment: Asked<Collection> & Remarks): Promise<Outcome>;
  /** Holds the money and answers with the voucher that commits it, once the customer has approved. */
  collectInTwoSteps(payment: Asked<Collection> & Remarks): Promise<Outcome>;
  /**
   * Ends a prompt with what the handset says. Answering again, or too late, is refused as `prompt_not_open`
   * and changes nothing. `id` is the answer's own.
   */
  answerPrompt(answer: {
    readonly id: Id;
    readonly paymentId: Id;
    readonly says: PromptWord;
  }): Promise<Outcome>;
  endTwoStep(
    step: Step & { readonly paymentId: Id | null; readonly transactionId: string },
  ): Promise<Outcome>;
  payOut(payment: Payout & Remarks): Promise<Outcome>;
  transfer(payment: Transfer & Remarks): Promise<Outcome>;
  reverse(reversal: Reversal & { readonly paymentId: Id | null }): Promise<Outcome>;
  /** Creates the mandate, or leaves a prompt that asks its customer to consent. */
  createMandate(mandate: Asked<MandateCreation>): Promise<Outcome>;
  debit(debit: Debit): Promise<Outcome>;
  cancelMandate(use: MandateUse): Promise<Outcome>;
}

export function openPayments(context: RailContext): Payments {
  const news = openNewsroom();
  const lanes = openLanes({
    sql: context.sql,
    clock: context.clock,
    timeZone: markets[context.rail.market].timeZone,
    publish: news.publish,
  });
  const { promptLifeMs, twoStepHoldMs } = context;
  return {
    context,
    lanes,
    news,
    waitingRoom: openWaitingRoom(context.sql, news),
    collect: (payment) => lanes.post(collection({ ...payment, promptLifeMs, twoStep: null }, payment)),
    collectInTwoSteps(payment) {
      const twoStep = { voucher: newVoucher(), holdMs: twoStepHoldMs };
      return lanes.post(collection({ ...payment, promptLifeMs, twoStep }, payment));
    },
    answerPrompt: ({ id, paymentId, says }) =>
      lanes.post({
        ...unasked(id, paymentId),
        decide: (facts) => decideAnswer({ says, twoStepHoldMs }, facts),
      }),
    endTwoStep: (step) =>
      lanes.post({
        ...order(
          "step",
          step,
          { counterparty: "", amountMinor: 0n, originalId: step.paymentId },
          { customerReference: step.transactionId, description: "" },
        ),
        originalId: step.paymentId,
        accounts: [working(step.organisation)],
        decide: (facts) => decideStep(step, facts),
      }),
    payOut: (payment) =>
      lanes.post({
        ...order(
          "payout",
          payment,
          { counterparty: payment.msisdn, amountMinor: payment.amountMinor },
          payment,
        ),
        accounts: accounts(payment, working(payment.organisation), wallet(payment.msisdn)),
        customerCounter: counterOf(payment, payment.msisdn),
        decide: (facts) => decidePayout(payment, facts),
      }),
    transfer: (payment) =>
      lanes.post({
        ...order(
          "transfer",
          payment,
          { counterparty: payment.receiver, amountMinor: payment.amountMinor },
          payment,
        ),
        accounts: accounts(payment, working(payment.organisation), working(payment.receiver)),
        decide: (facts) => decideTransfer(payment, facts),
      }),
    reverse: (reversal) =>
      lanes.post({
        ...order(
          "reversal",
          reversal,
          { counterparty: "", amountMinor: reversal.amountMinor ?? 0n, originalId: reversal.paymentId },
          noRemarks,
        ),
        originalId: reversal.paymentId,
        accounts: accounts(reversal, working(reversal.organisation), wallet(scenarioReversal.msisdn)),
        decide: (facts) => decideReversal(reversal, facts),
      }),
    createMandate: (mandate) =>
      lanes.post({
        ...mandateOrder("mandate", mandate, 0n),
        mandate: null,
        decide: (facts) => decideMandate({ ...mandate, promptLifeMs }, facts),
      }),
    debit: (debit) =>
      lanes.post({
        ...mandateOrder("debit", debit, debit.amountMinor),
        mandate: mandateName(debit),
        decide: (facts) => decideDebit(debit, facts),
      }),
    cancelMandate: (use) =>
      lanes.post({
        ...mandateOrder("mandate_cancel", use, 0n),
        mandate: mandateName(use),
        decide: (facts) => decideCancellation(use, facts),
      }),
  };
}

function collection(payment: Collection, remarks: Remarks): Order {
  return {
    ...order(
      "collection",
      payment,
      { counterparty: payment.msisdn, amountMinor: payment.amountMinor },
      remarks,
    ),
    accounts: accounts(payment, wallet(payment.msisdn)),
    credits: [working(payment.organisation)],
    customerCounter: counterOf(payment, payment.msisdn),
    decide: (facts) => decideCollection(payment, facts),
  };
}

/** An order that no application asked for, about an open payment: an answer, or the end of its time. */
export function unasked(id: Id, paymentId: Id): Omit<Order, "decide"> {
  return {
    id,
    use: "step",
    referenceKey: null,
    accounts: [],
    credits: [],
    originalId: paymentId,
    mandate: null,
    sessionUsageKey: null,
    customerCounter: null,
    record: null,
    listener: null,
  };
}

type MandateRequest = Request & { readonly msisdn: string; readonly mandateReference: string };

function mandateOrder(use: PaymentUse, request: MandateRequest, amountMinor: bigint): Omit<Order, "decide"> {
  const remarks = { customerReference: request.mandateReference, description: "" };
  return {
    ...order(use, request, { counterparty: request.msisdn, amountMinor }, remarks),
    accounts: accounts(request, wallet(request.msisdn)),
    credits: [working(request.organisation)],
    customerCounter: counterOf(request, request.msisdn),
  };
}

/** What all orders have in common; the parts that differ are laid over it. */
function order(
  use: PaymentUse,
  request: Request,
  about: { counterparty: string; amountMinor: bigint; originalId?: Id | null },
  remarks: Remarks,
): Omit<Order, "decide" | "accounts"> & { readonly accounts: readonly AccountName[] } {
  const { id, product, caller, reference, organisation } = request;
  const record: OrderRecord = {
    organisation,
    counterparty: about.counterparty,
    applicationId: caller.applicationId,
    reference,
    customerReference: remarks.customerReference,
    description: remarks.description,
    amountMinor: about.amountMinor,
    originalId: about.originalId ?? null,
  };
  const { responseUrl: url, applicationId, protocol } = caller;
  return {
    id,
    use,
    referenceKey: referenceKey(applicationId, product, reference),
    accounts: [],
    credits: [],
    originalId: null,
    mandate: null,
    sessionUsageKey: sessionKey(request),
    customerCounter: null,
    record,
    listener: url === null ? null : { applicationId, protocol, url },
  };
}

const wallet = (msisdn: string): AccountName => ({ kind: "wallet", owner: msisdn });
const working = (shortcode: string): AccountName => ({ kind: "working", owner: shortcode });

/** The accounts an order names, and the float where a scenario is funded from it. */
function accounts(request: Request, ...names: AccountName[]): AccountName[] {
  return request.scenario === null ? names : [...names, floatAccount];
}

/** Nothing is counted, and no row written, where nothing is limited. */
function sessionKey({ scope, caller, product }: Request): string | null {
  const counts = scope.sessionDailyValueMinor !== undefined || scope.sessionDailyCount !== undefined;
  return counts ? sessionUsageKey(caller.session, product) : null;
}

function counterOf({ scope, caller, product }: Request, msisdn: string): CustomerCounter | null {
  const counts = scope.customerDailyValueMinor !== undefined || scope.customerDailyCount !== undefined;
  return counts ? { msisdn, name: counterName(caller.applicationId, product) } : null;
}

const voucherLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ";

/** Three letters and five digits: easy to read out over a counter. */
function newVoucher(): string {
  let voucher = "";
  for (let i = 0; i < 3; i += 1) voucher += voucherLetters[randomInt(voucherLetters.length)];
  return voucher + randomInt(100_000).toString().padStart(5, "0");
}
