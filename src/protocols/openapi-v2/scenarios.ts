/**
 * Sandbox scenarios: parameter values that select a call's outcome.
 *
 * A trigger is all zeros except its last digit. It does not need to match its own parameter's expression, and has
 * no effect outside the sandbox. `docs/scenarios.md` is generated from this table; a test compares them.
 */
import type { RecordedRefusal } from "../../payments/refusals.ts";
import type { Product } from "./products.ts";

export { scenarioMsisdn } from "../../sandbox/scenarios.ts";

/** A predefined result that a sandbox caller requests by a magic value. */
export type RequestScenario =
  { readonly outcome: "accepted" } | { readonly outcome: "refused"; readonly refusal: RecordedRefusal };

/** The outcome that a trigger selects: `accepted`, or a refusal. */
type ScenarioOutcome = "accepted" | RecordedRefusal;

export interface Trigger {
  /** The parameter that it is a value of. */
  readonly field: string;
  /** The numbers of digits that the value may have. */
  readonly lengths: readonly number[];
  /** Last digit -> outcome. A value that ends in another digit is not a trigger. */
  readonly outcomes: Readonly<Record<string, ScenarioOutcome>>;
  /** The outcome of a value of nines with the same length. */
  readonly allNines?: ScenarioOutcome;
}

const collectionTrigger: Trigger = {
  field: "input_CustomerMSISDN",
  lengths: [12],
  // prettier-ignore
  outcomes: {
    1: "accepted",           2: "timed_out",           3: "customer_did_not_answer",
    4: "customer_pin_wrong", 5: "internal_error",      6: "customer_pin_wrong",
    7: "amount_not_accepted", 8: "customer_balance_too_low", 9: "service_unavailable",
  },
};

// prettier-ignore
const payoutOutcomes: Trigger["outcomes"] = {
  1: "accepted",            2: "internal_error",               3: "payment_failed",     4: "timed_out",
  5: "amount_not_accepted", 6: "organisation_balance_too_low", 7: "service_unavailable",
};

// prettier-ignore
export const triggers: Readonly<Partial<Record<Product, readonly Trigger[]>>> = {
  c2bSingle: [collectionTrigger],
  c2bMultiStage: [collectionTrigger],
  b2c: [{ field: "input_CustomerMSISDN", lengths: [12], outcomes: payoutOutcomes }],
  b2b: [{ field: "input_ReceiverPartyCode", lengths: [6], outcomes: payoutOutcomes }],
  queryTransactionStatus: [
    { field: "input_QueryReference", lengths: [12],
      outcomes: { 1: "accepted", 2: "internal_error", 3: "payment_failed", 7: "service_unavailable" } },
    { field: "input_QueryReference", lengths: [21],
      outcomes: { 1: "accepted", 2: "reference_missing", 3: "internal_error", 4: "payment_failed", 5: "service_unavailable" } },
  ],
  reversal: [
    { field: "input_TransactionID", lengths: [13],
      outcomes: { 1: "accepted", 2: "internal_error", 3: "payment_failed", 4: "amount_not_accepted",
                 5: "receiver_balance_too_low", 6: "payment_not_yours", 7: "service_unavailable" } },
  ],
  updateTransactionStatus: [
    { field: "input_TransactionID", lengths: [13],
      outcomes: { 1: "accepted", 2: "internal_error", 3: "payment_failed", 4: "service_unavailable" } },
  ],
  directDebitCreate: [
    { field: "input_CustomerMSISDN", lengths: [12],
      outcomes: { 1: "accepted", 2: "internal_error", 3: "payment_failed", 4: "timed_out", 5: "service_unavailable" } },
  ],
  directDebitPayment: [
    { field: "input_CustomerMSISDN", lengths: [12, 20],
      outcomes: { 1: "accepted", 2: "internal_error", 3: "payment_failed", 4: "timed_out", 5: "service_unavailable" } },
  ],
  queryDirectDebit: [
    { field: "input_ThirdPartyReference", lengths: [20],
      outcomes: { 1: "accepted", 2: "internal_error", 3: "payment_failed", 4: "timed_out", 5: "internal_error" },
      allNines: "use_case_invalid" },
  ],
  directDebitCancel: [
    { field: "input_ThirdPartyReference", lengths: [20],
      outcomes: { 1: "accepted", 2: "internal_error", 3: "mandate_unknown", 4: "timed_out", 5: "service_unavailable" },
      allNines: "use_case_invalid" },
  ],
};

/** The outcome that a value selects, or null if it is not a trigger. */
export function scenarioOutcome(trigger: Trigger, value: string): ScenarioOutcome | null {
  if (!trigger.lengths.includes(value.length)) return null;
  if (trigger.allNines !== undefined && /^9+$/.test(value)) return trigger.allNines;
  return /^0+[1-9]$/.test(value) ? (trigger.outcomes[value.slice(-1)] ?? null) : null;
}

/** The scenario that a request's values select, and the parameter that selected it. */
export function findScenario(
  product: Product,
  getRawValue: (field: string) => string | undefined,
): { scenario: RequestScenario; field: string } | null {
  for (const trigger of triggers[product] ?? []) {
    const value = getRawValue(trigger.field);
    const outcome = value === undefined ? null : scenarioOutcome(trigger, value);
    if (outcome === null) continue;
    const scenario: RequestScenario =
      outcome === "accepted" ? { outcome: "accepted" } : { outcome: "refused", refusal: outcome };
    return { scenario, field: trigger.field };
  }
  return null;
}

/** More triggers of queryDirectDebit: the statuses of the mandate and of the customer's account. */
export const mandateScenario = {
  /** Last digit of an all-zero MSISDN. */
  account: { 1: "Active", 2: "Pending Approval", 3: "Locked", 4: "Inactive" },
  /** Last digit of a MandateID of zeros, six digits long. */
  mandate: { 1: "Active", 2: "Pending Approval", 3: "Cancelled", 4: "Expired" },
  /** The balance of the all-zero customer, in minor units. */
  balanceMinor: 50_000n,
} as const;
