/**
 * The invariants of a rail, as SQL queries. Each file beside this one has those of one subject, `main-invariants.ts` those of the
 * main schema.
 *
 * Each has a description, the set of rows that it covers, and a query that selects the rows that break it.
 * Constraints enforce many of these for single rows. These queries check all rows, and so also find what a
 * dropped constraint let through.
 *
 * The queries are set-based, so that PostgreSQL can use every core: ten million payments take seconds, not
 * hours (docs/performance.md). `check-invariants.ts` runs them.
 */
import type { Invariant } from "./invariant.ts";
import { buildLedgerInvariants, type AccountKindsByOrganisation } from "./ledger-invariants.ts";
import { mandateInvariants } from "./mandate-invariants.ts";
import { buildPaymentInvariants } from "./payment-invariants.ts";
import { postingInvariants } from "./posting-invariants.ts";
import { relationInvariants } from "./relation-invariants.ts";

/** The sets of rows that invariants cover: name → count query. Each query runs once per schema. */
export const railPopulations: Readonly<Record<string, string>> = {
  accounts: "select count(*) from accounts",
  postings: "select count(*) from postings",
  payments: "select count(*) from payments",
  holds: "select count(*) from holds",
  reversals: "select count(*) from payments where type = 'reversal' and status = 'completed'",
  "two-step payments": "select count(*) from payments where hold_code is not null",
  notifications: "select count(*) from notifications",
  references: "select count(*) from idempotency_keys",
  mandates: "select count(*) from mandates",
  "mandate uses": "select count(*) from payments where mandate_id is not null",
  invoices: "select count(*) from invoices",
};

/** Facts that `payments` and `organisations` define; the caller passes them in. */
export interface RailFacts {
  /** The final status of a payment with each refusal. */
  readonly statusByRefusal: Readonly<Record<string, string>>;
  readonly accountKinds: AccountKindsByOrganisation;
  /** Accounts that an organisation may have beside them. */
  readonly formerAccountKinds: AccountKindsByOrganisation;
}

/** The invariants of a rail. */
export function buildRailInvariants({
  statusByRefusal,
  accountKinds,
  formerAccountKinds,
}: RailFacts): readonly Invariant[] {
  return [
    ...buildLedgerInvariants(accountKinds, formerAccountKinds),
    ...buildPaymentInvariants(statusByRefusal),
    ...postingInvariants,
    ...relationInvariants,
    ...mandateInvariants,
  ];
}
