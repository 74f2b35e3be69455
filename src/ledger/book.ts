/**
 * The book: locked balances in memory, while a batch of payments is decided one after another.
 *
 * Pure: nothing here reads or writes a database. The rows were locked before and are written after
 * (`store/accounts.ts`), so a payment sees what the payments before it in the batch have done.
 */
import assert from "node:assert/strict";
import type { AccountKind, AccountRow, BalanceChange } from "../store/accounts.ts";

/** The owner of the operator's own accounts: float, fees and suspense. */
export const operator = "operator";

/**
 * A locked account. `availableMinor` may be spent; `heldMinor` is set aside for open holds. Both are
 * minor units of the rail's one currency, and the book changes them in place.
 */
export type Account = AccountRow;

/** Money that goes from one account to another, with the business reason that a statement shows. */
export interface Move {
  readonly from: Account;
  readonly to: Account;
  readonly minor: bigint;
  readonly why: MoveReason;
  /** Whether the money comes out of what `from` has held rather than out of what is available. */
  readonly fromHeld?: boolean;
}

export type MoveReason =
  "collection" | "payout" | "transfer" | "debit" | "reversal" | "funding" | "scenario_funding";

export type AccountKey = `${AccountKind}:${string}`;

export const accountKey = (kind: AccountKind, owner: string): AccountKey => `${kind}:${owner}`;

/** PostgreSQL's eight-byte integer, less room for nobody to have to think about it again. */
export const balanceMinorMax = 9_000_000_000_000_000_000n;

const mayGoBelowZero: ReadonlySet<AccountKind> = new Set(["charges_paid", "float", "fees", "suspense"]);

export class Book {
  readonly #byKey = new Map<AccountKey, Account>();
  readonly #before = new Map<Account, { availableMinor: bigint; heldMinor: bigint }>();
  readonly #changed = new Set<Account>();

  constructor(accounts: Iterable<Account>) {
    for (const account of accounts) {
      this.#byKey.set(accountKey(account.kind, account.owner), account);
      this.#before.set(account, { availableMinor: account.availableMinor, heldMinor: account.heldMinor });
    }
  }

  /** The account, or undefined if nobody has opened it in this rail. */
  find(kind: AccountKind, owner: string): Account | undefined {
    return this.#byKey.get(accountKey(kind, owner));
  }

  /** The operator's own accounts exist in every rail from its first migration on. */
  operatorAccount(kind: "float" | "fees" | "suspense"): Account {
    const account = this.find(kind, operator);
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
  changes(): BalanceChange[] {
    const rank = (account: Account): number => (account.kind === "wallet" ? 0 : 1);
    return [...this.#changed]
      .sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1))
      .map((account) => {
        const before = this.#before.get(account);
        assert(before !== undefined, "an account that was changed is in the book");
        return {
          id: account.id,
          availableMinor: account.availableMinor - before.availableMinor,
          heldMinor: account.heldMinor - before.heldMinor,
          counts: account.counts,
          recent: account.recent,
        };
      });
  }

  /** Notes that something else on the account was changed, so that it is written too. */
  touch(account: Account): void {
    this.#changed.add(account);
  }

  /** Applies moves that `fits` has approved. */
  apply(moves: readonly Move[]): void {
    for (const { from, to, minor, fromHeld } of moves) {
      assert(minor > 0n && from !== to, "a move takes something from one account to another");
      if (fromHeld === true) from.heldMinor -= minor;
      else from.availableMinor -= minor;
      to.availableMinor += minor;
      assert(from.heldMinor >= 0n, "a hold is settled once");
      assert(from.availableMinor >= 0n || mayGoBelowZero.has(from.kind), `${from.kind} below zero`);
      assert(to.availableMinor <= balanceMinorMax, "a balance fits its column");
      this.#changed.add(from).add(to);
    }
  }

  /** Sets money aside. It stays the account's own until the hold is settled. */
  hold(account: Account, minor: bigint): void {
    assert(minor > 0n && minor <= account.availableMinor, "only what is there can be held");
    account.availableMinor -= minor;
    account.heldMinor += minor;
    this.#changed.add(account);
  }

  /** Gives held money back to its owner. */
  release(account: Account, minor: bigint): void {
    assert(minor > 0n && minor <= account.heldMinor, "a hold is released once");
    account.heldMinor -= minor;
    account.availableMinor += minor;
    this.#changed.add(account);
  }
}

/** Whether this much more still fits on the account. */
export function fits(account: Account, minor: bigint): boolean {
  return account.availableMinor + account.heldMinor + minor <= balanceMinorMax;
}
