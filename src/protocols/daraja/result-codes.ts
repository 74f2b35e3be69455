/**
 * Daraja's result codes with their texts, and the code of each refusal. A missing row is a compile error.
 *
 * An operation may have another code for a refusal, or another text for a code (`operation.ts`).
 */
import type { RecordedRefusal } from "../../payments/refusals.ts";

// prettier-ignore
export const resultTexts = {
  "0":        "The service request is processed successfully.",
  "1":        "The balance is insufficient for the transaction.",
  "2":        "Declined due to limit rule: less than the minimum transaction amount.",
  "3":        "Declined due to limit rule: greater than the maximum transaction amount.",
  "4":        "Declined due to limit rule: would exceed daily transfer limit.",
  "8":        "Declined due to limit rule: would exceed the maximum balance.",
  "11":       "The DebitParty is in an invalid state.",
  "15":       "Duplicate detected.",
  "17":       "System internal error.",
  "18":       "Initiator credential check failure.",
  "19":       "Message expired.",
  "20":       "Unresolved initiator.",
  "21":       "The initiator is not allowed to initiate this request.",
  "22":       "Initiator status check failure.",
  "24":       "Missing request parameters.",
  "25":       "The format of parameter null is invalid.",
  "26":       "System is busy. Please try again in few minutes.",
  "29":       "Invalid command.",
  "1001":     "Unable to lock subscriber, a transaction is already in process for the current subscriber",
  "1019":     "Transaction has expired",
  "1025":     "An error occurred while sending a push request",
  "1032":     "Request Cancelled by user.",
  "1037":     "DS timeout user cannot be reached.",
  "2001":     "The initiator information is invalid.",
  "2006":     "Declined due to account rule: The account status does not allow this transaction.",
  "2028":     "The request is not permitted according to product assignment.",
  "2032":     "The transaction receipt number does not exist.",
  "2040":     "Credit Party customer type (Unregistered or Registered Customer) can't be supported by the service.",
  "4999":     "The transaction is still under processing",
  "8006":     "The security credential is locked.",
  "9999":     "An error occurred while sending a push request",
  SFC_IC0003: "The operator does not exist.",
  R000001:    "The transaction has already been reversed.",
  R000002:    "The OriginalTransactionID is invalid.",
  TP40153:    "The operator has no permission to make this request.",
} as const satisfies Record<string, string>;

export type ResultCode = keyof typeof resultTexts;

/** The code of each refusal in a call that has no other. */
// prettier-ignore
export const refusalResults = {
  duplicate:                    "15",

  product_not_enabled:          "2028",
  outside_usage_hours:          "2028",
  single_value_limit:           "3",
  session_value_limit:          "4",
  session_count_limit:          "4",
  customer_value_limit:         "4",
  customer_count_limit:         "4",
  several_limits:               "4",

  organisation_unknown:         "SFC_IC0003",
  receiver_unknown:             "SFC_IC0003",
  organisation_inactive:        "11",
  same_party:                   "SFC_IC0003",
  organisation_balance_too_low: "1",

  customer_unknown:             "SFC_IC0003",
  customer_inactive:            "2006",
  organisation_blocked:         "2028",
  customer_refusal_limit:       "4",
  customer_prompt_limit:        "1001",
  application_prompt_limit:     "1001",
  customer_balance_too_low:     "1",
  customer_declined:            "1032",
  customer_did_not_answer:      "1037",
  customer_unreachable:         "1037",
  customer_pin_wrong:           "2001",

  account_full:                 "8",

  payment_unknown:              "R000002",
  payment_not_yours:            "R000002",
  payment_not_completed:        "R000002",
  payment_not_reversible:       "R000002",
  already_reversed:             "R000001",
  reversal_too_large:           "R000002",
  receiver_balance_too_low:     "1",

  prompt_not_open:              "17",

  hold_not_open:                "17",
  voucher_wrong:                "17",
  released_by_organisation:     "1032",
  hold_expired:                 "1019",

  // A payment that a customer started has no result, only a confirmation.
  validation_rejected:           "2028",
  validation_rejected_msisdn:    "2028",
  validation_rejected_account:   "2028",
  validation_rejected_amount:    "2028",
  validation_rejected_kyc:       "2028",
  validation_rejected_shortcode: "2028",
  validation_unanswered:         "26",

  mandate_exists:               "15",
  mandate_awaits_consent:       "1001",
  mandate_unknown:              "R000002",
  mandate_id_unknown:           "R000002",
  mandate_mismatch:             "R000002",
  mandate_not_active:           "2006",
  mandate_expired:              "1019",
  mandate_not_started:          "2028",
  mandate_outside_days:         "2028",
  mandate_period_paid:          "15",

  amount_not_accepted:          "2",
  payment_failed:               "17",
  timed_out:                    "1037",
  internal_error:               "17",
  service_unavailable:          "26",
  reference_missing:            "24",
  use_case_invalid:             "29",
} as const satisfies Record<RecordedRefusal, ResultCode>;
