/** Moves: the history of the books. Rows are added and never changed; a trigger sees to it. */
import type { Sql, Transaction } from "./connect.ts";
import { moment, plainColumn } from "./columns.ts";

export interface MoveRow {
  readonly paymentId: bigint;
  /** The move's place among its payment's, from 0. */
  readonly ordinal: number;
  readonly debitAccount: bigint;
  readonly creditAccount: bigint;
  readonly minor: bigint;
  readonly why: string;
}

export async function insertMoves(tx: Transaction, moves: readonly MoveRow[], at: number): Promise<void> {
  await tx`
    insert into moves (payment_id, ordinal, debit_account, credit_account, minor, why, at)
    select v.*, ${moment(at)}::timestamptz
    from unnest(${plainColumn(moves.map((move) => move.paymentId))}::bigint[],
                ${plainColumn(moves.map((move) => move.ordinal))}::smallint[],
                ${plainColumn(moves.map((move) => move.debitAccount))}::bigint[],
                ${plainColumn(moves.map((move) => move.creditAccount))}::bigint[],
                ${plainColumn(moves.map((move) => move.minor))}::bigint[],
                ${plainColumn(moves.map((move) => move.why))}::text[]) as v`;
}

/** A move to show, with the names of its accounts. */
export interface NamedMove {
  readonly fromKind: string;
  readonly fromOwner: string;
  readonly toKind: string;
  readonly toOwner: string;
  readonly minor: bigint;
  readonly why: string;
  readonly at: Date;
}

/** The moves of a payment, in order. */
export function readMoves(sql: Sql, paymentId: bigint): Promise<NamedMove[]> {
  return sql<NamedMove[]>`
    select d.kind as "fromKind", d.owner as "fromOwner", c.kind as "toKind", c.owner as "toOwner",
           m.minor, m.why, m.at
    from moves m join accounts d on d.id = m.debit_account join accounts c on c.id = m.credit_account
    where m.payment_id = ${paymentId} order by m.ordinal`;
}
