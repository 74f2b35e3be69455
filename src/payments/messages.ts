/** Which messages a payment sends to phones: one to each party that has one, saying what happened to their money. */
import type { Id } from "../ids.ts";
import type { Account, Book, Move, MoveReason } from "../ledger/book.ts";
import type { MessageKind, NewMessage } from "../store/messages.ts";

interface Told {
  /** What the party that gave is told, and the one that got. */
  readonly giver: MessageKind | null;
  readonly getter: MessageKind | null;
}

const told: Readonly<Record<MoveReason, Told>> = {
  collection: { giver: "paid", getter: "sold" },
  debit: { giver: "debited", getter: "sold" },
  payout: { giver: null, getter: "received" },
  transfer: { giver: null, getter: "sold" },
  reversal: { giver: "taken_back", getter: "returned" },
  funding: { giver: null, getter: null },
  scenario_funding: { giver: null, getter: null },
};

/** The messages about moves that were just applied: balances in them are those after all of it. */
export function messagesOf(moves: readonly Move[], paymentId: Id): NewMessage[] {
  return moves.flatMap(({ from, to, minor, why }) => [
    ...message(told[why].giver, from, paymentId, minor),
    ...message(told[why].getter, to, paymentId, minor),
  ]);
}

/** The message to a customer about a mandate. */
export function messagesAbout(kind: MessageKind, msisdn: string, paymentId: Id, book: Book): NewMessage[] {
  const wallet = book.find("wallet", msisdn);
  return wallet === undefined ? [] : message(kind, wallet, paymentId, 0n);
}

function message(kind: MessageKind | null, account: Account, paymentId: Id, minor: bigint): NewMessage[] {
  if (kind === null || !account.hasHandset) return [];
  if (account.kind === "wallet") {
    return [
      { to: account.owner, party: "customer", paymentId, kind, minor, balanceMinor: account.availableMinor },
    ];
  }
  return [{ to: account.owner, party: "organisation", paymentId, kind, minor, balanceMinor: null }];
}
