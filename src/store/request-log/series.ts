/** The series of the request log: who was called, and what the response was. */
import type { Environment } from "../../core/markets.ts";
import { toArrayLiteral } from "../driver/array-columns.ts";
import type { Sql } from "../driver/connect.ts";

export interface SeriesRow {
  /** Zero if no application or no credential is known. */
  readonly applicationId: bigint;
  readonly credentialId: bigint;
  readonly environment: Environment;
  readonly protocol: string;
  readonly operation: string;
  readonly code: string;
  readonly httpStatus: number;
}

/** Returns the number of each series, in their order, and stores those that are new. */
export async function numberSeries(sql: Sql, series: readonly SeriesRow[]): Promise<number[]> {
  const parameter = sql.json(
    series.map((row, ordinal) => ({
      ordinal,
      application_id: row.applicationId.toString(),
      credential_id: row.credentialId.toString(),
      environment: row.environment,
      protocol: row.protocol,
      operation: row.operation,
      code: row.code,
      http_status: row.httpStatus,
    })),
  );
  const columns = sql`(ordinal integer, application_id bigint, credential_id bigint, environment text, protocol text,
                       operation text, code text, http_status smallint)`;
  await sql`
    insert into request_log_series (application_id, credential_id, environment, protocol, operation, code, http_status)
    select application_id, credential_id, environment, protocol, operation, code, http_status
    from jsonb_to_recordset(${parameter}) as n ${columns} order by 1, 2, 3, 4, 5, 6, 7
    on conflict do nothing`;
  // A statement of its own, which also sees what another server has just inserted.
  const rows = await sql<{ id: number }[]>`
    select s.id from jsonb_to_recordset(${parameter}) as n ${columns}
    join request_log_series s using (application_id, credential_id, environment, protocol, operation, code, http_status)
    order by n.ordinal`;
  return rows.map(({ id }) => id);
}

/** What to look for; null is everything. */
export interface SeriesFilter {
  readonly environment: Environment | null;
  readonly applicationIds: readonly bigint[] | null;
  readonly credentialId: bigint | null;
  readonly protocol: string | null;
  readonly operation: string | null;
  readonly code: string | null;
  readonly httpStatus: number | null;
}

export interface StoredSeries extends SeriesRow {
  readonly id: number;
}

export function findSeries(sql: Sql, filter: SeriesFilter): Promise<StoredSeries[]> {
  const { environment, applicationIds, credentialId, protocol, operation, code, httpStatus } = filter;
  const applications = applicationIds === null ? null : toArrayLiteral(applicationIds);
  return sql<StoredSeries[]>`
    select ${seriesColumns(sql)} from request_log_series s
    where (${environment}::text is null or environment = ${environment})
      and (${applications}::bigint[] is null or application_id = any(${applications}::bigint[]))
      and (${credentialId}::bigint is null or credential_id = ${credentialId})
      and (${protocol}::text is null or protocol = ${protocol})
      and (${operation}::text is null or operation = ${operation})
      and (${code}::text is null or code = ${code})
      and (${httpStatus}::smallint is null or http_status = ${httpStatus})`;
}

export const seriesColumns = (sql: Sql) => sql`
  s.id, s.application_id as "applicationId", s.credential_id as "credentialId", s.environment, s.protocol, s.operation,
  s.code, s.http_status as "httpStatus"`;
