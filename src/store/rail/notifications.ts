/** Notifications: what a payment owes to its caller's URLs, written in the payment's own transaction. */
import type { Transaction } from "../driver/connect.ts";
import { toTimestamp, toArrayLiteral } from "../driver/array-columns.ts";

export interface NewNotification {
  /** The payment's own id for its first notification, a fresh id for each further one. */
  readonly id: bigint;
  /** The payment that owes it; a query's own id for a query result. */
  readonly paymentId: bigint;
  readonly applicationId: bigint;
  /** The protocol that decided what is owed and renders it. */
  readonly protocol: string;
  /** What is notified, in the protocol's own words: `result`, `timeout`, `confirmation`, … */
  readonly kind: string;
  /** The URL that it is delivered to. */
  readonly endpoint: string;
}

/** Writes the notifications of a batch: one statement per endpoint and kind, since almost always there are few. */
export async function insertNotifications(
  tx: Transaction,
  rows: readonly NewNotification[],
  at: number,
): Promise<void> {
  const groups = Map.groupBy(
    rows,
    ({ applicationId, protocol, kind, endpoint }) => `${applicationId} ${protocol} ${kind} ${endpoint}`,
  );
  await Promise.all([...groups.values()].map((group) => insertGroup(tx, group, at)));
}

async function insertGroup(tx: Transaction, rows: readonly NewNotification[], at: number): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  await tx`
    insert into notifications (id, payment_id, application_id, protocol, kind, endpoint, created_at)
    select id, payment_id, ${first.applicationId}::bigint, ${first.protocol}, ${first.kind}, ${first.endpoint},
           ${toTimestamp(at)}::timestamptz
    from unnest(${toArrayLiteral(rows.map((row) => row.id))}::bigint[],
                ${toArrayLiteral(rows.map((row) => row.paymentId))}::bigint[]) as v (id, payment_id)`;
}

/** Writes a query's result, which has no payment to be read from. */
export async function insertQueryResult(
  tx: Transaction,
  row: NewNotification & { readonly queryResult: object },
  at: number,
): Promise<void> {
  await tx`
    insert into notifications (id, payment_id, application_id, protocol, kind, endpoint, created_at, query_result)
    values (${row.id}, ${row.paymentId}, ${row.applicationId}, ${row.protocol}, ${row.kind}, ${row.endpoint},
            ${toTimestamp(at)}, ${tx.json(row.queryResult as never)})`;
}
