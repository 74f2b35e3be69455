/**
 * Every reason we decline to do what was asked.
 *
 * A refusal is an answer, not a fault: the request was understood, the books are unchanged, and we
 * would refuse again today. Faults (a lost database, a bug) are thrown and never appear here.
 * `docs/refusals.md` has one section per row; a test keeps the two in step. Each protocol says these
 * in its own words (`protocols/<name>/results.ts`), and the compiler sees to it that none is left out.
 *
 * `ending` is how a payment that meets the refusal is recorded: `failed`, `cancelled` when the payer
 * said no, `expired` when nobody answered in time.
 */
// prettier-ignore
export const refusals = {
  duplicate:                  { who: "caller",       ending: "failed",    means: "This reference was used before; the first payment stands." },

  product_not_enabled:        { who: "application",  ending: "failed",    means: "The application does not have this call enabled." },
  outside_usage_hours:        { who: "application",  ending: "failed",    means: "The application may not use this call at this time of day." },
  single_value_limit:         { who: "application",  ending: "failed",    means: "The amount is more than the application may move in one payment." },
  session_value_limit:        { who: "application",  ending: "failed",    means: "The session has moved all that it may move today." },
  session_count_limit:        { who: "application",  ending: "failed",    means: "The session has made all the payments that it may make today." },
  customer_value_limit:       { who: "application",  ending: "failed",    means: "The application has moved all that it may move for this customer today." },
  customer_count_limit:       { who: "application",  ending: "failed",    means: "The application has made all the payments that it may make for this customer today." },
  several_limits:             { who: "application",  ending: "failed",    means: "More than one of the application's limits stands in the way." },

  organisation_unknown:       { who: "organisation", ending: "failed",    means: "No organisation that this application acts for has this shortcode." },
  receiver_unknown:           { who: "organisation", ending: "failed",    means: "No organisation has the receiver's shortcode." },
  organisation_inactive:      { who: "organisation", ending: "failed",    means: "An organisation's account is not open for business." },
  same_party:                 { who: "organisation", ending: "failed",    means: "An organisation cannot pay itself." },
  organisation_balance_too_low: { who: "organisation", ending: "failed",  means: "The organisation does not hold this much." },

  customer_unknown:           { who: "customer",     ending: "failed",    means: "Nobody in this market has this MSISDN." },
  customer_inactive:          { who: "customer",     ending: "failed",    means: "The customer's account is locked, inactive or not yet approved." },
  customer_balance_too_low:   { who: "customer",     ending: "failed",    means: "The customer does not hold this much." },
  customer_declined:          { who: "customer",     ending: "cancelled", means: "The customer saw the prompt and said no." },
  customer_did_not_answer:    { who: "customer",     ending: "expired",   means: "The prompt ended before the customer answered." },
  customer_unreachable:       { who: "customer",     ending: "failed",    means: "The customer's phone is switched off or not in the network." },
  customer_pin_wrong:         { who: "customer",     ending: "failed",    means: "The customer entered a wrong PIN." },

  account_full:               { who: "organisation", ending: "failed",    means: "The receiving account cannot hold this much more." },

  payment_unknown:            { who: "caller",       ending: "failed",    means: "No payment has this reference." },
  payment_not_yours:          { who: "caller",       ending: "failed",    means: "The organisation was no party to this payment." },
  payment_not_completed:      { who: "caller",       ending: "failed",    means: "The payment never moved money, so there is nothing to take back." },
  payment_not_reversible:     { who: "caller",       ending: "failed",    means: "This kind of payment cannot be reversed." },
  already_reversed:           { who: "caller",       ending: "failed",    means: "All of the payment was reversed before." },
  reversal_too_large:         { who: "caller",       ending: "failed",    means: "The amount is more than what is left of the payment." },
  receiver_balance_too_low:   { who: "caller",       ending: "failed",    means: "Whoever received the payment no longer holds this much." },

  prompt_not_open:            { who: "customer",     ending: "failed",    means: "The prompt has ended, or there was none." },

  hold_not_open:              { who: "caller",       ending: "failed",    means: "The payment is not waiting to be committed or released." },
  voucher_wrong:              { who: "caller",       ending: "failed",    means: "The voucher code is not the one of this payment." },
  released_by_organisation:   { who: "organisation", ending: "cancelled", means: "The organisation released the held money." },
  hold_expired:               { who: "organisation", ending: "expired",   means: "Nobody committed or released the held money in time." },

  mandate_unknown:            { who: "caller",       ending: "failed",    means: "The organisation has no mandate with this reference from this customer." },
  mandate_id_unknown:         { who: "caller",       ending: "failed",    means: "No mandate has this id." },
  mandate_mismatch:           { who: "caller",       ending: "failed",    means: "The mandate with this id has another reference or another customer." },
  mandate_not_active:         { who: "customer",     ending: "failed",    means: "The mandate was cancelled." },
  mandate_expired:            { who: "customer",     ending: "failed",    means: "The mandate's last day has passed." },
  mandate_not_started:        { who: "caller",       ending: "failed",    means: "The mandate's first payment day has not come." },
  mandate_outside_days:       { who: "caller",       ending: "failed",    means: "Today is outside the days of the month that the customer agreed to." },
  mandate_period_paid:        { who: "caller",       ending: "failed",    means: "The mandate was paid in this period already." },

  amount_not_accepted:        { who: "caller",       ending: "failed",    means: "The amount is not accepted." },
  payment_failed:             { who: "platform",     ending: "failed",    means: "The payment failed; a sandbox scenario asked for it." },
  timed_out:                  { who: "platform",     ending: "expired",   means: "No answer came in time; ask for the payment's status before trying again." },
  internal_error:             { who: "platform",     ending: "failed",    means: "The platform failed; a sandbox scenario asked for it." },
  service_unavailable:        { who: "platform",     ending: "failed",    means: "The service cannot be reached at the moment." },
  reference_missing:          { who: "caller",       ending: "failed",    means: "The reference is missing; a sandbox scenario asked for it." },
  use_case_invalid:           { who: "caller",       ending: "failed",    means: "This call does not apply here; a sandbox scenario asked for it." },
} as const satisfies Record<string, { who: Party; ending: "failed" | "cancelled" | "expired"; means: string }>;

type Party = "caller" | "application" | "organisation" | "customer" | "platform";

export type Refusal = keyof typeof refusals;
