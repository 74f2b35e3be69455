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
  duplicate:                  { party: "caller",       finalStatus: "failed",    description: "This reference was used before; the first payment stands." },

  product_not_enabled:        { party: "application",  finalStatus: "failed",    description: "The application does not have this call enabled." },
  outside_usage_hours:        { party: "application",  finalStatus: "failed",    description: "The application may not use this call at this time of day." },
  single_value_limit:         { party: "application",  finalStatus: "failed",    description: "The amount is more than the application may move in one payment." },
  session_value_limit:        { party: "application",  finalStatus: "failed",    description: "The session has moved all that it may move today." },
  session_count_limit:        { party: "application",  finalStatus: "failed",    description: "The session has made all the payments that it may make today." },
  customer_value_limit:       { party: "application",  finalStatus: "failed",    description: "The application has moved all that it may move for this customer today." },
  customer_count_limit:       { party: "application",  finalStatus: "failed",    description: "The application has made all the payments that it may make for this customer today." },
  several_limits:             { party: "application",  finalStatus: "failed",    description: "More than one of the application's limits stands in the way." },

  organisation_unknown:       { party: "organisation", finalStatus: "failed",    description: "No organisation that this application acts for has this shortcode." },
  receiver_unknown:           { party: "organisation", finalStatus: "failed",    description: "No organisation has the receiver's shortcode." },
  organisation_inactive:      { party: "organisation", finalStatus: "failed",    description: "An organisation's account is not open for business." },
  same_party:                 { party: "organisation", finalStatus: "failed",    description: "An organisation cannot pay itself." },
  organisation_balance_too_low: { party: "organisation", finalStatus: "failed",  description: "The organisation does not hold this much." },

  customer_unknown:           { party: "customer",     finalStatus: "failed",    description: "Nobody in this market has this MSISDN." },
  customer_inactive:          { party: "customer",     finalStatus: "failed",    description: "The customer's account is locked, inactive or not yet approved." },
  customer_balance_too_low:   { party: "customer",     finalStatus: "failed",    description: "The customer does not hold this much." },
  customer_declined:          { party: "customer",     finalStatus: "cancelled", description: "The customer saw the prompt and said no." },
  customer_did_not_answer:    { party: "customer",     finalStatus: "expired",   description: "The prompt ended before the customer answered." },
  customer_unreachable:       { party: "customer",     finalStatus: "failed",    description: "The customer's phone is switched off or not in the network." },
  customer_pin_wrong:         { party: "customer",     finalStatus: "failed",    description: "The customer entered a wrong PIN." },

  account_full:               { party: "organisation", finalStatus: "failed",    description: "The receiving account cannot hold this much more." },

  payment_unknown:            { party: "caller",       finalStatus: "failed",    description: "No payment has this reference." },
  payment_not_yours:          { party: "caller",       finalStatus: "failed",    description: "The organisation was no party to this payment." },
  payment_not_completed:      { party: "caller",       finalStatus: "failed",    description: "The payment never moved money, so there is nothing to take back." },
  payment_not_reversible:     { party: "caller",       finalStatus: "failed",    description: "This kind of payment cannot be reversed." },
  already_reversed:           { party: "caller",       finalStatus: "failed",    description: "All of the payment was reversed before." },
  reversal_too_large:         { party: "caller",       finalStatus: "failed",    description: "The amount is more than what is left of the payment." },
  receiver_balance_too_low:   { party: "caller",       finalStatus: "failed",    description: "Whoever received the payment no longer holds this much." },

  prompt_not_open:            { party: "customer",     finalStatus: "failed",    description: "The prompt has ended, or there was none." },

  hold_not_open:              { party: "caller",       finalStatus: "failed",    description: "The payment is not waiting to be committed or released." },
  voucher_wrong:              { party: "caller",       finalStatus: "failed",    description: "The voucher code is not the one of this payment." },
  released_by_organisation:   { party: "organisation", finalStatus: "cancelled", description: "The organisation released the held money." },
  hold_expired:               { party: "organisation", finalStatus: "expired",   description: "Nobody committed or released the held money in time." },

  mandate_unknown:            { party: "caller",       finalStatus: "failed",    description: "The organisation has no mandate with this reference from this customer." },
  mandate_id_unknown:         { party: "caller",       finalStatus: "failed",    description: "No mandate has this id." },
  mandate_mismatch:           { party: "caller",       finalStatus: "failed",    description: "The mandate with this id has another reference or another customer." },
  mandate_not_active:         { party: "customer",     finalStatus: "failed",    description: "The mandate was cancelled." },
  mandate_expired:            { party: "customer",     finalStatus: "failed",    description: "The mandate's last day has passed." },
  mandate_not_started:        { party: "caller",       finalStatus: "failed",    description: "The mandate's first payment day has not come." },
  mandate_outside_days:       { party: "caller",       finalStatus: "failed",    description: "Today is outside the days of the month that the customer agreed to." },
  mandate_period_paid:        { party: "caller",       finalStatus: "failed",    description: "The mandate was paid in this period already." },

  timed_out:                  { party: "platform",     finalStatus: "expired",   description: "No answer came in time; ask for the payment's status before trying again." },
} as const satisfies Record<string, RefusalInfo>;

export interface RefusalInfo {
  readonly party: Party;
  readonly finalStatus: "failed" | "cancelled" | "expired";
  readonly description: string;
}

type Party = "caller" | "application" | "organisation" | "customer" | "platform";

export type Refusal = keyof typeof refusals;

/** Failures that happen only where a sandbox scenario asked for them: no protocol has to expect one. */
// prettier-ignore
export const simulatedRefusals = {
  amount_not_accepted:        { party: "caller",       finalStatus: "failed",    description: "The amount is not accepted." },
  payment_failed:             { party: "platform",     finalStatus: "failed",    description: "The payment failed; a sandbox scenario asked for it." },
  internal_error:             { party: "platform",     finalStatus: "failed",    description: "The platform failed; a sandbox scenario asked for it." },
  service_unavailable:        { party: "platform",     finalStatus: "failed",    description: "The service cannot be reached at the moment." },
  reference_missing:          { party: "caller",       finalStatus: "failed",    description: "The reference is missing; a sandbox scenario asked for it." },
  use_case_invalid:           { party: "caller",       finalStatus: "failed",    description: "This call does not apply here; a sandbox scenario asked for it." },
} as const satisfies Record<string, RefusalInfo>;

export type SimulatedRefusal = keyof typeof simulatedRefusals;

/** Every refusal that a payment may be recorded with. */
export type RecordedRefusal = Refusal | SimulatedRefusal;

const allRefusals: Readonly<Record<RecordedRefusal, RefusalInfo>> = { ...refusals, ...simulatedRefusals };

export const getRefusalInfo = (refusal: RecordedRefusal): RefusalInfo => allRefusals[refusal];

/** The final status of a payment by the refusal that it met. */
export const finalStatusByRefusal: Readonly<Record<string, RefusalInfo["finalStatus"]>> = Object.fromEntries(
  Object.entries(allRefusals).map(([refusal, { finalStatus }]) => [refusal, finalStatus]),
);
