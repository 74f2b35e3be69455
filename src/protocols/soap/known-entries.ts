/** The parameters and reference items that mean something. Only these are kept: a key may be anything, also a password's. */
import { findOperation } from "./operations.ts";
import type { RequestDocument } from "./request-document.ts";

/** Of requests of every command, and of RegisterURL, besides the parameters of the command. */
const sharedKeys: readonly string[] = [
  "AccountReference",
  "BankTransactionID",
  "ConfirmationURL",
  "Occasion",
  "QueueTimeOutURL",
  "QueueTimeoutURL",
  "ResponseType",
  "ShortCode",
  "ValidationURL",
];

export type KnownEntries = readonly (readonly [key: string, value: string])[];

/** In the order of the request. */
export function listKnownEntries({ commandId, parameters, references }: RequestDocument): {
  readonly parameters: KnownEntries;
  readonly references: KnownEntries;
} {
  const known = new Set([...sharedKeys, ...Object.keys(findOperation(commandId)?.parameters ?? {})]);
  const list = (entries: ReadonlyMap<string, string>): KnownEntries =>
    [...entries].filter(([key]) => known.has(key));
  return { parameters: list(parameters), references: list(references) };
}
