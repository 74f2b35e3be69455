/** The outbox: results that need a callback. Each row is written in the transaction of its payment. */
import type { Transaction } from "../driver/connect.ts";
import { toTimestamp, toArrayLiteral } from "../driver/array-columns.ts";

export interface OutboxRow {
  readonly paymentId: bigint;
  readonly applicationId: bigint;
  /** The protocol of the request, which renders the callback. */
  readonly protocol: string;
  readonly url: string;
}

/** Inserts the rows of a batch, with one statement per listener. There are usually few listeners. */
export async function insertOutbox(tx: Transaction, rows: readonly OutboxRow[], at: number): Promise<void> {
  const groups = Map.groupBy(
    rows,
    ({ applicationId, protocol, url }) => `${applicationId} ${protocol} ${url}`,
  );
  await Promise.all([...groups.values()].map((group) => insertGroup(tx, group, at)));
}

async function insertGroup(tx: Transaction, rows: readonly OutboxRow[], at: number): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  await tx`
    insert into outbox (payment_id, application_id, protocol, url, created_at)
    select payment_id, ${first.applicationId}::bigint, ${first.protocol}, ${first.url}, ${toTimestamp(at)}::timestamptz
    from unnest(${toArrayLiteral(rows.map((row) => row.paymentId))}::bigint[]) as v (payment_id)`;
}

/** Stores the result of a query. There is no payment to read it from later. */
export async function insertQueryResult(
  tx: Transaction,
  row: OutboxRow & { readonly queryResult: object },
  at: number,
): Promise<void> {
  await tx`
    insert into outbox (payment_id, application_id, protocol, url, created_at, answer)
    values (${row.paymentId}, ${row.applicationId}, ${row.protocol}, ${row.url}, ${toTimestamp(at)},
            ${tx.json(row.queryResult as never)})`;
}
