/**
 * Posts one batch in one transaction: lock all rows, decide each instruction in turn, write all rows.
 *
 * All batches of all servers lock in the same order (references, earlier payments, mandates, wallets,
 * usage, other accounts; each in the order of its keys), so batches queue and never deadlock. Accounts that
 * a batch only credits, such as the shops of a batch of collections, are locked last, with the writes. The
 * next batch can then lock its customers without waiting for the shops. The transaction makes no network
 * calls except to the database.
 */
import type { Clock } from "../../core/clock.ts";
import { localTime } from "../../core/clock.ts";
import { LockedAccounts } from "../../ledger/locked-accounts.ts";
import { operator } from "../../ledger/locked-accounts.ts";
import {
  applyBalanceChanges,
  lockAccounts,
  readAccountsByName,
  type AccountKind,
  type AccountName,
} from "../../store/rail/accounts.ts";
import type { Sql, Transaction } from "../../store/driver/connect.ts";
import { runInTwoRoundTrips } from "../../store/driver/transaction.ts";
import { insertDeliveries } from "../../store/rail/deliveries.ts";
import { deleteHolds, extendHolds, insertHolds, readHoldKind } from "../../store/rail/holds.ts";
import {
  cancelMandates,
  expireMandates,
  insertMandates,
  insertPaidPeriods,
  lockMandates,
  readMandateByPayment,
  readPaidPeriods,
  type MandateRow,
} from "../../store/rail/mandates.ts";
import { insertMessages } from "../../store/rail/messages.ts";
import { insertPostings } from "../../store/rail/postings.ts";
import { countInvoicePayments } from "../../store/rail/invoices.ts";
import { insertNotifications } from "../../store/rail/notifications.ts";
import {
  changePayments,
  insertPayments,
  lockPayments,
  readPayments,
  setThirdPartyReferences,
  type LockedPayment,
} from "../../store/rail/payments.ts";
import { endPrompts, insertPrompts } from "../../store/rail/prompts.ts";
import { endValidations, insertValidations } from "../../store/rail/validations.ts";
import { claimReferenceKeys, readReferencePayments } from "../../store/rail/idempotency-keys.ts";
import { lockUsage, writeUsage } from "../../store/rail/session-usage.ts";
import { collectMandateKeys, readExistingMandates, type ExistingMandates } from "./existing-mandates.ts";
import { listChargeAccounts, toCollectionUse } from "../rules/charges.ts";
import { UsageCounters } from "./usage-counters.ts";
import { getMandatePeriod, findMatchingMandates } from "../mandate-terms.ts";
import type { CommitEvent } from "../commit-events.ts";
import type { LockedState, Instruction, Outcome } from "../instruction.ts";
import type { Receipts, TakenReceipts } from "../receipts.ts";
import type { Tariff } from "../tariffs.ts";
import { WriteSet, type NotificationSources } from "./write-set.ts";
import type { RecordedRefusal } from "../refusals.ts";

export interface BatchContext extends NotificationSources {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly timeZone: string;
  /** How many requests of an application a customer may refuse in a day (`customer-refusals.ts`). */
  readonly maxCustomerRefusals: number;
  /** Null in a market without dated receipts. */
  readonly receipts: Receipts | null;
  /** What organisations are charged in this market. */
  readonly tariff: Tariff;
  /** Called after each commit. */
  readonly publish: (event: CommitEvent) => void;
}

/** The points of a batch at which its caller may decide something. */
export interface BatchEvents {
  /** Called before the writes and the commit are sent, in the same turn of the event loop. Throwing prevents both. */
  beforeWrite(): void;
  /** Called when the commit has been sent. */
  onCommit(): void;
}

/**
 * Posts the instructions and returns their outcomes in the same order.
 *
 * May be called again with the same instructions after a failure. Instructions that an earlier attempt
 * committed, although its response was lost, are recognised by their references and not repeated.
 * A failure after `onCommit` leaves the outcome unknown.
 */
export async function postBatch(
  context: BatchContext,
  instructions: readonly Instruction[],
  { beforeWrite, onCommit }: BatchEvents,
): Promise<Outcome[]> {
  const { outcomes, event } = await runInTwoRoundTrips(
    context.sql,
    {
      lock: (tx) => lockAll(tx, context, instructions),
      async write(tx, locked) {
        beforeWrite();
        return decideAndWrite(tx, context, instructions, locked);
      },
    },
    onCommit,
  );
  context.publish(event);
  return outcomes;
}

