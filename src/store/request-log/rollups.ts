/** Roll-ups of the request log: how long they are kept. */
import { toArrayLiteral } from "../driver/array-columns.ts";
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

/** The requests of a credential, as the roll-ups of a log have them. */
export interface CredentialTraffic {
  readonly applicationId: bigint;
  readonly credentialId: bigint;
  /** Since the given minute. */
  readonly requests: bigint;
  /** When the newest minute, hour or day with a request began, in minutes since 1970. */
  readonly lastAt: number;
}

/** The traffic of applications by credential since a minute since 1970, and their last requests ever. */
export function readCredentialTraffic(
  sql: Sql,
  applicationIds: readonly bigint[],
  since: number,
): Promise<CredentialTraffic[]> {
  return sql<CredentialTraffic[]>`
    select s.application_id as "applicationId", s.credential_id as "credentialId",
           coalesce(sum(r.requests) filter (where r.resolution = 1 and r.starts_at >= ${since}), 0)::bigint as requests,
           max(r.starts_at) as "lastAt"
    from request_log_series s join request_log_rollups r on r.series = s.id
    where s.application_id = any(${toArrayLiteral(applicationIds)}::bigint[]) and s.credential_id <> 0
      and (r.resolution = 1440 or r.starts_at >= ${since})
    group by 1, 2`;
}
