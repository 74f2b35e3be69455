/**
 * Simulated payments: requests whose outcome a sandbox scenario chose (`sandbox/scenarios.ts`).
 *
 * The rules know only this contract. A simulation is never present in live.
 */
import type { Account, LockedAccounts, Posting } from "../ledger/locked-accounts.ts";
import type { RecordedRefusal } from "./refusals.ts";

export interface Simulation {
  /** Refuses the request once its limits were checked; null lets it complete without a prompt. */
  readonly refusal: RecordedRefusal | null;
  /** Postings that give the payer what the payment takes, so that a scenario never runs out of money. */
  fundPayer(payer: Account, amountMinor: bigint, accounts: LockedAccounts): Posting[];
  /** The customer whom a simulated reversal pays, and how much when the request names no amount. */
  readonly reversal: { readonly msisdn: string; readonly amountMinor: bigint };
}