/** Decides each instruction in turn and writes all decisions. */
async function decideAndWrite(
  tx: Transaction,
  context: BatchContext,
  instructions: readonly Instruction[],
  locked: LockedRows,
): Promise<{ outcomes: Outcome[]; event: CommitEvent }> {
  const today = localTime(locked.at, context.timeZone);
  const writes = new WriteSet(locked.at, context, () => locked.receipts?.next(today.day) ?? null);
  const periods = new PaidPeriods(locked.paidPeriods);
  const decided = instructions.map((instruction) => {
    const duplicate = locked.duplicates.get(instruction.id);
    if (duplicate !== undefined) return duplicate;
    const state = buildLockedState(instruction, locked, periods, {
      now: writes.at,
      today,
      maxCustomerRefusals: context.maxCustomerRefusals,
      tariff: context.tariff,
    });
    return writes.add(
      instruction,
      instruction.decide(state),
      locked.accounts,
      state,
      { periods, existing: locked.existingMandates },
      locked.counters,
    );
  });
  locked.counters.writeCustomerUsage(locked.accounts);
  const mandateIds = await writeAll(tx, writes, locked);
  const outcomes = decided.map((outcome) => ({
    ...outcome,
    mandateId: outcome.mandateId ?? mandateIds.get(outcome.id) ?? null,
  }));
  return { outcomes, event: writes.toCommitEvent() };
}

interface LockedRows {
  /** The batch's business time. */
  readonly at: number;
  /** The outcomes of instructions whose reference was already used, by instruction id. */
  readonly duplicates: ReadonlyMap<bigint, Outcome>;
  readonly originals: ReadonlyMap<bigint, LockedPayment>;
  readonly mandates: readonly MandateRow[];
  readonly paidPeriods: readonly { mandateId: bigint; period: number }[];
  readonly existingMandates: ExistingMandates;
  readonly accounts: LockedAccounts;
  readonly counters: UsageCounters;
  /** Null in a market without dated receipts. */
  readonly receipts: TakenReceipts | null;
}

/** Locks and reads the rows that the instructions name. Independent statements share a round trip. */
async function lockAll(
  tx: Transaction,
  context: BatchContext,
  instructions: readonly Instruction[],
): Promise<LockedRows> {
  const at = context.clock.now();
  const withReference = instructions.filter((instruction) => instruction.referenceKey !== null);
  const claim = claimReferenceKeys(
    tx,
    withReference.map((instruction) => instruction.referenceKey as string),
    withReference.map((instruction) => instruction.id),
  );

  const originalIds = unique(instructions.map((instruction) => instruction.originalId));
  const [originals] = await Promise.all([
    originalIds.length > 0 ? lockPayments(tx, originalIds) : [],
    originalIds.length > 0 ? claim : null,
  ]);
  const mandateNames = instructions.flatMap((instruction) => instruction.mandate ?? []);
  const mandateKeys = collectMandateKeys(instructions, originals);
  const [mandates] = await Promise.all([
    mandateNames.length > 0 || mandateKeys.length > 0 ? lockMandates(tx, mandateNames, mandateKeys) : [],
    mandateNames.length > 0 || mandateKeys.length > 0 ? claim : null,
  ]);

  const day = localTime(at, context.timeZone).day;
  const { wallets, others, othersCreditOnly, fees } = collectAccountNames(
    instructions,
    originals,
    context.tariff,
  );
  const sessionKeys = unique(instructions.map((instruction) => instruction.sessionUsageKey));
  const periods = [
    ...mandates.map((mandate) => ({ mandateId: mandate.id, period: getMandatePeriod(mandate, day) })),
    ...instructions.flatMap((instruction) => instruction.mandatePeriod ?? []),
  ];
  const [claimedIds, locked, usage, otherAccounts, feeAccounts, paid, receipts] = await Promise.all([
    claim,
    wallets.length > 0 ? lockAccounts(tx, wallets) : [],
    sessionKeys.length > 0 ? lockUsage(tx, day, sessionKeys) : [],
    others.length === 0 ? [] : othersCreditOnly ? readAccountsByName(tx, others) : lockAccounts(tx, others),
    fees.length > 0 ? readAccountsByName(tx, fees) : [],
    periods.length > 0
      ? readPaidPeriods(
          tx,
          periods.flatMap(({ mandateId, period }) => (period === null ? [] : { mandateId, period })),
        )
      : [],
    takeReceipts(tx, context, instructions),
  ]);
  const existingMandates = await readExistingMandates(tx, mandateKeys, at);

  const duplicates = withReference.filter((instruction) => !claimedIds.has(instruction.id));
  return {
    at,
    duplicates: new Map(
      await Promise.all(
        duplicates.map(
          async (instruction) => [instruction.id, await resolveDuplicate(tx, instruction)] as const,
        ),
      ),
    ),
    originals: new Map(originals.map((original) => [original.id, original])),
    mandates,
    paidPeriods: paid,
    existingMandates,
    accounts: new LockedAccounts([...locked, ...otherAccounts, ...feeAccounts]),
    counters: new UsageCounters(usage, day),
    receipts,
  };
}

