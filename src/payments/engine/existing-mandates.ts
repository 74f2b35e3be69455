/**
 * The mandates and the open requests for consent that a batch's new mandates compete with, including those of earlier
 * instructions of the batch.
 */
import type { Id } from "../../core/ids.ts";
import type { Transaction } from "../../store/driver/connect.ts";
import { readMandatesByKey, type MandateKey } from "../../store/rail/mandates.ts";
import { readMandatePrompts } from "../../store/rail/prompts.ts";
import { parseTerms } from "../rules/answer-prompt.ts";
import type { ExistingMandate, Instruction } from "../instruction.ts";
import type { LockedPayment } from "../../store/rail/payments.ts";

/** The keys of the mandates that these instructions create, or that their prompts asked for. */
export function collectMandateKeys(
  instructions: readonly Instruction[],
  originals: readonly LockedPayment[],
): MandateKey[] {
  const prompted = originals.filter((original) => (original.promptedMandate ?? null) !== null);
  return [
    ...instructions.flatMap(({ newMandate }) => newMandate ?? []),
    ...prompted.map(({ promptedMandate }) => parseTerms(promptedMandate)),
  ];
}

/**
 * Reads what exists under these keys. The wallets of their customers must be locked: every creation locks one, so that
 * no other batch can create a mandate of a key between this and the commit.
 */
export async function readExistingMandates(
  tx: Transaction,
  keys: readonly MandateKey[],
  now: number,
): Promise<ExistingMandates> {
  const existing = new ExistingMandates();
  if (keys.length === 0) return existing;
  const [mandates, prompts] = await Promise.all([
    readMandatesByKey(tx, keys),
    readMandatePrompts(
      tx,
      keys.map(({ msisdn }) => msisdn),
      now,
    ),
  ]);
  for (const mandate of mandates) existing.add(mandate, mandate);
  for (const { paymentId, mandate } of prompts) existing.addPrompt(parseTerms(mandate), paymentId);
  return existing;
}

type Mandate = NonNullable<ExistingMandate["mandate"]>;

export class ExistingMandates {
  readonly #mandates = new Map<string, Mandate>();
  readonly #prompts = new Map<string, Id>();

  find(key: MandateKey): ExistingMandate {
    const text = toText(key);
    return { mandate: this.#mandates.get(text) ?? null, promptedBy: this.#prompts.get(text) ?? null };
  }

  add(key: MandateKey, mandate: Mandate): void {
    this.#mandates.set(toText(key), mandate);
  }

  addPrompt(key: MandateKey, paymentId: Id): void {
    this.#prompts.set(toText(key), paymentId);
  }

  removeCancelled(mandateId: bigint): void {
    deleteWhere(this.#mandates, ({ id }) => id === mandateId);
  }

  removePrompt(paymentId: Id): void {
    deleteWhere(this.#prompts, (id) => id === paymentId);
  }
}

/** The reference is last, because it alone may contain a separator. */
const toText = ({ applicationId, msisdn, reference }: MandateKey): string =>
  `${applicationId} ${msisdn} ${reference}`;

function deleteWhere<Value>(map: Map<string, Value>, matches: (value: Value) => boolean): void {
  for (const [key, value] of map) if (matches(value)) map.delete(key);
}
