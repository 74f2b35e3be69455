/**
 * Standing orders: a mandate with an amount and a schedule, which the platform debits itself.
 *
 * The terms are stored before the customer is asked, so that no consent can exist without them. A due order is leased by
 * one server (wall time), and each attempt has a reference of its own, so that a debit is made once whatever fails.
 */
import { localTime, msPerMinute, msPerSecond, type ClockDrivenJob, type ClockEvent } from "../core/clock.ts";
import { idTimestamp, type Id } from "../core/ids.ts";
import { markets } from "../core/markets.ts";
import { readAccounts } from "../store/rail/accounts.ts";
import { readC2bUrls } from "../store/rail/c2b-urls.ts";
import { insertMessages } from "../store/rail/messages.ts";
import {
  deleteStandingOrder,
  insertStandingOrder,
  leaseStandingOrders,
  readNextStandingOrder,
  updateStandingOrder,
  type DueStandingOrder,
  type StandingOrderPlan,
} from "../store/rail/standing-orders.ts";
import { findInvoiceUrl, publishMessages } from "./invoices.ts";
import { invoiceKind } from "./notifications.ts";
import type { Caller, Outcome } from "./instruction.ts";
import { isExpired, type Frequency } from "./mandate-terms.ts";
import { confirmationKind } from "./pay-merchant.ts";
import type { Payments } from "./payments.ts";
import { readReferencedPayments } from "./queries.ts";
import type { RecordedRefusal } from "./refusals.ts";
import type { MandateCreation } from "./rules/mandate.ts";
import { findNextDebit, getNextMorning, maxRetries, type Schedule } from "./standing-order-schedule.ts";

/** The operation of the debits. No application requests them. */
export const standingOrderOperation = "standingOrderDebit";

export type StandingOrderRequest = Omit<
  MandateCreation,
  "promptLifeMs" | "promptLimits" | "frequency" | "firstPaymentDay" | "rangeStart" | "rangeEnd"
> & {
  readonly frequency: Frequency;
  /** A local day as yyyymmdd. */
  readonly firstPaymentDay: number;
  readonly amountMinor: bigint;
  /** The account that collects. */
  readonly accountKind: "utility" | "merchant";
  /** The customer's account number at a paybill; empty for a till. */
  readonly accountReference: string;
};

/** Asks the customer for the mandate, which the platform debits from then on. */
export async function createStandingOrder(
  payments: Payments,
  request: StandingOrderRequest,
): Promise<Outcome> {
  const { id, caller, organisation, accountKind, accountReference, amountMinor, frequency } = request;
  const { sql, clock, rail } = payments.context;
  const { firstPaymentDay: startDay } = request;
  const { timeZone } = markets[rail.market];
  const now = clock.now();
  const next = findNextDebit({ frequency, startDay, timeZone }, now, 0);
  await insertStandingOrder(sql, {
    paymentId: id,
    protocol: caller.protocol,
    applicationId: caller.applicationId,
    organisation,
    accountKind,
    accountReference,
    amountMinor,
    frequency,
    startDay,
    period: next?.period ?? 0,
    nextAt: next?.at ?? now,
  });
  // The mandate of an order that ends before it starts has no first day: it has expired, and is never debited.
  const isExpiredAtOnce = request.expiryDay !== null && request.expiryDay < startDay;
  const outcome = await payments.createMandate({
    ...request,
    debitMinor: amountMinor,
    firstPaymentDay: isExpiredAtOnce ? null : startDay,
    rangeStart: null,
    rangeEnd: null,
  });
  if (outcome.refusal !== null) await deleteStandingOrder(sql, id);
  return outcome;
}

const maxBatchSize = 100;
const leaseMs = 30 * msPerSecond;
/** How soon an order is looked at again whose customer has not answered. */
const consentPollMs = msPerMinute;
/** After this wall time, a request that made no payment has failed. */
const requestTimeoutMs = 10 * msPerMinute;

