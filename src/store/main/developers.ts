/** The people who own applications. */
import type { Sql, Transaction } from "../driver/connect.ts";

export interface DeveloperRow {
  id: bigint;
  email: string;
  name: string;
}

export async function readDeveloperByEmail(
  sql: Sql | Transaction,
  email: string,
): Promise<DeveloperRow | undefined> {
  const rows = await sql<DeveloperRow[]>`select id, email, name from developers where email = ${email}`;
  return rows[0];
}
