/**
 * The book: locked balances in memory, while a batch of payments is decided one after another.
 *
 * Pure: nothing here reads or writes a database. The rows were locked before and are written after
 * (`store/accounts.ts`), so a payment sees what the payments before it in the batch have done.
 */
import assert from "node:assert/strict";
import type { AccountKind, AccountRow, BalanceChange } from "../store/rail/accounts.ts";

/** The owner of the operator's own accounts: float, fees and suspense. */
export const operator = "operator";

/**
 * A locked account. `availableMinor` may be spent; `heldMinor` is set aside for open holds. Both are
 * minor units of the rail's one currency, and the book changes them in place.
 */
export type Account = AccountRow;

/** Money that goes from one account to another, with the business reason that a statement shows. */
export interface Posting {
  readonly from: Account;
  readonly to: Account;
  readonly amountMinor: bigint;
  readonly type: PostingType;
  /** Whether the money comes out of what `from` has held rather than out of what is available. */
  readonly fromHeld?: boolean;
}

export type PostingType =
  "collection" | "payout" | "transfer" | "debit" | "reversal" | "funding" | "scenario_funding";

export type AccountKey = `${AccountKind}:${string}`;

export const accountKey = (kind: AccountKind, owner: string): AccountKey => `${kind}:${owner}`;

/** PostgreSQL's eight-byte integer, less room for nobody to have to think about it again. */
export const maxBalanceMinor = 9_000_000_000_000_000_000n;

const kindsAllowedBelowZero: ReadonlySet<AccountKind> = new Set([
  "charges_paid",
  "float",
  "fees",
  "suspense",
]);

export class LockedAccounts {
  readonly #accountsByKey = new Map<AccountKey, Account>();
  readonly #initialBalances = new Map<Account, { availableMinor: bigint; heldMinor: bigint }>();
  readonly #changed = new Set<Account>();

  constructor(accounts: Iterable<Account>) {
    for (const account of accounts) {
      this.#accountsByKey.set(accountKey(account.kind, account.owner), account);
      this.#initialBalances.set(account, {
        availableMinor: account.availableMinor,
        heldMinor: account.heldMinor,
      });
    }
  }

  /** The account, or undefined if nobody has opened it in this rail. */
  findAccount(kind: AccountKind, owner: string): Account | undefined {
    return this.#accountsByKey.get(accountKey(kind, owner));
  }

  /** The operator's own accounts exist in every rail from its first migration on. */
  getOperatorAccount(kind: "float" | "fees" | "suspense"): Account {
    const account = this.findAccount(kind, operator);
    assert(account !== undefined, `the operator's ${kind} account was not locked`);
    return account;
  }

  /** The accounts whose balances are no longer those of the database. */
  get changed(): ReadonlySet<Account> {
    return this.#changed;
  }

  /**
   * What was done to each account, in the order in which every batch locks them: wallets first, then
   * the others, each by id.
   */
  getBalanceChanges(): BalanceChange[] {
    const rank = (account: Account): number => (account.kind === "wallet" ? 0 : 1);
    return [...this.#changed]
      .sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1))
      .map((account) => {
        const initial = this.#initialBalances.get(account);
        assert(initial !== undefined, "an account that was changed is in the book");
        return {
          id: account.id,
          availableMinor: account.availableMinor - initial.availableMinor,
          heldMinor: account.heldMinor - initial.heldMinor,
          dailyUsage: account.dailyUsage,
          recentPayments: account.recentPayments,
        };
      });
  }

  /** Notes that something else on the account was changed, so that it is written too. */
  markChanged(account: Account): void {
    this.#changed.add(account);
  }

  /** Applies moves that `fits` has approved. */
  apply(postings: readonly Posting[]): void {
    for (const { from, to, amountMinor, fromHeld } of postings) {
      assert(amountMinor > 0n && from !== to, "a move takes something from one account to another");
      if (fromHeld === true) from.heldMinor -= amountMinor;
      else from.availableMinor -= amountMinor;
      to.availableMinor += amountMinor;
      assert(from.heldMinor >= 0n, "a hold is settled once");
      assert(from.availableMinor >= 0n || kindsAllowedBelowZero.has(from.kind), `${from.kind} below zero`);
      assert(to.availableMinor <= maxBalanceMinor, "a balance fits its column");
      this.#changed.add(from).add(to);
    }
  }

  /** Sets money aside. It stays the account's own until the hold is settled. */
  hold(account: Account, amountMinor: bigint): void {
    assert(amountMinor > 0n && amountMinor <= account.availableMinor, "only what is there can be held");
    account.availableMinor -= amountMinor;
    account.heldMinor += amountMinor;
    this.#changed.add(account);
  }

  /** Gives held money back to its owner. */
  release(account: Account, amountMinor: bigint): void {
    assert(amountMinor > 0n && amountMinor <= account.heldMinor, "a hold is released once");
    account.heldMinor -= amountMinor;
    account.availableMinor += amountMinor;
    this.#changed.add(account);
  }
}

/** Whether this much more still fits on the account. */
export function canCredit(account: Account, amountMinor: bigint): boolean {
  return account.availableMinor + account.heldMinor + amountMinor <= maxBalanceMinor;
}
