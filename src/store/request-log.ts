/** The request log: the requests to the gateway and its responses. */
import { idTimestamp } from "../core/ids.ts";
import type { Sql } from "./driver/connect.ts";
import { importRows } from "./schema/copy.ts";

export interface RequestLogRow {
  readonly id: bigint;
  readonly protocol: string;
  readonly applicationId: bigint | null;
  /** The credential that the request was authenticated by, and its last characters. */
  readonly credentialId: bigint | null;
  readonly apiKeyHint: string | null;
  readonly source: string;
  readonly method: string;
  readonly path: string;
  readonly operation: string;
  readonly httpStatus: number;
  readonly code: string;
  readonly latencyUs: number;
  readonly organisation: string | null;
  readonly reference: string | null;
  readonly msisdnMasked: string | null;
  /** Without headers that contain secrets. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly requestBody: string;
  readonly responseBody: string;
  readonly reason: string;
}

/** Writes rows with COPY, which needs no query planning. */
export async function writeRequestLog(sql: Sql, rows: readonly RequestLogRow[]): Promise<void> {
  let text = "";
  for (const row of rows) text += formatCopyLine(row);
  await sql.begin((tx) => importRows(tx, "request_log", columns, [Buffer.from(text)]));
}

// prettier-ignore
const columns = [
  "id", "at", "protocol", "application_id", "credential_id", "api_key_hint", "source", "method", "path", "operation",
  "http_status", "code", "latency_us",
  "organisation", "reference", "msisdn_masked", "request_headers", "request_body", "response_body", "reason",
];

/** A row in the order of `columns`. */
function formatCopyLine(row: RequestLogRow): string {
  return (
    `${row.id}\t${new Date(idTimestamp(row.id)).toISOString()}\t${row.protocol}\t${row.applicationId ?? "\\N"}\t${row.credentialId ?? "\\N"}\t${escapeCopyText(row.apiKeyHint)}\t` +
    `${escapeCopyText(row.source)}\t${escapeCopyText(row.method)}\t${escapeCopyText(row.path)}\t${row.operation}\t${row.httpStatus}\t` +
    `${row.code}\t${row.latencyUs}\t${escapeCopyText(row.organisation)}\t${escapeCopyText(row.reference)}\t` +
    `${escapeCopyText(row.msisdnMasked)}\t${escapeCopyText(JSON.stringify(row.headers))}\t${escapeCopyText(row.requestBody)}\t` +
    `${escapeCopyText(row.responseBody)}\t${escapeCopyText(row.reason)}\n`
  );
}

const needsEscape = /[\\\t\n\r\0\ud800-\udfff]/;

/** A text for COPY. Characters that PostgreSQL cannot store (NUL, unpaired surrogates) are replaced. */
function escapeCopyText(text: string | null): string {
  if (text === null) return "\\N";
  if (!needsEscape.test(text)) return text;
  return text
    .toWellFormed()
    .replaceAll("\0", "\ufffd")
    .replaceAll("\\", "\\\\")
    .replaceAll("\t", "\\t")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r");
}

export interface RequestLogFilter {
  /** Only requests older than this id, for paging. */
  readonly before: bigint | null;
  readonly operation: string | null;
  readonly code: string | null;
  readonly reference: string | null;
  readonly applicationId: bigint | null;
  /** Only paths that match this regular expression, case-insensitively. */
  readonly path: string | null;
  readonly limit: number;
}

/** Reads the log, newest first. */
export function readRequestLog(
  sql: Sql,
  filter: RequestLogFilter,
): Promise<(RequestLogRow & { at: Date })[]> {
  const { before, operation, code, reference, applicationId, path, limit } = filter;
  return sql<(RequestLogRow & { at: Date })[]>`
    select id, at, protocol, application_id as "applicationId", credential_id as "credentialId",
           api_key_hint as "apiKeyHint", source, method, path, operation,
           http_status as "httpStatus", code, latency_us as "latencyUs", organisation, reference,
           msisdn_masked as "msisdnMasked", request_headers::json as headers, request_body as "requestBody",
           response_body as "responseBody", reason
    from request_log
    where (${before}::bigint is null or id < ${before})
      and (${operation}::text is null or operation = ${operation})
      and (${code}::text is null or code = ${code})
      and (${reference}::text is null or reference = ${reference})
      and (${applicationId}::bigint is null or application_id = ${applicationId})
      and (${path}::text is null or path ~* ${path})
    order by id desc limit ${limit}`;
}
