/** Which applications have new requests in a log, by its roll-ups: as many rows as there are series in a minute. */
import type { Sql } from "../driver/connect.ts";

export interface MinuteOfApplication {
  readonly applicationId: bigint;
  /** Minutes since 1970. */
  readonly startsAt: number;
  readonly requests: bigint;
}

/** The number of requests of each application in each minute from `since` on. */
export function readActivity(sql: Sql, since: number): Promise<MinuteOfApplication[]> {
  return sql<MinuteOfApplication[]>`
    select s.application_id as "applicationId", r.starts_at as "startsAt", sum(r.requests)::bigint as requests
    from request_log_rollups r join request_log_series s on s.id = r.series
    where r.resolution = 1 and r.starts_at >= ${since} and s.application_id <> 0
    group by s.application_id, r.starts_at`;
}
