/** Triggers: numbers that ask the sandbox for a result (`g2/trigger-numbers.ts`). */
import type { RecordedRefusal } from "../../payments/refusals.ts";
import {
  findTriggerDigits,
  formatTriggerNumber,
  specialOutcomes,
  type SpecialOutcome,
  type TriggerScheme,
} from "../g2/trigger-numbers.ts";
import type { DarajaOperation } from "./operation.ts";
import { resultTexts, type ResultCode } from "./result-codes.ts";

/**
 * What a number asks for: a result, no notification at all, the notice at the QueueTimeOutURL, or the error of a request
 * that the platform failed to handle.
 */
export type TriggerOutcome = ResultCode | SpecialOutcome;

/** The outcomes whose digits are not those of a code. */
const specialDigits: Readonly<Record<TriggerScheme, Readonly<Record<string, TriggerOutcome>>>> = {
  customer: {
    "90003": "SFC_IC0003",
    "91001": "R000001",
    "91002": "R000002",
    "40153": "TP40153",
    ...specialOutcomes.customer,
  },
  shortcode: {
    "9003": "SFC_IC0003",
    "9153": "TP40153",
    ...specialOutcomes.shortcode,
  },
  transaction: {
    "90003": "SFC_IC0003",
    "91001": "R000001",
    "91002": "R000002",
    "40153": "TP40153",
    ...specialOutcomes.transaction,
  },
};

/** What a value asks for, or null if it is no trigger. */
export function findTriggerOutcome(scheme: TriggerScheme, value: string): TriggerOutcome | null {
  const digits = findTriggerDigits(scheme, value);
  if (digits === null) return null;
  const special = specialDigits[scheme][digits];
  if (special !== undefined) return special;
  const code = String(Number(digits));
  return Object.hasOwn(resultTexts, code) ? (code as ResultCode) : null;
}

/** The number that asks for an outcome, or null if the scheme has none. */
export function formatTrigger(scheme: TriggerScheme, outcome: TriggerOutcome): string | null {
  const special = Object.entries(specialDigits[scheme]).find(([, each]) => each === outcome);
  return formatTriggerNumber(scheme, special?.[0] ?? outcome);
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