/** Debits every standing order that is due (business time). Several servers may do so at the same time. */
export async function debitStandingOrders(payments: Payments, newId: () => Id): Promise<ClockEvent[]> {
  const { sql, clock } = payments.context;
  const events: ClockEvent[] = [];
  for (;;) {
    const due = await leaseStandingOrders(sql, { now: clock.now(), leaseMs, limit: maxBatchSize });
    const results = await Promise.all(due.map((order) => debitOrder(payments, newId, order)));
    events.push(...results.flat());
    if (due.length < maxBatchSize) return events;
  }
}

/** The same, as a job of the sandbox clock. */
export const createStandingOrderWork = (payments: Payments, newId: () => Id): ClockDrivenJob => ({
  nextAt: (until) => readNextStandingOrder(payments.context.sql, until),
  run: () => debitStandingOrders(payments, newId),
});

async function debitOrder(
  payments: Payments,
  newId: () => Id,
  order: DueStandingOrder,
): Promise<ClockEvent[]> {
  const { sql, clock, rail } = payments.context;
  const { mandateId, msisdn, reference } = order;
  const now = clock.now();
  const { timeZone } = markets[rail.market];
  if (mandateId === null || msisdn === null || reference === null) {
    await updateStandingOrder(sql, order, awaitConsent(order, { now, timeZone }));
    return [];
  }
  if (order.cancelledAt !== null || isExpired(order, localTime(now, timeZone).day)) {
    await updateStandingOrder(sql, order, { ...order, nextAt: null });
    return [];
  }
  const attempt = await postDebit(payments, newId(), { ...order, mandateId, msisdn, reference });
  const plan = planNext(order, attempt.refusal, { now, timeZone });
  const isPlanned = await updateStandingOrder(sql, order, plan);
  if (isPlanned && plan.isSkipped)
    await notifySkipped(payments, msisdn, attempt.paymentId, order.amountMinor);
  return [toClockEvent(payments, attempt, plan.isSkipped)];
}

/**
 * Without a mandate: the customer has not answered, or the request has failed. A request whose payment is not there yet
 * waits until the next morning: the platform stores the order first.
 */
function awaitConsent(
  { paymentId, paymentStatus, period, attempt }: DueStandingOrder,
  { now, timeZone }: { readonly now: number; readonly timeZone: string },
): StandingOrderPlan {
  if (paymentStatus === "held") return { period, attempt, nextAt: now + consentPollMs };
  const mayBecomePayment = paymentStatus === null && Date.now() - idTimestamp(paymentId) < requestTimeoutMs;
  return { period, attempt, nextAt: mayBecomePayment ? getNextMorning(now, { timeZone }) : null };
}

interface Attempt {
  readonly paymentId: Id;
  readonly receipt: string | null;
  readonly refusal: RecordedRefusal | null;
}

type ConsentedOrder = DueStandingOrder & {
  readonly mandateId: bigint;
  readonly msisdn: string;
  readonly reference: string;
};

