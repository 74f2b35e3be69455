/**
 * Locked accounts: the balances of one batch in memory, while its payments are decided one by one.
 *
 * Pure: nothing here reads or writes a database. The batch locks the rows before and writes them after
 * (`store/rail/accounts.ts`). A payment therefore sees the effects of the payments before it in the batch.
 */
import assert from "node:assert/strict";
import type { AccountKind, AccountRow, BalanceChange } from "../store/rail/accounts.ts";

/** The owner of the operator's own accounts: float, fees and suspense. */
export const operator = "operator";

/**
 * A locked account. `availableMinor` may be spent; `heldMinor` is set aside for open holds. Both are
 * minor units of the rail's currency. `LockedAccounts` changes them in place.
 */
export type Account = AccountRow;

/** One transfer between two accounts. `type` is the business reason that a statement shows. */
export interface Posting {
  readonly from: Account;
  readonly to: Account;
  readonly amountMinor: bigint;
  readonly type: PostingType;
  /** True debits the held balance of `from` and not its available balance. */
  readonly fromHeld?: boolean;
}

export type PostingType =
  "collection" | "payout" | "transfer" | "debit" | "reversal" | "charge" | "funding" | "scenario_funding";

export type AccountKey = `${AccountKind}:${string}`;

export const accountKey = (kind: AccountKind, owner: string): AccountKey => `${kind}:${owner}`;

/** Just below PostgreSQL's eight-byte integer, so that adding two balances cannot overflow the column. */
export const maxBalanceMinor = 9_000_000_000_000_000_000n;

const kindsAllowedBelowZero: ReadonlySet<AccountKind> = new Set([
  "charges_paid",
  "float",
  "fees",
  "suspense",
]);

/** What an account had when it was read. */
type InitialValues = Pick<
  Account,
  "availableMinor" | "heldMinor" | "dailyUsage" | "recentPayments" | "openPrompts"
>;

const nullIfSame = (value: string, initial: string): string | null => (value === initial ? null : value);

export class LockedAccounts {
  readonly #accountsByKey = new Map<AccountKey, Account>();
  readonly #initial = new Map<Account, InitialValues>();
  readonly #changed = new Set<Account>();

  constructor(accounts: Iterable<Account>) {
    for (const account of accounts) {
      this.#accountsByKey.set(accountKey(account.kind, account.owner), account);
      const { availableMinor, heldMinor, dailyUsage, recentPayments, openPrompts } = account;
      this.#initial.set(account, { availableMinor, heldMinor, dailyUsage, recentPayments, openPrompts });
    }
  }

  /** Returns undefined if the rail has no such account. */
  findAccount(kind: AccountKind, owner: string): Account | undefined {
    return this.#accountsByKey.get(accountKey(kind, owner));
  }

  /** The operator's own accounts exist in every rail from its first migration on. */
  getOperatorAccount(kind: "float" | "fees" | "suspense"): Account {
    const account = this.findAccount(kind, operator);
    assert(account !== undefined, `the operator's ${kind} account was not locked`);
    return account;
  }

  /** The accounts that differ from their database rows. */
  get changed(): ReadonlySet<Account> {
    return this.#changed;
  }

  /**
   * Returns the difference of each changed account, in the order in which every batch locks accounts:
   * wallets by id, then the others by id, and last the operator's fees, which are in most batches of their market.
   */
  getBalanceChanges(): BalanceChange[] {
    const rank = ({ kind }: Account): number => (kind === "wallet" ? 0 : kind === "fees" ? 2 : 1);
    return [...this.#changed]
      .sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1))
      .map((account) => {
        const initial = this.#initial.get(account);
        assert(initial !== undefined, "a changed account was locked");
        return {
          id: account.id,
          availableMinor: account.availableMinor - initial.availableMinor,
          heldMinor: account.heldMinor - initial.heldMinor,
          dailyUsage: nullIfSame(account.dailyUsage, initial.dailyUsage),
          recentPayments: nullIfSame(account.recentPayments, initial.recentPayments),
          openPrompts: nullIfSame(account.openPrompts, initial.openPrompts),
        };
      });
  }

  /** Marks an account whose other columns changed, so that the batch writes it too. */
  markChanged(account: Account): void {
    this.#changed.add(account);
  }

  /** Applies postings. The caller checks `canCredit` and `canDebit` first. */
  apply(postings: readonly Posting[]): void {
    for (const { from, to, amountMinor, fromHeld } of postings) {
      assert(amountMinor > 0n && from !== to, "a posting has a positive amount and two different accounts");
      if (fromHeld === true) from.heldMinor -= amountMinor;
      else from.availableMinor -= amountMinor;
      to.availableMinor += amountMinor;
      assert(from.heldMinor >= 0n, "the held balance covers the posting");
      assert(
        from.availableMinor >= 0n || kindsAllowedBelowZero.has(from.kind),
        `${from.kind} account below zero`,
      );
      assert(
        to.availableMinor <= maxBalanceMinor && from.availableMinor >= -maxBalanceMinor,
        "the balances fit their column",
      );
      this.#changed.add(from).add(to);
    }
  }

  /** Moves money from available to held. It still belongs to the account until the hold is settled. */
  hold(account: Account, amountMinor: bigint): void {
    assert(
      amountMinor > 0n && amountMinor <= account.availableMinor,
      "the available balance covers the hold",
    );
    account.availableMinor -= amountMinor;
    account.heldMinor += amountMinor;
    this.#changed.add(account);
  }

  /** Moves held money back to available. */
  release(account: Account, amountMinor: bigint): void {
    assert(amountMinor > 0n && amountMinor <= account.heldMinor, "the held balance covers the release");
    account.heldMinor -= amountMinor;
    account.availableMinor += amountMinor;
    this.#changed.add(account);
  }
}

/** Whether no rule keeps the account from going below zero. */
export const mayGoBelowZero = ({ kind }: Pick<Account, "kind">): boolean => kindsAllowedBelowZero.has(kind);

/** Whether the account can pay this amount: only the operator's accounts go below zero, and they not below what a column holds. */
export function canDebit(account: Account, amountMinor: bigint): boolean {
  const lowestMinor = mayGoBelowZero(account) ? -maxBalanceMinor : 0n;
  return account.availableMinor - amountMinor >= lowestMinor;
}

/** Whether the account's column has room for this credit. */
export function canCredit(account: Account, amountMinor: bigint): boolean {
  return account.availableMinor + account.heldMinor + amountMinor <= maxBalanceMinor;
}
