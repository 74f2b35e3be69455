/** Triggers: the numbers of customers that ask the sandbox for a RETURN_CODE, `2547000NNNNN` with the code at the end. */
import type { RecordedRefusal } from "../../../payments/refusals.ts";
import { findTriggerDigits, formatTriggerNumber } from "../../g2/trigger-numbers.ts";
import { triggerRefusals, type TriggeredCode } from "./return-codes.ts";

/** What a number asks for, or null if it is no trigger. */
export function findTriggerRefusal(msisdn: string): RecordedRefusal | null {
  const digits = findTriggerDigits("customer", msisdn);
  const code = digits === null ? "" : String(Number(digits)).padStart(2, "0");
  return Object.hasOwn(triggerRefusals, code) ? triggerRefusals[code as TriggeredCode] : null;
}

/** The number that asks for a code. */
export const formatTrigger = (code: TriggeredCode): string => formatTriggerNumber("customer", code) ?? "";
