/** The audit log of manual changes by operators. It is append-only; a trigger enforces that. */
import type { Sql, Transaction } from "../driver/connect.ts";

export interface AuditRow {
  readonly id: bigint;
  /** Wall time. */
  readonly at: Date;
  readonly who: string;
  /** The command, such as `organisation create`. */
  readonly what: string;
  /** The arguments of the command, without secrets. */
  readonly details: Readonly<Record<string, unknown>>;
}

export async function insertAudit(
  sql: Sql | Transaction,
  row: Pick<AuditRow, "who" | "what" | "details">,
): Promise<void> {
  await sql`insert into audit (who, what, details) values (${row.who}, ${row.what}, ${sql.json(row.details as never)})`;
}

/** Newest first. */
export function readAudit(sql: Sql, limit: number): Promise<AuditRow[]> {
  return sql<AuditRow[]>`select id, at, who, what, details from audit order by id desc limit ${limit}`;
}
