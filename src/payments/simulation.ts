/**
 * Simulated payments: requests whose outcome a sandbox scenario selects (`sandbox/scenarios.ts`).
 *
 * The rules know only this contract. A simulation is never present in live.
 */
import type { Account, LockedAccounts, Posting } from "../ledger/locked-accounts.ts";
import type { RecordedRefusal } from "./refusals.ts";

export interface SimulatedPayment {
  readonly payer: Account;
  /** The account that gets the money at once; null if it is held first. */
  readonly receiver: Account | null;
  readonly amountMinor: bigint;
}

export interface Simulation {
  /** Refuses the request once its limits were checked; null lets it complete without a prompt. */
  readonly refusal: RecordedRefusal | null;
  /** Postings that fund the payer, so that scenarios do not depend on balances. Null if no account has room for the money. */
  fundPayer(payment: SimulatedPayment, accounts: LockedAccounts): readonly Posting[] | null;
  /** The customer that a simulated reversal pays, and its default amount. */
  readonly reversal: { readonly msisdn: string; readonly amountMinor: bigint };
}
