/** Whether a database accepts writes. */
import type { Sql } from "./driver/connect.ts";

/** False for a standby, and for a database that an operator has made read-only. */
export async function readIsWritable(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ isWritable: boolean }[]>`
    select current_setting('transaction_read_only') = 'off' as "isWritable"`;
  return row?.isWritable === true;
}
