/** Which applications have new requests in a log, and which errors they got: from its roll-ups. */
import { toArrayLiteral } from "../driver/array-columns.ts";
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

/** Responses of one kind to one call of an application, in a span of time. */
export interface ErrorGroup {
  readonly applicationId: bigint;
  readonly protocol: string;
  readonly operation: string;
  readonly code: string;
  readonly httpStatus: number;
  readonly requests: bigint;
  /** Minutes since 1970, as exact as the roll-ups are. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** A span of time: its roll-ups, and where it begins, in minutes since 1970. */
export interface RollupSpan {
  readonly resolution: 1 | 60 | 1440;
  readonly since: number;
}

/** The responses with an error status to these applications, the most frequent first. */
export function readErrorGroups(
  sql: Sql,
  applicationIds: readonly bigint[],
  { resolution, since }: RollupSpan,
  limit: number,
): Promise<ErrorGroup[]> {
  return sql<ErrorGroup[]>`
    select s.application_id as "applicationId", s.protocol, s.operation, s.code, s.http_status as "httpStatus",
           sum(r.requests)::bigint as requests, min(r.starts_at) as "firstAt", max(r.starts_at) as "lastAt"
    from request_log_series s join request_log_rollups r on r.series = s.id
    where s.application_id = any(${toArrayLiteral(applicationIds)}::bigint[]) and s.environment = 'sandbox'
      and s.http_status >= 400 and r.resolution = ${resolution} and r.starts_at >= ${since}
    group by 1, 2, 3, 4, 5 order by 6 desc, 1, 2, 3, 4, 5 limit ${limit}`;
}