/** Every payment of the batch gets a receipt, whatever its outcome. */
async function takeReceipts(
  tx: Transaction,
  { receipts }: BatchContext,
  instructions: readonly Instruction[],
): Promise<TakenReceipts | null> {
  if (receipts === null) return null;
  return receipts.take(tx, instructions.filter(({ record }) => record !== null).length);
}

/**
 * Collects the accounts of a batch: wallets, others, and whether the batch only credits the others.
 *
 * If one instruction debits an organisation (a payout, a reversal, a scenario funded by the float), all
 * other accounts are locked before the decision. Locking some of them now and some with the writes would
 * let two batches deadlock.
 *
 * The operator's fees are in most batches of a market with charges. They are never locked before the decision, and last of
 * all with the writes, so that batches of different organisations do not wait for each other.
 */
function collectAccountNames(
  instructions: readonly Instruction[],
  originals: readonly LockedPayment[],
  tariff: Tariff,
) {
  const wallets = new Map<string, AccountName>();
  const fees = new Map<string, AccountName>();
  const others = new Map<string, AccountName>();
  const add = (kind: AccountKind, owner: string): void => {
    if (kind === "wallet") wallets.set(owner, { kind, owner });
    else if (kind === "fees") fees.set(owner, { kind, owner });
    else others.set(`${kind}:${owner}`, { kind, owner });
  };
  let othersCreditOnly = originals.length === 0;
  for (const instruction of instructions) {
    for (const { kind, owner } of instruction.accounts) {
      add(kind, owner);
      othersCreditOnly &&= kind === "wallet";
    }
    for (const { kind, owner } of instruction.creditOnlyAccounts) add(kind, owner);
  }
  for (const original of originals) {
    const { type, organisation, debitKind, debitOwner, creditKind, creditOwner } = original;
    // Consent to a mandate moves no money, but the decision checks the organisation's account.
    if (type === "mandate") add("working", organisation);
    if (debitKind !== null && debitOwner !== null) add(debitKind as AccountKind, debitOwner);
    if (creditKind !== null && creditOwner !== null) add(creditKind as AccountKind, creditOwner);
    for (const { kind, owner } of listSettlementAccounts(original, tariff)) add(kind, owner);
  }
  return {
    wallets: [...wallets.values()],
    others: [...others.values()],
    othersCreditOnly,
    fees: [...fees.values()],
  };
}

/** The accounts of the charge of a collection that may be settled now. */
function listSettlementAccounts(
  { type, status, creditKind, creditOwner }: LockedPayment,
  tariff: Tariff,
): readonly AccountName[] {
  if (type !== "collection" || status !== "held" || creditKind === null || creditOwner === null) return [];
  return listChargeAccounts(tariff, toCollectionUse(creditKind as AccountKind), creditOwner);
}

function buildLockedState(
  instruction: Instruction,
  locked: LockedRows,
  periods: PaidPeriods,
  {
    now,
    today,
    tariff,
    maxCustomerRefusals,
  }: Pick<LockedState, "now" | "today" | "tariff"> & Pick<BatchContext, "maxCustomerRefusals">,
): LockedState {
  return {
    accounts: locked.accounts,
    now,
    today,
    original: instruction.originalId === null ? undefined : locked.originals.get(instruction.originalId),
    mandates: instruction.mandate === null ? [] : findMatchingMandates(locked.mandates, instruction.mandate),
    findExistingMandate: (key) => locked.existingMandates.find(key),
    periodPaid: (mandateId, period) => periods.has(mandateId, period),
    usage: locked.counters.getUsage(instruction, locked.accounts),
    tariff,
    isRefusalLimitReached: (wallet, applicationId) =>
      locked.counters.getRefusals(wallet, applicationId) >= maxCustomerRefusals,
  };
}

