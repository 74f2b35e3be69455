/** Deliveries: what is still to be told, one row for each outbox row that its listener has not acknowledged. */
import type { Transaction } from "./connect.ts";
import { moment, plainColumn, textColumn } from "./columns.ts";

export interface NewDelivery {
  readonly paymentId: bigint;
  /** The payment that it is about: what is told of one payment is told in order. */
  readonly about: bigint;
  readonly applicationId: bigint;
  /** See `listenerKey`. */
  readonly listener: string;
}

/** Whose queue a delivery stands in: an application's, at one origin. */
export function listenerKey(applicationId: bigint, url: string): string {
  return `${applicationId} ${URL.parse(url)?.origin ?? "nowhere"}`;
}

/** Writes deliveries that are due at once. `dueAt` is business time, in milliseconds since 1970. */
export async function insertDeliveries(
  tx: Transaction,
  rows: readonly NewDelivery[],
  dueAt: number,
): Promise<void> {
  await tx`
    insert into deliveries (payment_id, about, application_id, listener, due_at)
    select payment_id, about, application_id, listener, ${moment(dueAt)}::timestamptz
    from unnest(${plainColumn(rows.map((row) => row.paymentId))}::bigint[],
                ${plainColumn(rows.map((row) => row.about))}::bigint[],
                ${plainColumn(rows.map((row) => row.applicationId))}::bigint[],
                ${textColumn(rows.map((row) => row.listener))}::text[])
         as v (payment_id, about, application_id, listener)`;
}
