/** The RETURN_CODEs of the LNMO checkout, and the code of each refusal. */
import type { RecordedRefusal } from "../../../payments/refusals.ts";

/** With the texts of DESCRIPTION. */
// prettier-ignore
export const returnCodes = {
  "00": "Success",
  "01": "Insufficient Funds on MSISDN account",
  "03": "Amount less than the minimum single transfer amount",
  "04": "Amount more than the maximum single transfer amount",
  "05": "Transaction expired in the instance where it wasn't picked in time for processing",
  "06": "Transaction could not be confirmed possibly due to confirm operation failure",
  "08": "Balance would rise above the allowed maximum amount",
  "09": "The store number specified in the transaction could not be found",
  "10": "This occurs when the system is unable to resolve the MSISDN: it is not registered",
  "11": "This message is returned when the system is unable to complete the transaction",
  "12": "Transaction details are different from original captured request details",
  "29": "System Downtime message when the system is inaccessible",
  "30": "Missing reference ID",
  "31": "The request amount is invalid or blank",
  "32": "Account in the request has not been activated",
  "33": "Account has not been approved to transact",
  "34": "A delay in processing the transaction request",
  "35": "Response when a duplicate request is detected",
  "36": "Response given if incorrect credentials are provided in the request",
  "40": "Missing parameters",
  "41": "MSISDN is in incorrect format",
  "42": "Authentication failed",
} as const;

export type ReturnCode = keyof typeof returnCodes;

/** The code of a payment that was refused. */
// prettier-ignore
export const returnCodeByRefusal = {
  duplicate: "35",

  product_not_enabled: "33", outside_usage_hours: "33",
  single_value_limit: "04", session_value_limit: "04", session_count_limit: "11", customer_value_limit: "04",
  customer_count_limit: "11", several_limits: "04",
  amount_below_minimum: "03", amount_above_maximum: "04",

  initiator_credential_invalid: "36", initiator_locked: "36", initiator_suspended: "36", initiator_role_missing: "36",
  initiator_not_permitted: "36",

  organisation_unknown: "09", receiver_unknown: "09", organisation_inactive: "32", same_party: "11",
  organisation_balance_too_low: "11", receiver_invalid: "09", organisation_product_missing: "09",
  nominated_number_missing: "11",

  customer_unknown: "10", customer_inactive: "32", organisation_blocked: "06", customer_refusal_limit: "11",
  customer_prompt_limit: "34", application_prompt_limit: "34", customer_balance_too_low: "01",
  customer_declined: "06", customer_did_not_answer: "05", customer_unreachable: "06", prompt_expired: "05",
  prompt_undelivered: "05", customer_pin_wrong: "06", customer_not_eligible: "33", payment_repeated: "35",

  validation_rejected: "11", validation_rejected_msisdn: "11", validation_rejected_account: "11",
  validation_rejected_amount: "11", validation_rejected_kyc: "11", validation_rejected_shortcode: "11",
  validation_unanswered: "11",

  account_full: "08",

  payment_unknown: "12", payment_not_yours: "12", payment_not_completed: "11", payment_not_reversible: "11",
  already_reversed: "11", reversal_too_large: "11", receiver_balance_too_low: "11",
  prompt_not_open: "11", hold_not_open: "11", voucher_wrong: "11", released_by_organisation: "11", hold_expired: "05",

  mandate_exists: "11", mandate_awaits_consent: "11", mandate_unknown: "11", mandate_id_unknown: "11",
  mandate_mismatch: "11", mandate_not_active: "11", mandate_expired: "11", mandate_not_started: "11",
  mandate_outside_days: "11", mandate_period_paid: "11",

  timed_out: "05",

  amount_not_accepted: "31", payment_failed: "11", internal_error: "29", service_unavailable: "29",
  reference_missing: "30", use_case_invalid: "11", customer_daily_limit: "04", balance_below_minimum: "01",
  debit_account_invalid: "11", credit_account_invalid: "11", debit_account_unknown: "10", credit_account_unknown: "09",
  account_status_invalid: "32", initiator_check_failed: "36", initiator_unknown: "36", operation_not_allowed: "33",
  request_too_old: "05", parameters_missing: "40", parameters_invalid: "12", command_invalid: "11",
  prompt_not_sent: "11", prompt_failed: "11", organisation_not_verified: "33", ussd_network_error: "11", ussd_failed: "11",
} as const satisfies Record<RecordedRefusal, ReturnCode>;

/** What the sandbox's number of each code asks for: a checkout whose payment fails with it. */
export const triggerRefusals = {
  "01": "customer_balance_too_low",
  "03": "amount_below_minimum",
  "04": "amount_above_maximum",
  "05": "prompt_expired",
  "06": "customer_declined",
  "08": "account_full",
  "09": "receiver_invalid",
  "10": "customer_unknown",
  "11": "prompt_failed",
  "12": "parameters_invalid",
  "29": "internal_error",
  "30": "reference_missing",
  "31": "amount_not_accepted",
  "32": "customer_inactive",
  "33": "organisation_not_verified",
  "34": "customer_prompt_limit",
  "35": "payment_repeated",
  "36": "initiator_check_failed",
  "40": "parameters_missing",
} as const satisfies Partial<Record<ReturnCode, RecordedRefusal>>;

export type TriggeredCode = keyof typeof triggerRefusals;