/** The mandate periods that are paid, including by earlier instructions of this batch. */
export class PaidPeriods {
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

/** Writes the rows. Returns the ids of new mandates by the id of the payment that created them. */
async function writeAll(
  tx: Transaction,
  writes: WriteSet,
  locked: LockedRows,
): Promise<ReadonlyMap<bigint, bigint>> {
  const changes = locked.accounts.getBalanceChanges();
  const [withBalances, withoutBalances] = partition(writes.notifications, (row) => row.reportsBalances);
  const usage = locked.counters.getChangedSessions();
  const [, , mandateIds] = await Promise.all([
    // Before the inserts: a new mandate may take the place of one that ends in the same batch.
    writes.cancelledMandates.length > 0 ? cancelMandates(tx, writes.cancelledMandates, writes.at) : null,
    writes.replacedMandates.length > 0 ? expireMandates(tx, writes.replacedMandates, writes.at) : null,
    writes.mandates.length > 0 ? insertMandates(tx, writes.mandates, writes.at) : new Map<bigint, bigint>(),
    writes.payments.length > 0 ? insertPayments(tx, writes.payments, writes.at) : null,
    writes.postings.length > 0 ? insertPostings(tx, writes.postings, writes.at) : null,
    writes.paymentChanges.size > 0
      ? changePayments(tx, [...writes.paymentChanges.values()], writes.at)
      : null,
    writes.holds.length > 0 ? insertHolds(tx, writes.holds) : null,
    writes.extendedHolds.length > 0 ? extendHolds(tx, writes.extendedHolds) : null,
    writes.closedHolds.length > 0 ? deleteHolds(tx, writes.closedHolds) : null,
    writes.prompts.length > 0 ? insertPrompts(tx, writes.prompts, writes.at) : null,
    writes.closedPrompts.length > 0 ? endPrompts(tx, writes.closedPrompts, writes.at) : null,
    writes.validations.length > 0 ? insertValidations(tx, writes.validations) : null,
    writes.endedValidations.length > 0 ? endValidations(tx, writes.endedValidations, writes.at) : null,
    writes.thirdPartyReferences.length > 0 ? setThirdPartyReferences(tx, writes.thirdPartyReferences) : null,
    writes.messages.length > 0 ? insertMessages(tx, writes.messages, writes.at) : null,
    withoutBalances.length > 0 ? insertNotifications(tx, withoutBalances, writes.at) : null,
    writes.deliveries.length > 0 ? insertDeliveries(tx, writes.deliveries, writes.at) : null,
    usage.length > 0 ? writeUsage(tx, usage) : null,
    writes.paidPeriods.length > 0 ? insertPaidPeriods(tx, writes.paidPeriods) : null,
    // Late, because this statement may lock the organisations' accounts.
    changes.length > 0 ? applyBalanceChanges(tx, changes) : null,
    // These read the balances that were just written.
    withBalances.length > 0 ? insertNotifications(tx, withBalances, writes.at) : null,
    // Invoices are locked after accounts everywhere, so that no two batches wait for each other.
    writes.invoicePayments.length > 0 ? countInvoicePayments(tx, writes.invoicePayments) : null,
  ]);
  return mandateIds;
}

/**
 * Finds the outcome of an instruction whose reference was already used: by another payment (a duplicate),
 * or by this same instruction in an earlier attempt whose response was lost. In the second case its own
 * row has the outcome.
 */
async function resolveDuplicate(tx: Transaction, instruction: Instruction): Promise<Outcome> {
  const [holder] = await readReferencePayments(tx, [instruction.referenceKey as string]);
  const duplicate: Outcome = {
    id: instruction.id,
    status: "failed",
    refusal: "duplicate",
    mandateId: null,
    holdCode: null,
    receipt: null,
    prompted: false,
  };
  if (holder?.paymentId !== instruction.id) return duplicate;
  const [row] = await readPayments(tx, [instruction.id]);
  if (row === undefined) return duplicate;
  const mandate = instruction.type === "mandate" ? await readMandateByPayment(tx, instruction.id) : undefined;
  return {
    id: row.id,
    status: row.status,
    refusal: row.refusal as RecordedRefusal | null,
    mandateId: mandate?.id ?? row.mandateId,
    holdCode: row.holdCode,
    receipt: row.receipt,
    prompted: row.status === "held" && (await readHoldKind(tx, row.id)) === "prompt",
  };
}

/** The account that funding and sandbox scenarios are paid from. */
export const floatAccount: AccountName = { kind: "float", owner: operator };

function partition<T>(values: readonly T[], matches: (value: T) => boolean): [T[], T[]] {
  const parts: [T[], T[]] = [[], []];
  for (const value of values) parts[matches(value) ? 0 : 1].push(value);
  return parts;
}

function unique<T>(values: readonly (T | null)[]): T[] {
  return [...new Set(values.filter((value) => value !== null))];
}
