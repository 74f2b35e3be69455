/** Notifications that payments owe to callback URLs, written in the payment's own transaction. */
import type { Transaction } from "../driver/connect.ts";
import { toTimestamp, toArrayLiteral } from "../driver/array-columns.ts";

export interface NewNotification {
  /** The payment's own id for its first notification, a new id for each further one. */
  readonly id: bigint;
  /** The payment that owes the notification, or the query whose result it is. */
  readonly paymentId: bigint;
  readonly applicationId: bigint;
  /** The protocol that renders it. */
  readonly protocol: string;
  /** The protocol's name for this kind of notification: `result`, `timeout`, `confirmation`, … */
  readonly kind: string;
  /** The URL that it is delivered to. */
  readonly endpoint: string;
  /** Whether it reports the balances of the payment's organisation. */
  readonly reportsBalances: boolean;
}

/**
 * Writes the notifications of a batch: one statement per endpoint and kind, since almost always there are few. Those that
 * report balances are written after the balances.
 */
export async function insertNotifications(
  tx: Transaction,
  rows: readonly NewNotification[],
  at: number,
): Promise<void> {
  const groups = Map.groupBy(
    rows,
    ({ applicationId, protocol, kind, endpoint, reportsBalances }) =>
      `${applicationId} ${protocol} ${kind} ${reportsBalances} ${endpoint}`,
  );
  await Promise.all([...groups.values()].map((group) => insertGroup(tx, group, at)));
}

async function insertGroup(tx: Transaction, rows: readonly NewNotification[], at: number): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const balances = first.reportsBalances
    ? tx`(select jsonb_object_agg(a.kind, a.available_minor::text)
          from payments p join accounts a on a.owner = p.organisation and a.kind <> 'wallet'
          where p.id = v.payment_id)`
    : tx`null::jsonb`;
  await tx`
    insert into notifications (id, payment_id, application_id, protocol, kind, endpoint, created_at, balances)
    select id, payment_id, ${first.applicationId}::bigint, ${first.protocol}, ${first.kind}, ${first.endpoint},
           ${toTimestamp(at)}::timestamptz, ${balances}
    from unnest(${toArrayLiteral(rows.map((row) => row.id))}::bigint[],
                ${toArrayLiteral(rows.map((row) => row.paymentId))}::bigint[]) as v (id, payment_id)`;
}

/** Writes the notification of a query's result, which has no payment. */
export async function insertQueryResult(
  tx: Transaction,
  row: Omit<NewNotification, "reportsBalances"> & { readonly queryResult: object },
  at: number,
): Promise<void> {
  await tx`
    insert into notifications (id, payment_id, application_id, protocol, kind, endpoint, created_at, query_result)
    values (${row.id}, ${row.paymentId}, ${row.applicationId}, ${row.protocol}, ${row.kind}, ${row.endpoint},
            ${toTimestamp(at)}, ${tx.json(row.queryResult as never)})`;
}
