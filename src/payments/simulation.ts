/**
 * Simulated payments: requests whose outcome a sandbox scenario selects (`sandbox/scenarios.ts`).
 *
 * The rules know only this contract. A simulation is never present in live.
 */
import type { Account, LockedAccounts, Posting } from "../ledger/locked-accounts.ts";
import type { RecordedRefusal } from "./refusals.ts";

export interface Simulation {
  /** Refuses the request once its limits were checked; null lets it complete without a prompt. */
  readonly refusal: RecordedRefusal | null;
  /** Postings that fund the payer from the float, so that scenarios never depend on balances. */
  fundPayer(payer: Account, amountMinor: bigint, accounts: LockedAccounts): Posting[];
  /** The customer that a simulated reversal pays, and its default amount. */
  readonly reversal: { readonly msisdn: string; readonly amountMinor: bigint };
}
