/**
 * Triggers: numbers that ask the sandbox for a result. They are legal on the wire, and no customer or organisation needs
 * to exist for them. An amount is never a trigger.
 *
 * | Scheme      | Number         | Digits                                                       |
 * | ----------- | -------------- | ------------------------------------------------------------ |
 * | customer    | `2547000NNNNN` | the result code with zeros in front                          |
 * | shortcode   | `69NNNN`       | the same                                                     |
 * | transaction | `TRIG0NNNNN`   | as for customers                                             |
 */
import type { RecordedRefusal } from "../../payments/refusals.ts";
import type { DarajaOperation, TriggerScheme } from "./operation.ts";
import { resultTexts, type ResultCode } from "./result-codes.ts";

/**
 * What a number asks for: a result, no notification at all, the notice at the QueueTimeOutURL, or the error of a request
 * that the platform failed to handle.
 */
export type TriggerOutcome = ResultCode | "silence" | "timeout" | "fault";

/** The outcomes whose digits are not those of a code. */
const specialDigits: Readonly<Record<TriggerScheme, Readonly<Record<string, TriggerOutcome>>>> = {
  customer: {
    "90003": "SFC_IC0003",
    "91001": "R000001",
    "91002": "R000002",
    "40153": "TP40153",
    "99997": "fault",
    "99998": "timeout",
    "99999": "silence",
  },
  shortcode: {
    "9003": "SFC_IC0003",
    "9153": "TP40153",
    "9997": "fault",
    "9998": "timeout",
    "9999": "silence",
  },
  transaction: {
    "90003": "SFC_IC0003",
    "91001": "R000001",
    "91002": "R000002",
    "40153": "TP40153",
    "99997": "fault",
    "99998": "timeout",
    "99999": "silence",
  },
};

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

/** What a value asks for, or null if it is no trigger. */
export function findTriggerOutcome(scheme: TriggerScheme, value: string): TriggerOutcome | null {
  const digits = expressions[scheme].exec(value)?.[1];
  if (digits === undefined) return null;
  const special = specialDigits[scheme][digits];
  if (special !== undefined) return special;
  const code = String(Number(digits));
  return Object.hasOwn(resultTexts, code) ? (code as ResultCode) : null;
}

/** The number that asks for an outcome, or null if the scheme has none. */
export function formatTrigger(scheme: TriggerScheme, outcome: TriggerOutcome): string | null {
  const [prefix, length] = prefixes[scheme];
  const special = Object.entries(specialDigits[scheme]).find(([, each]) => each === outcome);
  if (special !== undefined) return prefix + special[0];
  return /^\d+$/.test(outcome) && outcome.length <= length ? prefix + outcome.padStart(length, "0") : null;
}

/** The effect of a request's trigger. */
export interface TriggerEffect {
  readonly outcome: TriggerOutcome;
  readonly refusal: RecordedRefusal;
}

/** The trigger in a value of a call's field, or null. A code that the call does not document is no trigger of it. */
export function findTrigger(
  { trigger, results }: Pick<DarajaOperation, "trigger" | "results">,
  value: string | null,
): TriggerEffect | null {
  if (trigger === undefined || value === null) return null;
  const outcome = findTriggerOutcome(trigger.scheme, value);
  if (outcome === null) return null;
  if (outcome === "silence" || outcome === "timeout") return { outcome, refusal: "timed_out" };
  if (outcome === "fault") return { outcome, refusal: "internal_error" };
  const refusal = results[outcome];
  return refusal === undefined ? null : { outcome, refusal };
}
