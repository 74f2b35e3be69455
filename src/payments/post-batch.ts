/**
 * One batch, one transaction: lock everything, decide each order in turn, write everything.
 *
 * Locks are taken in the same order by every batch of every server (references, earlier payments,
 * mandates, wallets, usage, other accounts; each in the order of its keys), so batches queue and never
 * deadlock. Accounts that a batch only adds to, such as the shops' in a batch of collections, come last
 * of all, with the writes: then the next batch need not wait for them to read its customers.
 * Nothing waits for anybody's network in between.
 */
import type { Clock } from "../clock.ts";
import { localTime } from "../clock.ts";
import { Book } from "../ledger/book.ts";
import { operator } from "../ledger/book.ts";
import {
  changeBalances,
  lockAccounts,
  lookUpAccounts,
  type AccountKind,
  type AccountName,
} from "../store/accounts.ts";
import type { Sql, Transaction } from "../store/connect.ts";
import { inTwoTrips } from "../store/transaction.ts";
import { insertDeliveries } from "../store/deliveries.ts";
import { deleteHolds, holdOn, insertHolds, readHoldKind } from "../store/holds.ts";
import {
  cancelMandates,
  insertMandates,
  insertPaidPeriods,
  lockMandates,
  mandateOfPayment,
  paidPeriods,
  type MandateRow,
} from "../store/mandates.ts";
import { insertMessages } from "../store/messages.ts";
import { insertMoves } from "../store/moves.ts";
import { insertOutbox } from "../store/outbox.ts";
import {
  changePayments,
  insertPayments,
  lockPayments,
  readPayments,
  type LockedPayment,
} from "../store/payments.ts";
import { endPrompts, insertPrompts } from "../store/prompts.ts";
import { claimReferences, referenceHolders } from "../store/references.ts";
import { lockUsage, writeUsage } from "../store/usage.ts";
import { Counters } from "./counters.ts";
import { mandatePeriod, mandatesMeant } from "./mandate-terms.ts";
import type { News } from "./news.ts";
import type { Facts, Order, Outcome } from "./order.ts";
import { WriteSet } from "./write-set.ts";
import type { Refusal } from "./refusals.ts";

export interface BatchContext {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly timeZone: string;
  /** Told what was committed, once it is. */
  readonly publish: (news: News) => void;
}

/**
 * Posts the orders and returns their outcomes, in the same sequence.
 *
 * May be called again with the same orders after a failure: those that an earlier try did commit,
 * although the answer got lost, are recognised by their references and not done twice. `onCommit` is
 * called just before the commit is sent: from then on a failure leaves the outcome unknown.
 */
export async function postBatch(
  context: BatchContext,
  orders: readonly Order[],
  onCommit: () => void,
): Promise<Outcome[]> {
  const { outcomes, news } = await inTwoTrips(
    context.sql,
    {
      lock: (tx) => lockAll(tx, context, orders),
      write: (tx, locked) => decideAndWrite(tx, context, orders, locked),
    },
    onCommit,
  );
  context.publish(news);
  return outcomes;
}

/** Asks each order in turn, and sends everything that they answered. */
async function decideAndWrite(
  tx: Transaction,
  context: BatchContext,
  orders: readonly Order[],
  locked: Locked,
): Promise<{ outcomes: Outcome[]; news: News }> {
  const writes = new WriteSet(locked.at);
  const today = localTime(writes.at, context.timeZone);
  const periods = new PeriodSet(locked.paidPeriods);
  const answered = orders.map((order) => {
    const known = locked.duplicates.get(order.id);
    if (known !== undefined) return known;
    const facts = factsFor(order, locked, periods, writes.at, today);
    return writes.add(order, order.decide(facts), locked.book, facts, periods, locked.counters);
  });
  locked.counters.writeTo(locked.book);
  const mandateIds = await writeAll(tx, writes, locked);
  const outcomes = answered.map((outcome) => ({
    ...outcome,
    mandateId: outcome.mandateId ?? mandateIds.get(outcome.id) ?? null,
  }));
  return { outcomes, news: writes.news() };
}

