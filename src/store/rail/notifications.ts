/** Notifications that payments owe to callback URLs, written in the payment's own transaction. */
import type { Transaction } from "../driver/connect.ts";
import { toTimestamp, toArrayLiteral, toTextArrayLiteral } from "../driver/array-columns.ts";

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
  /** What it repeats of the request, by the protocol's names; null for most. */
  readonly repeated: Readonly<Record<string, string>> | null;
}

/** More endpoints and kinds than these are written by one statement, which has a text for each row. */
const maxGroups = 4;

/**
 * Writes the notifications of a batch, which all report balances or none. Those that do are written after the balances.
 *
 * Where an application has one URL, there is one statement for it. Where each request has a URL of its own, there would be
 * as many statements as rows: 64 of them took 22 ms and 8.5 ms of processor time, one statement 2.2 ms and 0.5 ms.
 */
export async function insertNotifications(
  tx: Transaction,
  rows: readonly NewNotification[],
  at: number,
): Promise<void> {
  const groups = Map.groupBy(
    rows,
    (row) => `${row.applicationId} ${row.protocol} ${row.kind} ${row.endpoint} ${formatRepeated(row)}`,
  );
  if (groups.size > maxGroups) await insertDiverse(tx, rows, at);
  else await Promise.all([...groups.values()].map((group) => insertGroup(tx, group, at)));
}

/** JSON, or an empty text. */
const formatRepeated = ({ repeated }: NewNotification): string =>
  repeated === null ? "" : JSON.stringify(repeated);

async function insertGroup(tx: Transaction, rows: readonly NewNotification[], at: number): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  await tx`
    insert into notifications (id, payment_id, application_id, protocol, kind, endpoint, created_at, balances, repeated)
    select id, payment_id, ${first.applicationId}::bigint, ${first.protocol}, ${first.kind}, ${first.endpoint},
           ${toTimestamp(at)}::timestamptz, ${selectBalances(tx, first)}, nullif(${formatRepeated(first)}, '')::jsonb
    from unnest(${toArrayLiteral(rows.map((row) => row.id))}::bigint[],
                ${toArrayLiteral(rows.map((row) => row.paymentId))}::bigint[]) as v (id, payment_id)`;
}

async function insertDiverse(tx: Transaction, rows: readonly NewNotification[], at: number): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  await tx`
    insert into notifications (id, payment_id, application_id, protocol, kind, endpoint, created_at, balances, repeated)
    select id, payment_id, application_id, protocol, kind, endpoint, ${toTimestamp(at)}::timestamptz,
           ${selectBalances(tx, first)}, nullif(repeated, '')::jsonb
    from unnest(${toArrayLiteral(rows.map((row) => row.id))}::bigint[],
                ${toArrayLiteral(rows.map((row) => row.paymentId))}::bigint[],
                ${toArrayLiteral(rows.map((row) => row.applicationId))}::bigint[],
                ${toTextArrayLiteral(rows.map((row) => row.protocol))}::text[],
                ${toTextArrayLiteral(rows.map((row) => row.kind))}::text[],
                ${toTextArrayLiteral(rows.map((row) => row.endpoint))}::text[],
                ${toTextArrayLiteral(rows.map(formatRepeated))}::text[])
         as v (id, payment_id, application_id, protocol, kind, endpoint, repeated)`;
}

/** The balances of the organisation of payment `v.payment_id`, or null. */
const selectBalances = (tx: Transaction, { reportsBalances }: NewNotification) =>
  reportsBalances
    ? tx`(select jsonb_object_agg(a.kind, a.available_minor::text)
          from payments p join accounts a on a.owner = p.organisation and a.kind <> 'wallet'
          where p.id = v.payment_id)`
    : tx`null::jsonb`;

/** Writes the notification of a query's result, which has no payment. */
export async function insertQueryResult(
  tx: Transaction,
  row: Omit<NewNotification, "reportsBalances" | "repeated"> & { readonly queryResult: object },
  at: number,
): Promise<void> {
  await tx`
    insert into notifications (id, payment_id, application_id, protocol, kind, endpoint, created_at, query_result)
    values (${row.id}, ${row.paymentId}, ${row.applicationId}, ${row.protocol}, ${row.kind}, ${row.endpoint},
            ${toTimestamp(at)}, ${tx.json(row.queryResult as never)})`;
}
