/** Builds the SMS messages of a payment: one for each party with a phone. */
import type { Id } from "../core/ids.ts";
import type { Account, LockedAccounts, Posting, PostingType } from "../ledger/locked-accounts.ts";
import type { MessageKind, NewMessage } from "../store/rail/messages.ts";

interface PartyMessages {
  /** The kind of message for each party. Null sends none. */
  readonly payer: MessageKind | null;
  readonly payee: MessageKind | null;
}

const messageKinds: Readonly<Record<PostingType, PartyMessages>> = {
  collection: { payer: "paid", payee: "sold" },
  debit: { payer: "debited", payee: "sold" },
  payout: { payer: null, payee: "received" },
  transfer: { payer: null, payee: "sold" },
  reversal: { payer: "taken_back", payee: "returned" },
  charge: { payer: null, payee: null },
  funding: { payer: null, payee: null },
  scenario_funding: { payer: null, payee: null },
};

/**
 * Builds the messages for postings. Call it after they are applied: the messages contain the new balances. `payoutKind` is
 * the kind of a payout's message, if it is not the usual one.
 */
export function buildPostingMessages(
  postings: readonly Posting[],
  paymentId: Id,
  payoutKind: MessageKind = "received",
): NewMessage[] {
  return postings.flatMap(({ from, to, amountMinor, type }) => {
    const { payer, payee } = messageKinds[type];
    return [
      ...buildMessage(payer, from, paymentId, amountMinor),
      ...buildMessage(payee === "received" ? payoutKind : payee, to, paymentId, amountMinor),
    ];
  });
}

/** Builds the message to a customer about a mandate. */
export function buildMandateMessages(
  kind: MessageKind,
  msisdn: string,
  paymentId: Id,
  accounts: LockedAccounts,
): NewMessage[] {
  const wallet = accounts.findAccount("wallet", msisdn);
  return wallet === undefined ? [] : buildMessage(kind, wallet, paymentId, 0n);
}

/** Builds the message to a customer whose payment was refused after its money had been held. */
export const buildRefusalMessages = (wallet: Account, paymentId: Id, amountMinor: bigint): NewMessage[] =>
  buildMessage("not_paid", wallet, paymentId, amountMinor);

function buildMessage(
  kind: MessageKind | null,
  account: Account,
  paymentId: Id,
  amountMinor: bigint,
): NewMessage[] {
  if (kind === null || !account.hasHandset) return [];
  if (account.kind === "wallet") {
    return [
      {
        recipient: account.owner,
        party: "customer",
        paymentId,
        kind,
        amountMinor,
        balanceMinor: account.availableMinor,
      },
    ];
  }
  return [
    { recipient: account.owner, party: "organisation", paymentId, kind, amountMinor, balanceMinor: null },
  ];
}