interface Locked {
  /** The batch's business time. */
  readonly at: number;
  /** What is answered to orders whose reference was used before, by their own ids. */
  readonly duplicates: ReadonlyMap<bigint, Outcome>;
  readonly originals: ReadonlyMap<bigint, LockedPayment>;
  readonly mandates: readonly MandateRow[];
  readonly paidPeriods: readonly { mandateId: bigint; period: number }[];
  readonly book: Book;
  readonly counters: Counters;
}

/** Locks and reads what the orders name. Statements that need no answer of one another share a round trip. */
async function lockAll(tx: Transaction, context: BatchContext, orders: readonly Order[]): Promise<Locked> {
  const at = context.clock.now();
  const claiming = orders.filter((order) => order.referenceKey !== null);
  const claim = claimReferences(
    tx,
    claiming.map((order) => order.referenceKey as string),
    claiming.map((order) => order.id),
  );

  const originalIds = unique(orders.map((order) => order.originalId));
  const mandateNames = orders.flatMap((order) => order.mandate ?? []);
  const [originals, mandates] = await Promise.all([
    originalIds.length > 0 ? lockPayments(tx, originalIds) : [],
    mandateNames.length > 0 ? lockMandates(tx, mandateNames) : [],
    originalIds.length > 0 || mandateNames.length > 0 ? claim : null,
  ]);

  const day = localTime(at, context.timeZone).day;
  const { wallets, others, onlyAdded } = accountsOf(orders, originals);
  const sessionKeys = unique(orders.map((order) => order.sessionUsageKey));
  const periods = mandates.map((mandate) => ({ mandateId: mandate.id, period: mandatePeriod(mandate, day) }));
  const [claimed, locked, usage, rest, paid] = await Promise.all([
    claim,
    wallets.length > 0 ? lockAccounts(tx, wallets) : [],
    sessionKeys.length > 0 ? lockUsage(tx, day, sessionKeys) : [],
    others.length === 0 ? [] : onlyAdded ? lookUpAccounts(tx, others) : lockAccounts(tx, others),
    periods.length > 0
      ? paidPeriods(
          tx,
          periods.flatMap(({ mandateId, period }) => (period === null ? [] : { mandateId, period })),
        )
      : [],
  ]);

  const repeated = claiming.filter((order) => !claimed.has(order.id));
  return {
    at,
    duplicates: new Map(
      await Promise.all(
        repeated.map(async (order) => [order.id, await outcomeOfDuplicate(tx, order)] as const),
      ),
    ),
    originals: new Map(originals.map((original) => [original.id, original])),
    mandates,
    paidPeriods: paid,
    book: new Book([...locked, ...rest]),
    counters: new Counters(usage, day),
  };
}

/**
 * The accounts of a batch, wallets and others, and whether the others are only added to.
 *
 * One order that takes from an organisation (a payout, a reversal, a scenario funded by the float) is
 * enough to lock all the others with it: half of them locked now and half with the writes is how two
 * batches would come to wait for each other.
 */
function accountsOf(orders: readonly Order[], originals: readonly LockedPayment[]) {
  const wallets = new Map<string, AccountName>();
  const others = new Map<string, AccountName>();
  const add = (kind: AccountKind, owner: string): void => {
    if (kind === "wallet") wallets.set(owner, { kind, owner });
    else others.set(`${kind}:${owner}`, { kind, owner });
  };
  let onlyAdded = originals.length === 0;
  for (const order of orders) {
    for (const { kind, owner } of order.accounts) {
      add(kind, owner);
      onlyAdded &&= kind === "wallet";
    }
    for (const { kind, owner } of order.credits) add(kind, owner);
  }
  for (const { use, organisation, debitKind, debitOwner, creditKind, creditOwner } of originals) {
    // A mandate that its customer consents to moves nothing, and is its organisation's all the same.
    if (use === "mandate") add("working", organisation);
    if (debitKind !== null && debitOwner !== null) add(debitKind as AccountKind, debitOwner);
    if (creditKind !== null && creditOwner !== null) add(creditKind as AccountKind, creditOwner);
  }
  return { wallets: [...wallets.values()], others: [...others.values()], onlyAdded };
}

