/** The organisations that registered to pull their transactions. */
import { toTimestamp } from "../driver/array-columns.ts";
import type { Sql } from "../driver/connect.ts";

export interface PullRegistration {
  readonly shortcode: string;
  readonly applicationId: bigint;
  readonly nominatedNumber: string;
  readonly callbackUrl: string;
}

/** Returns false if the organisation has registered before. `at`: business time. */
export async function insertPullRegistration(sql: Sql, row: PullRegistration, at: number): Promise<boolean> {
  const { count } = await sql`
    insert into pull_registrations (shortcode, application_id, nominated_number, callback_url, registered_at)
    values (${row.shortcode}, ${row.applicationId}, ${row.nominatedNumber}, ${row.callbackUrl}, ${toTimestamp(at)})
    on conflict (shortcode) do nothing`;
  return count > 0;
}

export async function hasPullRegistration(sql: Sql, shortcode: string): Promise<boolean> {
  return (await sql`select 1 from pull_registrations where shortcode = ${shortcode}`).length > 0;
}
