/**
 * The IPG v1 codes of each refusal. A missing row is a compile error.
 *
 * Codes stand in order of preference: a call responds with the first one in its own list. Every row ends with a code that
 * every call has. Some refusals cannot happen in a call of IPG v1: they have the nearest code.
 */
import type { RecordedRefusal } from "../../payments/refusals.ts";
import type { IpgV1Code } from "./codes.ts";

// prettier-ignore
export const refusalCodes = {
  duplicate:                    ["INS-10", "INS-6"],

  product_not_enabled:          ["INS-26"],
  outside_usage_hours:          ["INS-26"],
  single_value_limit:           ["INS-2005", "INS-6"],
  session_value_limit:          ["INS-2005", "INS-6"],
  session_count_limit:          ["INS-2005", "INS-6"],
  customer_value_limit:         ["INS-2005", "INS-6"],
  customer_count_limit:         ["INS-2005", "INS-6"],
  several_limits:               ["INS-2005", "INS-6"],

  amount_below_minimum:         ["INS-15", "INS-21"],
  amount_above_maximum:         ["INS-15", "INS-21"],

  initiator_credential_invalid: ["INS-2001", "INS-6"],
  initiator_locked:             ["INS-2001", "INS-6"],
  initiator_suspended:          ["INS-2001", "INS-6"],
  initiator_role_missing:       ["INS-2001", "INS-6"],
  initiator_not_permitted:      ["INS-2001", "INS-6"],

  organisation_unknown:         ["INS-13"],
  receiver_unknown:             ["INS-13"],
  organisation_inactive:        ["INS-4", "INS-6"],
  same_party:                   ["INS-2002", "INS-13"],
  organisation_balance_too_low: ["INS-2006", "INS-6"],
  receiver_invalid:             ["INS-2002", "INS-13"],
  organisation_product_missing: ["INS-6"],
  nominated_number_missing:     ["INS-6"],

  customer_unknown:             ["INS-2051", "INS-21"],
  customer_inactive:            ["INS-996", "INS-6"],
  organisation_blocked:         ["INS-6"],
  customer_refusal_limit:       ["INS-2005", "INS-6"],
  customer_prompt_limit:        ["INS-2005", "INS-6"],
  application_prompt_limit:     ["INS-2005", "INS-6"],
  customer_balance_too_low:     ["INS-2006", "INS-6"],
  customer_declined:            ["INS-5", "INS-6"],
  customer_did_not_answer:      ["INS-9"],
  customer_unreachable:         ["INS-9"],
  prompt_expired:               ["INS-9"],
  prompt_undelivered:           ["INS-9"],
  customer_pin_wrong:           ["INS-6"],
  customer_not_eligible:        ["INS-995", "INS-6"],
  payment_repeated:             ["INS-6"],

  validation_rejected:           ["INS-6"],
  validation_rejected_msisdn:    ["INS-6"],
  validation_rejected_account:   ["INS-6"],
  validation_rejected_amount:    ["INS-6"],
  validation_rejected_kyc:       ["INS-6"],
  validation_rejected_shortcode: ["INS-6"],
  validation_unanswered:         ["INS-6"],

  account_full:                 ["INS-6"],

  payment_unknown:              ["INS-18", "INS-997", "INS-23", "INS-6"],
  payment_not_yours:            ["INS-26"],
  payment_not_completed:        ["INS-6"],
  payment_not_reversible:       ["INS-6"],
  already_reversed:             ["INS-6"],
  reversal_too_large:           ["INS-15", "INS-21"],
  receiver_balance_too_low:     ["INS-2006", "INS-6"],

  prompt_not_open:              ["INS-6"],

  hold_not_open:                ["INS-6"],
  voucher_wrong:                ["INS-21"],
  released_by_organisation:     ["INS-6"],
  hold_expired:                 ["INS-6"],

  mandate_exists:               ["INS-994", "INS-6"],
  mandate_awaits_consent:       ["INS-994", "INS-6"],
  mandate_unknown:              ["INS-993", "INS-6"],
  mandate_id_unknown:           ["INS-993", "INS-6"],
  mandate_mismatch:             ["INS-993", "INS-6"],
  mandate_not_active:           ["INS-993", "INS-6"],
  mandate_expired:              ["INS-6"],
  mandate_not_started:          ["INS-6"],
  mandate_outside_days:         ["INS-6"],
  mandate_period_paid:          ["INS-6"],

  amount_not_accepted:          ["INS-15", "INS-21"],
  payment_failed:               ["INS-6"],
  timed_out:                    ["INS-9"],
  internal_error:               ["INS-1"],
  service_unavailable:          ["INS-16"],
  reference_missing:            ["INS-20"],
  use_case_invalid:             ["INS-998"],
  customer_daily_limit:         ["INS-2005", "INS-6"],
  balance_below_minimum:        ["INS-2006", "INS-6"],
  debit_account_invalid:        ["INS-6"],
  credit_account_invalid:       ["INS-6"],
  debit_account_unknown:        ["INS-6"],
  credit_account_unknown:       ["INS-6"],
  account_status_invalid:       ["INS-23", "INS-6"],
  initiator_check_failed:       ["INS-2001", "INS-6"],
  initiator_unknown:            ["INS-2001", "INS-6"],
  operation_not_allowed:        ["INS-26"],
  request_too_old:              ["INS-6"],
  parameters_missing:           ["INS-20"],
  parameters_invalid:           ["INS-21"],
  command_invalid:              ["INS-22", "INS-21"],
  prompt_not_sent:              ["INS-6"],
  prompt_failed:                ["INS-2057", "INS-6"],
  organisation_not_verified:    ["INS-6"],
  ussd_network_error:           ["INS-1"],
  ussd_failed:                  ["INS-1"],
} as const satisfies Record<RecordedRefusal, readonly [IpgV1Code, ...IpgV1Code[]]>;
