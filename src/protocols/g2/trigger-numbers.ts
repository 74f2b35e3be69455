/**
 * The numbers of triggers, which ask the sandbox for a result. They are legal on the wire, and no customer or organisation
 * needs to exist for them. An amount is never a trigger.
 *
 * | Scheme      | Number         | Digits                                                       |
 * | ----------- | -------------- | ------------------------------------------------------------ |
 * | customer    | `2547000NNNNN` | the result code with zeros in front                          |
 * | shortcode   | `69NNNN`       | the same                                                     |
 * | transaction | `TRIG0NNNNN`   | as for customers                                             |
 */

/** Which numbers of a field are triggers. */
export type TriggerScheme = "customer" | "shortcode" | "transaction";

/** What a trigger asks for beside a result code: silence, the notice of a timeout, or a failure of the platform. */
export const specialOutcomes = {
  customer: { "99997": "fault", "99998": "timeout", "99999": "silence" },
  shortcode: { "9997": "fault", "9998": "timeout", "9999": "silence" },
  transaction: { "99997": "fault", "99998": "timeout", "99999": "silence" },
} as const satisfies Readonly<Record<TriggerScheme, Readonly<Record<string, string>>>>;

export type SpecialOutcome = "fault" | "timeout" | "silence";

const expressions: Readonly<Record<TriggerScheme, RegExp>> = {
  customer: /^2547000(\d{5})$/,
  shortcode: /^69(\d{4})$/,
  transaction: /^TRIG0(\d{5})$/i,
};

const prefixes: Readonly<Record<TriggerScheme, readonly [prefix: string, digits: number]>> = {
  customer: ["2547000", 5],
  shortcode: ["69", 4],
  transaction: ["TRIG0", 5],
};

/** The digits of a trigger, or null if the value is none. */
export const findTriggerDigits = (scheme: TriggerScheme, value: string): string | null =>
  expressions[scheme].exec(value)?.[1] ?? null;

/** The number with these digits, or with this code and zeros in front; null if the code is no number, or too long. */
export function formatTriggerNumber(scheme: TriggerScheme, code: string): string | null {
  const [prefix, length] = prefixes[scheme];
  return /^\d+$/.test(code) && code.length <= length ? prefix + code.padStart(length, "0") : null;
}
