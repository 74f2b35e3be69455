/**
 * The order of checks, as data: the same numbers as in `docs/order-of-checks.md` (a test compares them), and the check that
 * each refusal comes from.
 */
import type { RecordedRefusal } from "./refusals.ts";

/** Each with its title in the documentation. */
export const checks = [
  { number: 1, name: "authentication", title: "authentication" },
  { number: 2, name: "market", title: "market" },
  { number: 3, name: "product", title: "product" },
  { number: 4, name: "usage_hours", title: "usage hours" },
  { number: 5, name: "body", title: "body" },
  { number: 6, name: "missing_parameters", title: "missing parameters" },
  { number: 7, name: "parameters", title: "each parameter" },
  { number: 8, name: "parameters_together", title: "parameters together" },
  { number: 9, name: "duplicate", title: "duplicate" },
  { number: 10, name: "limits", title: "limits" },
  { number: 11, name: "scenario", title: "scenario" },
  { number: 12, name: "organisation", title: "the organisation" },
  { number: 13, name: "other_party", title: "the other party" },
  { number: 14, name: "earlier_payment", title: "the earlier payment" },
  { number: 15, name: "mandate", title: "the mandate" },
  { number: 16, name: "consent", title: "the customer's consent" },
  { number: 17, name: "balance", title: "balance" },
] as const;

export type CheckName = (typeof checks)[number]["name"];

/** The check that a refusal comes from; null for an outcome after the checks. */
export const checkByRefusal = {
  duplicate: "duplicate",

  product_not_enabled: "product",
  outside_usage_hours: "usage_hours",
  single_value_limit: "limits",
  session_value_limit: "limits",
  session_count_limit: "limits",
  customer_value_limit: "limits",
  customer_count_limit: "limits",
  several_limits: "limits",

  amount_below_minimum: "limits",
  amount_above_maximum: "limits",

  initiator_credential_invalid: "organisation",
  initiator_locked: "organisation",
  initiator_suspended: "organisation",
  initiator_role_missing: "organisation",
  initiator_not_permitted: "organisation",

  organisation_unknown: "organisation",
  receiver_unknown: "other_party",
  organisation_inactive: "organisation",
  same_party: "other_party",
  organisation_balance_too_low: "balance",
  receiver_invalid: "other_party",
  organisation_product_missing: "organisation",
  nominated_number_missing: "organisation",

  customer_unknown: "other_party",
  customer_inactive: "other_party",
  organisation_blocked: "consent",
  customer_refusal_limit: "consent",
  customer_prompt_limit: "consent",
  application_prompt_limit: "consent",
  customer_balance_too_low: "balance",
  customer_declined: "consent",
  customer_did_not_answer: "consent",
  customer_unreachable: "consent",
  prompt_expired: "consent",
  prompt_undelivered: "consent",
  customer_pin_wrong: "consent",
  customer_not_eligible: "other_party",
  payment_repeated: "consent",

  validation_rejected: null,
  validation_rejected_msisdn: null,
  validation_rejected_account: null,
  validation_rejected_amount: null,
  validation_rejected_kyc: null,
  validation_rejected_shortcode: null,
  validation_unanswered: null,

  account_full: "balance",

  payment_unknown: "earlier_payment",
  payment_not_yours: "earlier_payment",
  payment_not_completed: "earlier_payment",
  payment_not_reversible: "earlier_payment",
  already_reversed: "earlier_payment",
  reversal_too_large: "earlier_payment",
  receiver_balance_too_low: "balance",

  prompt_not_open: "earlier_payment",

  hold_not_open: "earlier_payment",
  voucher_wrong: "earlier_payment",
  released_by_organisation: null,
  hold_expired: null,

  mandate_exists: "mandate",
  mandate_awaits_consent: "mandate",
  mandate_unknown: "mandate",
  mandate_id_unknown: "mandate",
  mandate_mismatch: "mandate",
  mandate_not_active: "mandate",
  mandate_expired: "mandate",
  mandate_not_started: "mandate",
  mandate_outside_days: "mandate",
  mandate_period_paid: "mandate",

  timed_out: null,

  amount_not_accepted: "scenario",
  payment_failed: "scenario",
  internal_error: "scenario",
  service_unavailable: "scenario",
  reference_missing: "scenario",
  use_case_invalid: "scenario",
  customer_daily_limit: "scenario",
  balance_below_minimum: "scenario",
  debit_account_invalid: "scenario",
  credit_account_invalid: "scenario",
  debit_account_unknown: "scenario",
  credit_account_unknown: "scenario",
  account_status_invalid: "scenario",
  initiator_check_failed: "scenario",
  initiator_unknown: "scenario",
  operation_not_allowed: "scenario",
  request_too_old: "scenario",
  parameters_missing: "scenario",
  parameters_invalid: "scenario",
  command_invalid: "scenario",
  prompt_not_sent: "scenario",
  prompt_failed: "scenario",
  organisation_not_verified: "scenario",
  ussd_network_error: "scenario",
  ussd_failed: "scenario",
} as const satisfies Record<RecordedRefusal, CheckName | null>;