/** Posts the debit of an attempt, or finds the one that a server made before it failed. */
async function postDebit(payments: Payments, id: Id, order: ConsentedOrder): Promise<Attempt> {
  const { organisation, period, attempt } = order;
  const [urls, invoice] = await Promise.all([
    readC2bUrls(payments.context.sql, organisation),
    findInvoiceUrl(payments.context, organisation, order.accountReference),
  ]);
  const endpoints = {
    // A registration by another protocol is for messages of that protocol.
    ...(urls?.protocol === order.protocol ? { [confirmationKind]: urls.confirmationUrl } : {}),
    ...(invoice === undefined ? {} : { [invoiceKind]: invoice.callbackUrl }),
  };
  const caller: Caller = {
    // The application that registered the URL owns the notification, because its secret signs it.
    applicationId: urls?.applicationId ?? order.applicationId,
    session: null,
    shortcodes: null,
    protocol: order.protocol,
    endpoints: Object.keys(endpoints).length === 0 ? null : endpoints,
  };
  const reference = `standing order ${order.paymentId} ${period} ${attempt}`;
  const outcome = await payments.debit({
    id,
    operation: standingOrderOperation,
    caller,
    limits: {},
    organisation,
    organisationAccount: order.accountKind,
    reference,
    simulation: null,
    msisdn: order.msisdn,
    mandateReference: order.reference,
    mandateId: order.mandateId,
    amountMinor: order.amountMinor,
    standingOrder: { period, accountReference: order.accountReference },
  });
  if (outcome.refusal !== "duplicate") return { ...outcome, paymentId: outcome.id };
  const [made] = await readReferencedPayments(payments.context, caller, reference, [standingOrderOperation]);
  return made === undefined
    ? { ...outcome, paymentId: outcome.id }
    : { paymentId: made.id, receipt: made.receipt, refusal: made.refusal as RecordedRefusal | null };
}

/** After these refusals no debit can succeed. */
const finalRefusals: ReadonlySet<RecordedRefusal | null> = new Set([
  "mandate_not_active",
  "mandate_expired",
  "mandate_id_unknown",
  "mandate_mismatch",
  "organisation_unknown",
  "customer_unknown",
]);

const paidRefusals: ReadonlySet<RecordedRefusal | null> = new Set([null, "mandate_period_paid"]);

/** What an order waits for after an attempt. Pure. */
export function planNext(
  {
    frequency,
    startDay,
    period,
    attempt,
  }: Pick<DueStandingOrder, "frequency" | "startDay" | "period" | "attempt">,
  refusal: RecordedRefusal | null,
  { now, timeZone }: { readonly now: number; readonly timeZone: string },
): StandingOrderPlan & { readonly isSkipped: boolean } {
  if (finalRefusals.has(refusal)) return { period, attempt, nextAt: null, isSkipped: false };
  const schedule: Schedule = { frequency, startDay, timeZone };
  const next = findNextDebit(schedule, now, period + 1);
  const isPaid = paidRefusals.has(refusal);
  const retryAt = getNextMorning(now, schedule);
  const mayRetry = attempt < maxRetries && (next === null || retryAt < next.at);
  if (!isPaid && mayRetry) return { period, attempt: attempt + 1, nextAt: retryAt, isSkipped: false };
  return { period: next?.period ?? period, attempt: 0, nextAt: next?.at ?? null, isSkipped: !isPaid };
}

/** Sends the customer an SMS, if they have a handset. */
async function notifySkipped(
  { context, commitEvents }: Payments,
  msisdn: string,
  paymentId: Id,
  amountMinor: bigint,
): Promise<void> {
  const wallet = (await readAccounts(context.sql, msisdn)).find(({ kind }) => kind === "wallet");
  if (wallet?.hasHandset !== true) return;
  const message = {
    recipient: msisdn,
    party: "customer",
    paymentId,
    kind: "order_skipped",
    amountMinor,
    balanceMinor: wallet.availableMinor,
  } as const;
  await context.sql.begin((tx) => insertMessages(tx, [message], context.clock.now()));
  publishMessages(commitEvents);
}

function toClockEvent(
  { context: { clock, rail, publicIds } }: Payments,
  { paymentId, receipt, refusal }: Attempt,
  isSkipped: boolean,
): ClockEvent {
  const event = { at: clock.now(), market: rail.market, subject: receipt ?? publicIds.receipt(paymentId) };
  if (paidRefusals.has(refusal))
    return { ...event, type: "standing_order_paid", message: "A standing order was debited." };
  return isSkipped
    ? { ...event, type: "standing_order_skipped", message: `A standing order was not debited: ${refusal}.` }
    : {
        ...event,
        type: "standing_order_unpaid",
        message: `A standing order could not be debited: ${refusal}.`,
      };
}
