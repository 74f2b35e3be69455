/** The outbox: endings that somebody listens for, written in the payment's own transaction. */
import type { Transaction } from "./connect.ts";
import { moment, plainColumn, textColumn } from "./columns.ts";

export interface OutboxRow {
  readonly paymentId: bigint;
  readonly applicationId: bigint;
  /** Which protocol asked, and so in whose words the ending will be told. */
  readonly protocol: string;
  readonly url: string;
}

export async function insertOutbox(tx: Transaction, rows: readonly OutboxRow[], at: number): Promise<void> {
  await tx`
    insert into outbox (payment_id, application_id, protocol, url, created_at)
    select v.*, ${moment(at)}::timestamptz
    from unnest(${plainColumn(rows.map((row) => row.paymentId))}::bigint[],
                ${plainColumn(rows.map((row) => row.applicationId))}::bigint[],
                ${plainColumn(rows.map((row) => row.protocol))}::text[],
                ${textColumn(rows.map((row) => row.url))}::text[]) as v`;
}
