/**
 * The open prompts of a customer, and how many there may be.
 *
 * A wallet's row lists the application of each open prompt. `7 7 12`: application 7 has two open prompts, and
 * application 12 has one. The row is locked for every request that opens or ends a prompt, so the list is exact on any
 * number of servers. `prove` compares it with the holds.
 */
import type { Refusal } from "./refusals.ts";

/** How many prompts may be open at the same time on one handset. */
export interface PromptLimits {
  /** Of all applications together, whatever their protocol. */
  readonly perCustomer: number;
  /** Of the application that asks. */
  readonly perCustomerAndApplication: number;
}

/** The limits that apply to the requests of each protocol, by its name. */
export type PromptLimitsByProtocol = Readonly<Record<string, PromptLimits>>;

const parseOpenPrompts = (text: string): bigint[] => (text === "" ? [] : text.split(" ").map(BigInt));

/** Returns why the application may not open another prompt, or null. Its own limit is reported first. */
export function findPromptRefusal(
  openPrompts: string,
  applicationId: bigint,
  { perCustomer, perCustomerAndApplication }: PromptLimits,
): Refusal | null {
  const open = parseOpenPrompts(openPrompts);
  if (open.filter((id) => id === applicationId).length >= perCustomerAndApplication)
    return "application_prompt_limit";
  return open.length >= perCustomer ? "customer_prompt_limit" : null;
}

export function addOpenPrompt(openPrompts: string, applicationId: bigint): string {
  const open = [...parseOpenPrompts(openPrompts), applicationId];
  return open.sort((a, b) => (a < b ? -1 : Number(a > b))).join(" ");
}

/** Removes one prompt of the application. The text stays unchanged if there is none. */
export function removeOpenPrompt(openPrompts: string, applicationId: bigint): string {
  const open = parseOpenPrompts(openPrompts);
  const index = open.indexOf(applicationId);
  return index === -1 ? openPrompts : open.toSpliced(index, 1).join(" ");
}
