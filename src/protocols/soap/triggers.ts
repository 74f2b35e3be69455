/** Triggers: numbers that ask the sandbox for a result (`g2/trigger-numbers.ts`), with the codes of the Broker. */
import {
  findTriggerDigits,
  formatTriggerNumber,
  specialOutcomes,
  type SpecialOutcome,
  type TriggerScheme,
} from "../g2/trigger-numbers.ts";
import { resultTexts, type SoapResultCode } from "./result-codes.ts";

export type SoapTrigger = Exclude<SoapResultCode, "0"> | SpecialOutcome;

/** What a value asks for, or null if it is no trigger. Every command has all codes. */
export function findSoapTrigger(scheme: TriggerScheme, value: string): SoapTrigger | null {
  const digits = findTriggerDigits(scheme, value);
  if (digits === null) return null;
  const specials: Readonly<Record<string, SpecialOutcome>> = specialOutcomes[scheme];
  const special = specials[digits];
  if (special !== undefined) return special;
  const code = String(Number(digits));
  return code !== "0" && Object.hasOwn(resultTexts, code) ? (code as SoapTrigger) : null;
}

/** The number that asks for an outcome. */
export function formatSoapTrigger(scheme: TriggerScheme, outcome: SoapTrigger): string | null {
  const special = Object.entries(specialOutcomes[scheme]).find(([, each]) => each === outcome);
  return formatTriggerNumber(scheme, special?.[0] ?? outcome);
}

/** In the order of the documentation. */
export const triggerOutcomes: readonly SoapTrigger[] = [
  ...(Object.keys(resultTexts).filter((code) => code !== "0") as SoapTrigger[]),
  "silence",
  "timeout",
  "fault",
];
