/**
 * All reasons why Pesarail refuses a request.
 *
 * A refusal is a result, not a fault: the request was valid, no balance changed, and the same request would be
 * refused again now. Faults (an unavailable database, a bug) are thrown and never appear here.
 * `docs/refusals.md` has one section per row; a test compares the two. Each protocol maps all refusals to
 * its own codes (`protocols/<name>/refusal-codes.ts`), and the compiler checks that none is missing.
 *
 * `finalStatus` is the status of a refused payment: `failed`, `cancelled` if the payer declined, `expired`
 * if there was no reply in time.
 */
// prettier-ignore
export const refusals = {
  duplicate:                    { party: "caller",       finalStatus: "failed",    description: "This reference was already used. The first payment is unchanged." },

  product_not_enabled:          { party: "application",  finalStatus: "failed",    description: "The application does not have this call enabled." },
  outside_usage_hours:          { party: "application",  finalStatus: "failed",    description: "The application may not use this call at this time of day." },
  single_value_limit:           { party: "application",  finalStatus: "failed",    description: "The amount exceeds the application's limit for one payment." },
  session_value_limit:          { party: "application",  finalStatus: "failed",    description: "The session has reached its value limit for today." },
  session_count_limit:          { party: "application",  finalStatus: "failed",    description: "The session has reached its payment count limit for today." },
  customer_value_limit:         { party: "application",  finalStatus: "failed",    description: "The application has reached its value limit for this customer today." },
  customer_count_limit:         { party: "application",  finalStatus: "failed",    description: "The application has reached its payment count limit for this customer today." },
  several_limits:               { party: "application",  finalStatus: "failed",    description: "The payment exceeds more than one of the application's limits." },

  amount_below_minimum:         { party: "caller",       finalStatus: "failed",    description: "The amount is below the minimum of one payment." },
  amount_above_maximum:         { party: "caller",       finalStatus: "failed",    description: "The amount exceeds the maximum of one payment." },

  initiator_credential_invalid: { party: "organisation", finalStatus: "failed",    description: "The organisation has no API operator with this name and password." },
  initiator_locked:             { party: "organisation", finalStatus: "failed",    description: "The API operator is locked, because three wrong passwords in a row were sent." },
  initiator_suspended:          { party: "organisation", finalStatus: "failed",    description: "The API operator is suspended." },
  initiator_role_missing:       { party: "organisation", finalStatus: "failed",    description: "The API operator does not have the role that this call needs." },
  initiator_not_permitted:      { party: "organisation", finalStatus: "failed",    description: "The API operator belongs to another organisation." },

  organisation_unknown:         { party: "organisation", finalStatus: "failed",    description: "No organisation that this application may act for has this shortcode." },
  receiver_unknown:             { party: "organisation", finalStatus: "failed",    description: "No organisation has the receiver's shortcode." },
  organisation_inactive:        { party: "organisation", finalStatus: "failed",    description: "An organisation's account is not active." },
  same_party:                   { party: "organisation", finalStatus: "failed",    description: "An organisation cannot pay itself." },
  organisation_balance_too_low: { party: "organisation", finalStatus: "failed",    description: "The organisation's balance is too low." },
  receiver_invalid:             { party: "organisation", finalStatus: "failed",    description: "An organisation has no account for this kind of payment." },
  organisation_product_missing: { party: "organisation", finalStatus: "failed",    description: "The organisation may not use this kind of payment." },
  nominated_number_missing:     { party: "organisation", finalStatus: "failed",    description: "The organisation has no nominated number, whose owner could approve the payment." },

  customer_unknown:             { party: "customer",     finalStatus: "failed",    description: "No customer in this market has this MSISDN." },
  customer_inactive:            { party: "customer",     finalStatus: "failed",    description: "The customer's account is locked, inactive or not yet approved." },
  organisation_blocked:         { party: "customer",     finalStatus: "failed",    description: "The customer has blocked this organisation." },
  customer_refusal_limit:       { party: "application",  finalStatus: "failed",    description: "Too many of the application's requests to this customer were refused today." },
  customer_prompt_limit:        { party: "customer",     finalStatus: "failed",    description: "The customer has as many open prompts as the limit allows." },
  application_prompt_limit:     { party: "application",  finalStatus: "failed",    description: "The application has as many open prompts to this customer as the limit allows." },
  customer_balance_too_low:     { party: "customer",     finalStatus: "failed",    description: "The customer's balance is too low." },
  customer_declined:            { party: "customer",     finalStatus: "cancelled", description: "The customer declined the prompt." },
  customer_did_not_answer:      { party: "customer",     finalStatus: "expired",   description: "The prompt expired before the customer answered." },
  customer_unreachable:         { party: "customer",     finalStatus: "failed",    description: "The customer's phone is switched off or not in the network." },
  prompt_expired:               { party: "customer",     finalStatus: "expired",   description: "The prompt expired before the customer answered." },
  prompt_undelivered:           { party: "customer",     finalStatus: "expired",   description: "The prompt expired before it reached the customer's phone." },
  customer_pin_wrong:           { party: "customer",     finalStatus: "failed",    description: "The customer entered a wrong PIN." },
  customer_not_eligible:        { party: "customer",     finalStatus: "failed",    description: "The customer's account does not take this kind of payment." },
  payment_repeated:             { party: "customer",     finalStatus: "failed",    description: "The customer paid the same amount to the same organisation a moment ago." },

  validation_rejected:           { party: "organisation", finalStatus: "cancelled", description: "The organisation's validation rejected the payment." },
  validation_rejected_msisdn:    { party: "organisation", finalStatus: "cancelled", description: "The organisation's validation rejected the customer's number." },
  validation_rejected_account:   { party: "organisation", finalStatus: "cancelled", description: "The organisation's validation rejected the account number." },
  validation_rejected_amount:    { party: "organisation", finalStatus: "cancelled", description: "The organisation's validation rejected the amount." },
  validation_rejected_kyc:       { party: "organisation", finalStatus: "cancelled", description: "The organisation's validation rejected what is known of the customer." },
  validation_rejected_shortcode: { party: "organisation", finalStatus: "cancelled", description: "The organisation's validation rejected the shortcode." },
  validation_unanswered:         { party: "organisation", finalStatus: "cancelled", description: "The organisation's validation did not respond, and its registration cancels such payments." },

  account_full:                 { party: "organisation", finalStatus: "failed",    description: "The amount would exceed the maximum balance of an account." },

  payment_unknown:              { party: "caller",       finalStatus: "failed",    description: "No payment has this reference." },
  payment_not_yours:            { party: "caller",       finalStatus: "failed",    description: "The organisation is not a party to this payment." },
  payment_not_completed:        { party: "caller",       finalStatus: "failed",    description: "The payment did not complete, so it cannot be reversed." },
  payment_not_reversible:       { party: "caller",       finalStatus: "failed",    description: "This kind of payment cannot be reversed." },
  already_reversed:             { party: "caller",       finalStatus: "failed",    description: "The payment is already fully reversed." },
  reversal_too_large:           { party: "caller",       finalStatus: "failed",    description: "The amount exceeds the remaining amount of the payment." },
  receiver_balance_too_low:     { party: "caller",       finalStatus: "failed",    description: "The balance of the payment's receiver is too low." },

  prompt_not_open:              { party: "customer",     finalStatus: "failed",    description: "There is no open prompt for this payment." },

  hold_not_open:                { party: "caller",       finalStatus: "failed",    description: "The payment has no open hold to commit or release." },
  voucher_wrong:                { party: "caller",       finalStatus: "failed",    description: "The voucher code does not match this payment." },
  released_by_organisation:     { party: "organisation", finalStatus: "cancelled", description: "The organisation released the held money." },
  hold_expired:                 { party: "organisation", finalStatus: "expired",   description: "The organisation did not commit or release the held money in time." },

  mandate_exists:               { party: "caller",       finalStatus: "failed",    description: "The application already has an active mandate with this reference from this customer." },
  mandate_awaits_consent:       { party: "caller",       finalStatus: "failed",    description: "The customer has not yet answered an earlier request for a mandate with this reference." },
  mandate_unknown:              { party: "caller",       finalStatus: "failed",    description: "The organisation has no mandate with this reference from this customer." },
  mandate_id_unknown:           { party: "caller",       finalStatus: "failed",    description: "No mandate has this id." },
  mandate_mismatch:             { party: "caller",       finalStatus: "failed",    description: "The mandate with this id has a different reference or customer." },
  mandate_not_active:           { party: "customer",     finalStatus: "failed",    description: "The mandate was cancelled." },
  mandate_expired:              { party: "customer",     finalStatus: "failed",    description: "The mandate's expiry day has passed." },
  mandate_not_started:          { party: "caller",       finalStatus: "failed",    description: "The mandate's first payment day is in the future." },
  mandate_outside_days:         { party: "caller",       finalStatus: "failed",    description: "Today is outside the mandate's range of days in the month." },
  mandate_period_paid:          { party: "caller",       finalStatus: "failed",    description: "The mandate is already paid for this period." },

  timed_out:                    { party: "platform",     finalStatus: "expired",   description: "There was no response in time. Query the payment's status before you retry." },
} as const satisfies Record<string, RefusalInfo>;

