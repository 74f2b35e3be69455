/** The history of applications: one row for each change, with the settings after it. */
import type { Sql, Transaction } from "../driver/connect.ts";

export interface ApplicationVersionRow {
  readonly number: number;
  /** Wall time. */
  readonly at: Date;
  readonly who: string;
  /** The action, such as `application change`. */
  readonly what: string;
  /** As `developers/application-history.ts` stores them. */
  readonly settings: unknown;
  readonly details: Readonly<Record<string, unknown>>;
}

const columns = (sql: Sql | Transaction) => sql`number, at, who, what, settings, details`;

/** Adds the next version. The application must be locked, or be new. */
export async function insertApplicationVersion(
  tx: Transaction,
  applicationId: bigint,
  { who, what, settings, details }: Pick<ApplicationVersionRow, "who" | "what" | "settings" | "details">,
): Promise<void> {
  await tx`
    insert into application_versions (application_id, number, who, what, settings, details)
    select ${applicationId}, coalesce(max(number), 0) + 1, ${who}, ${what}, ${tx.json(settings as never)},
           ${tx.json(details as never)}
    from application_versions where application_id = ${applicationId}`;
}

/** The number of the newest version; 0 without one. */
export async function readLastVersionNumber(sql: Sql | Transaction, applicationId: bigint): Promise<number> {
  const [row] = await sql<{ number: number | null }[]>`
    select max(number) as number from application_versions where application_id = ${applicationId}`;
  return row?.number ?? 0;
}

/** Versions with numbers below `before`, the newest first. */
export function readApplicationVersions(
  sql: Sql,
  applicationId: bigint,
  before: number,
  limit: number,
): Promise<ApplicationVersionRow[]> {
  return sql<ApplicationVersionRow[]>`
    select ${columns(sql)} from application_versions
    where application_id = ${applicationId} and number < ${before} order by number desc limit ${limit}`;
}

export async function readApplicationVersion(
  sql: Sql,
  applicationId: bigint,
  number: number,
): Promise<ApplicationVersionRow | undefined> {
  const rows = await sql<ApplicationVersionRow[]>`
    select ${columns(sql)} from application_versions
    where application_id = ${applicationId} and number = ${number}`;
  return rows[0];
}
