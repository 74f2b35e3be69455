/** Roll-ups of the request log: how long they are kept. */
import type { Sql } from "../driver/connect.ts";

export interface RollupCutoffs {
  /** Roll-ups before these times are deleted, in minutes since 1970. */
  readonly minutes: number;
  readonly hours: number;
  readonly days: number;
}

/** Deletes old roll-ups, and the counts of what was not stored with those of minutes. */
export async function deleteOldRollups(sql: Sql, { minutes, hours, days }: RollupCutoffs): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`
      update request_log_state
      set minutes_from = greatest(minutes_from, ${minutes}), hours_from = greatest(hours_from, ${hours})`;
    await tx`delete from request_log_rollups where resolution = 1 and starts_at < ${minutes}`;
    await tx`delete from request_log_rollups where resolution = 60 and starts_at < ${hours}`;
    await tx`delete from request_log_rollups where resolution = 1440 and starts_at < ${days}`;
    await tx`delete from request_log_omissions where starts_at < ${minutes}`;
  });
}