export interface RefusalInfo {
  readonly party: Party;
  readonly finalStatus: "failed" | "cancelled" | "expired";
  readonly description: string;
}

type Party = "caller" | "application" | "organisation" | "customer" | "platform";

export type Refusal = keyof typeof refusals;

/** Failures that only sandbox scenarios cause. A protocol has no code of its own for them. */
// prettier-ignore
export const simulatedRefusals = {
  amount_not_accepted:          { party: "caller",       finalStatus: "failed",    description: "The amount is not accepted." },
  payment_failed:               { party: "platform",     finalStatus: "failed",    description: "The payment failed; a sandbox scenario asked for it." },
  internal_error:               { party: "platform",     finalStatus: "failed",    description: "The platform failed; a sandbox scenario asked for it." },
  service_unavailable:          { party: "platform",     finalStatus: "failed",    description: "The service is currently unavailable." },
  reference_missing:            { party: "caller",       finalStatus: "failed",    description: "The reference is missing; a sandbox scenario asked for it." },
  use_case_invalid:             { party: "caller",       finalStatus: "failed",    description: "This call does not apply here; a sandbox scenario asked for it." },
  customer_daily_limit:         { party: "customer",     finalStatus: "failed",    description: "The amount exceeds what the customer may pay or receive today." },
  balance_below_minimum:        { party: "customer",     finalStatus: "failed",    description: "The balance would be below its minimum." },
  debit_account_invalid:        { party: "caller",       finalStatus: "failed",    description: "The account to debit is not valid." },
  credit_account_invalid:       { party: "caller",       finalStatus: "failed",    description: "The account to credit is not valid." },
  debit_account_unknown:        { party: "caller",       finalStatus: "failed",    description: "The account to debit does not exist." },
  credit_account_unknown:       { party: "caller",       finalStatus: "failed",    description: "The account to credit does not exist." },
  account_status_invalid:       { party: "caller",       finalStatus: "failed",    description: "The status of an account does not allow the payment." },
  initiator_check_failed:       { party: "organisation", finalStatus: "failed",    description: "The check of the API operator failed." },
  initiator_unknown:            { party: "organisation", finalStatus: "failed",    description: "The API operator does not exist." },
  operation_not_allowed:        { party: "organisation", finalStatus: "failed",    description: "The API operator may not use this call." },
  request_too_old:              { party: "caller",       finalStatus: "failed",    description: "The request is too old." },
  parameters_missing:           { party: "caller",       finalStatus: "failed",    description: "A parameter is missing." },
  parameters_invalid:           { party: "caller",       finalStatus: "failed",    description: "A parameter is not valid." },
  command_invalid:              { party: "caller",       finalStatus: "failed",    description: "The command is not valid." },
  prompt_not_sent:              { party: "platform",     finalStatus: "failed",    description: "The prompt could not be sent." },
  prompt_failed:                { party: "platform",     finalStatus: "failed",    description: "An error occurred while the prompt was sent." },
  organisation_not_verified:    { party: "organisation", finalStatus: "failed",    description: "The organisation's identity is not verified." },
  ussd_network_error:           { party: "platform",     finalStatus: "failed",    description: "The network could not deliver the USSD menu." },
  ussd_failed:                  { party: "platform",     finalStatus: "failed",    description: "An error occurred in the USSD menu." },
} as const satisfies Record<string, RefusalInfo>;

export type SimulatedRefusal = keyof typeof simulatedRefusals;

/** Every refusal that a payment may be recorded with. */
export type RecordedRefusal = Refusal | SimulatedRefusal;

const allRefusals: Readonly<Record<RecordedRefusal, RefusalInfo>> = { ...refusals, ...simulatedRefusals };

export const getRefusalInfo = (refusal: RecordedRefusal): RefusalInfo => allRefusals[refusal];

/** The final status of a payment with each refusal. */
export const finalStatusByRefusal: Readonly<Record<string, RefusalInfo["finalStatus"]>> = Object.fromEntries(
  Object.entries(allRefusals).map(([refusal, { finalStatus }]) => [refusal, finalStatus]),
);
