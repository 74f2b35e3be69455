/** Postings: the history of the ledger (table `moves`). It is append-only; a trigger enforces that. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toTimestamp, toArrayLiteral } from "../driver/array-columns.ts";

export interface PostingRow {
  readonly paymentId: bigint;
  /** The position among the postings of its payment, from 0. */
  readonly ordinal: number;
  readonly debitAccount: bigint;
  readonly creditAccount: bigint;
  readonly amountMinor: bigint;
  readonly type: string;
}

export async function insertPostings(
  tx: Transaction,
  postings: readonly PostingRow[],
  at: number,
): Promise<void> {
  await tx`
    insert into postings (payment_id, ordinal, debit_account, credit_account, amount_minor, type, at)
    select v.*, ${toTimestamp(at)}::timestamptz
    from unnest(${toArrayLiteral(postings.map((posting) => posting.paymentId))}::bigint[],
                ${toArrayLiteral(postings.map((posting) => posting.ordinal))}::smallint[],
                ${toArrayLiteral(postings.map((posting) => posting.debitAccount))}::bigint[],
                ${toArrayLiteral(postings.map((posting) => posting.creditAccount))}::bigint[],
                ${toArrayLiteral(postings.map((posting) => posting.amountMinor))}::bigint[],
                ${toArrayLiteral(postings.map((posting) => posting.type))}::text[]) as v`;
}

/** A posting with the names of its accounts. */
export interface NamedPosting {
  readonly fromKind: string;
  readonly fromOwner: string;
  readonly toKind: string;
  readonly toOwner: string;
  readonly amountMinor: bigint;
  readonly type: string;
  readonly at: Date;
}

/** The postings of a payment, in order. */
export function readPostings(sql: Sql, paymentId: bigint): Promise<NamedPosting[]> {
  return sql<NamedPosting[]>`
    select d.kind as "fromKind", d.owner as "fromOwner", c.kind as "toKind", c.owner as "toOwner",
           m.amount_minor as "amountMinor", m.type, m.at
    from postings m join accounts d on d.id = m.debit_account join accounts c on c.id = m.credit_account
    where m.payment_id = ${paymentId} order by m.ordinal`;
}