function factsFor(
  order: Order,
  locked: Locked,
  periods: PeriodSet,
  now: number,
  today: Facts["today"],
): Facts {
  return {
    book: locked.book,
    now,
    today,
    original: order.originalId === null ? undefined : locked.originals.get(order.originalId),
    mandates: order.mandate === null ? [] : mandatesMeant(locked.mandates, order.mandate),
    periodPaid: (mandateId, period) => periods.has(mandateId, period),
    usage: locked.counters.usageOf(order, locked.book),
  };
}

/** The periods that are paid, those of this batch among them. */
export class PeriodSet {
  readonly #paid: Set<string>;

  constructor(paid: readonly { mandateId: bigint; period: number }[]) {
    this.#paid = new Set(paid.map(({ mandateId, period }) => `${mandateId}/${period}`));
  }

  has(mandateId: bigint, period: number): boolean {
    return this.#paid.has(`${mandateId}/${period}`);
  }

  add(mandateId: bigint, period: number): void {
    this.#paid.add(`${mandateId}/${period}`);
  }
}

/** Writes what the decisions say, and returns the ids of new mandates by the payment that made them. */
async function writeAll(
  tx: Transaction,
  writes: WriteSet,
  locked: Locked,
): Promise<ReadonlyMap<bigint, bigint>> {
  const changes = locked.book.changes();
  const usage = locked.counters.changedSessions();
  const [mandateIds] = await Promise.all([
    writes.mandates.length > 0 ? insertMandates(tx, writes.mandates, writes.at) : new Map<bigint, bigint>(),
    writes.payments.length > 0 ? insertPayments(tx, writes.payments, writes.at) : null,
    writes.moves.length > 0 ? insertMoves(tx, writes.moves, writes.at) : null,
    writes.changes.size > 0 ? changePayments(tx, [...writes.changes.values()], writes.at) : null,
    writes.holds.length > 0 ? insertHolds(tx, writes.holds) : null,
    writes.prolongedHolds.length > 0 ? holdOn(tx, writes.prolongedHolds) : null,
    writes.endedHolds.length > 0 ? deleteHolds(tx, writes.endedHolds) : null,
    writes.prompts.length > 0 ? insertPrompts(tx, writes.prompts, writes.at) : null,
    writes.endedPrompts.length > 0 ? endPrompts(tx, writes.endedPrompts, writes.at) : null,
    writes.messages.length > 0 ? insertMessages(tx, writes.messages, writes.at) : null,
    writes.outbox.length > 0 ? insertOutbox(tx, writes.outbox, writes.at) : null,
    writes.deliveries.length > 0 ? insertDeliveries(tx, writes.deliveries, writes.at) : null,
    usage.length > 0 ? writeUsage(tx, usage) : null,
    writes.cancelledMandates.length > 0 ? cancelMandates(tx, writes.cancelledMandates, writes.at) : null,
    writes.paidPeriods.length > 0 ? insertPaidPeriods(tx, writes.paidPeriods) : null,
    // Last, since it may be what locks the shops.
    changes.length > 0 ? changeBalances(tx, changes) : null,
  ]);
  return mandateIds;
}

/**
 * Answers an order whose reference was used before: by another payment, or by this very order in an
 * earlier try whose answer got lost. In the second case its own row says how it ended.
 */
async function outcomeOfDuplicate(tx: Transaction, order: Order): Promise<Outcome> {
  const [holder] = await referenceHolders(tx, [order.referenceKey as string]);
  const duplicate: Outcome = {
    id: order.id,
    status: "failed",
    refusal: "duplicate",
    mandateId: null,
    voucher: null,
    prompted: false,
  };
  if (holder?.paymentId !== order.id) return duplicate;
  const [row] = await readPayments(tx, [order.id]);
  if (row === undefined) return duplicate;
  const mandate = order.use === "mandate" ? await mandateOfPayment(tx, order.id) : undefined;
  return {
    id: row.id,
    status: row.status,
    refusal: row.refusal as Refusal | null,
    mandateId: mandate?.id ?? row.mandateId,
    voucher: row.voucher,
    prompted: row.status === "held" && (await readHoldKind(tx, row.id)) === "prompt",
  };
}

/** Every account that a batch may need besides those that its orders name. */
export const floatAccount: AccountName = { kind: "float", owner: operator };

function unique<T>(values: readonly (T | null)[]): T[] {
  return [...new Set(values.filter((value) => value !== null))];
}
