/** The outbox: endings that somebody listens for, written in the payment's own transaction. */
import type { Transaction } from "../driver/connect.ts";
import { toTimestamp, toArrayLiteral } from "../driver/array-columns.ts";

export interface OutboxRow {
  readonly paymentId: bigint;
  readonly applicationId: bigint;
  /** Which protocol asked, and so in whose words the ending will be told. */
  readonly protocol: string;
  readonly url: string;
}

/** Writes the rows of a batch: one statement per listener, since almost always there are few. */
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

/** Writes the answer of a question, which has no payment to be read from. */
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
