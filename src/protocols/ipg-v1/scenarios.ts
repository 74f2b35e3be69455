/**
 * Triggers: values that select a call's outcome in the sandbox. M-Pesa's own sandbox of IPG v1 has none.
 *
 * They are legal on the wire, and no customer, organisation or payment needs to exist for them. The last digits are those
 * of the code.
 *
 * | Scheme      | Value                                    |
 * | ----------- | ---------------------------------------- |
 * | customer    | `25885000NNNN`, or `85000NNNN`           |
 * | shortcode   | `99NNNN`                                 |
 * | transaction | `TRIG0NNNNN`                             |
 */
import type { RecordedRefusal } from "../../payments/refusals.ts";
import type { IpgV1Code } from "./codes.ts";

export type IpgV1TriggerScheme = "customer" | "shortcode" | "transaction";

/** The outcome that a trigger selects: success, or a refusal. */
export type IpgV1Scenario =
  { readonly outcome: "accepted" } | { readonly outcome: "refused"; readonly refusal: RecordedRefusal };

export interface IpgV1Trigger {
  /** The parameter that it is a value of. */
  readonly field: string;
  readonly scheme: IpgV1TriggerScheme;
  /** Code → outcome. Another code is no trigger of the call. */
  readonly outcomes: Readonly<Partial<Record<IpgV1Code, "accepted" | RecordedRefusal>>>;
}

/** Reads a value as a trigger, and writes a trigger with this number of digits. */
const schemes: Readonly<
  Record<
    IpgV1TriggerScheme,
    { readonly expression: RegExp; readonly prefix: string; readonly digits: number }
  >
> = {
  customer: { expression: /^(?:258)?85000(\d{4})$/, prefix: "25885000", digits: 4 },
  shortcode: { expression: /^99(\d{4})$/, prefix: "99", digits: 4 },
  transaction: { expression: /^TRIG0(\d{5})$/i, prefix: "TRIG0", digits: 5 },
};

/** The outcome that a value selects, or null if it is no trigger of the call. */
export function findScenario(
  { field, scheme, outcomes }: IpgV1Trigger,
  getRawValue: (name: string) => string | undefined,
): IpgV1Scenario | null {
  const digits = schemes[scheme].expression.exec(getRawValue(field) ?? "")?.[1];
  if (digits === undefined) return null;
  const outcome = outcomes[`INS-${Number(digits)}` as IpgV1Code];
  if (outcome === undefined) return null;
  return outcome === "accepted" ? { outcome } : { outcome: "refused", refusal: outcome };
}

/** The value that selects a code. */
export function formatTrigger(scheme: IpgV1TriggerScheme, code: IpgV1Code): string {
  const { prefix, digits } = schemes[scheme];
  return prefix + code.slice("INS-".length).padStart(digits, "0");
}

/** The outcomes that calls share which move money. */
export const paymentOutcomes = {
  "INS-1": "internal_error",
  "INS-4": "organisation_inactive",
  "INS-6": "payment_failed",
  "INS-9": "timed_out",
  "INS-15": "amount_not_accepted",
  "INS-16": "service_unavailable",
  "INS-22": "command_invalid",
  "INS-23": "account_status_invalid",
  "INS-998": "use_case_invalid",
  "INS-2005": "customer_daily_limit",
} as const satisfies IpgV1Trigger["outcomes"];

/** The outcomes of a payment to or from a customer. */
export const customerOutcomes = {
  ...paymentOutcomes,
  "INS-993": "mandate_unknown",
  "INS-994": "mandate_exists",
  "INS-995": "customer_not_eligible",
  "INS-996": "customer_inactive",
  "INS-997": "payment_unknown",
  "INS-2051": "customer_unknown",
  "INS-2057": "prompt_failed",
} as const satisfies IpgV1Trigger["outcomes"];

/** The outcomes of a query. */
export const queryOutcomes = {
  "INS-1": "internal_error",
  "INS-6": "payment_failed",
  "INS-9": "timed_out",
  "INS-16": "service_unavailable",
  "INS-998": "use_case_invalid",
} as const satisfies IpgV1Trigger["outcomes"];
