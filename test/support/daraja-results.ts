/** The bodies `{"Result": …}` of Daraja, for tests. */
import assert from "node:assert/strict";
import type { Listener } from "./listener.ts";
import type { TestSandbox } from "./sandbox.ts";

export interface ResultEntry {
  readonly Key: string;
  readonly Value?: unknown;
}

export interface DarajaResult {
  readonly ResultType: number | string;
  readonly ResultCode: number | string;
  readonly ResultDesc: string;
  readonly OriginatorConversationID: string;
  readonly ConversationID: string;
  readonly TransactionID: string;
  readonly ResultParameters?: { readonly ResultParameter: ResultEntry | readonly ResultEntry[] };
  readonly ReferenceData?: { readonly ReferenceItem: ResultEntry | readonly ResultEntry[] };
}

/** The result that a listener received, by its place. */
export async function waitForResult(
  listener: Listener,
  index = 0,
): Promise<{ readonly result: DarajaResult; readonly text: string; readonly path: string }> {
  const received = (await listener.waitForCallbacks(index + 1))[index];
  assert(received !== undefined);
  const { Result } = received.body as unknown as { readonly Result: DarajaResult };
  return { result: Result, text: received.text, path: received.path };
}

const listEntries = ({ ResultParameters }: DarajaResult): readonly ResultEntry[] =>
  [ResultParameters?.ResultParameter ?? []].flat() as readonly ResultEntry[];

export const listKeys = (result: DarajaResult): readonly string[] =>
  listEntries(result).map(({ Key }) => Key);

export const getResult = (result: DarajaResult, key: string): unknown =>
  listEntries(result).find(({ Key }) => Key === key)?.Value;

/** The seeded API operator, with its credential. */
export function initiate({ platform }: TestSandbox): { readonly name: string; readonly credential: string } {
  const { securityCredential } = platform.sandboxInfo["daraja"] as { readonly securityCredential: string };
  return { name: "testapi", credential: securityCredential };
}

/** Minor units as `92540.00`. */
export const formatMinor = (amountMinor: bigint): string =>
  `${amountMinor / 100n}.${String(amountMinor % 100n).padStart(2, "0")}`;
