/** Writes a batch of the request log: rows, blocks and roll-ups in one transaction. */
import { toArrayLiteral } from "../driver/array-columns.ts";
import type { Sql, Transaction } from "../driver/connect.ts";
import { importRows } from "../schema/copy.ts";

/** The columns of `request_log` and `request_log_blocks`, in the order of a batch's encoded rows. */
// prettier-ignore
const rowColumns = ["id", "block", "amount_minor", "series", "latency_us", "segment", "ordinal", "made_payment"];
const blockColumns = ["id", "first_id", "names", "customers", "data", "segment"];

/** The requests of a series in a minute, an hour or a day. */
export interface Rollup {
  /** In minutes: 1, 60 or 1440. */
  readonly resolution: number;
  readonly series: number;
  /** In minutes since 1970. */
  readonly startsAt: number;
  readonly requests: number;
  readonly valueMinor: bigint;
  /** Counts by latency bucket. */
  readonly latency: readonly number[];
}

/** Requests that were counted and not stored. */
export interface Omission {
  /** In minutes since 1970. */
  readonly startsAt: number;
  readonly source: string;
  readonly requests: number;
}

export interface LogBatch {
  /** In the binary format of COPY. */
  readonly rows: Uint8Array;
  readonly blocks: Uint8Array;
  /** In the order of their keys, so that two servers never wait for each other. */
  readonly rollups: readonly Rollup[];
}

export async function writeLogBatch(sql: Sql, { rows, blocks, rollups }: LogBatch): Promise<void> {
  await sql.begin(async (tx) => {
    await importRows(tx, "request_log", rowColumns, [rows], "binary");
    await importRows(tx, "request_log_blocks", blockColumns, [blocks], "binary");
    // Last, because servers that log at the same time update the same rows.
    await addRollups(tx, rollups);
  });
}

async function addRollups(tx: Transaction, rollups: readonly Rollup[]): Promise<void> {
  const column = (read: (rollup: Rollup) => bigint | number) => toArrayLiteral(rollups.map(read));
  const latencies = rollups.map(({ latency }) => `"{${latency.join(",")}}"`).join(",");
  await tx`
    insert into request_log_rollups as r (resolution, series, starts_at, requests, value_minor, latency)
    select resolution, series, starts_at, requests, value_minor, latency::bigint[]
    from unnest(${column((rollup) => rollup.resolution)}::smallint[], ${column((rollup) => rollup.series)}::integer[],
                ${column((rollup) => rollup.startsAt)}::integer[], ${column((rollup) => rollup.requests)}::bigint[],
                ${column((rollup) => rollup.valueMinor)}::bigint[], ${`{${latencies}}`}::text[])
         as n (resolution, series, starts_at, requests, value_minor, latency)
    on conflict (resolution, series, starts_at) do update
    set requests = r.requests + excluded.requests, value_minor = r.value_minor + excluded.value_minor,
        latency = add_counts(r.latency, excluded.latency)`;
}

export async function addOmissions(sql: Sql, omissions: readonly Omission[]): Promise<void> {
  const rows = omissions.toSorted((a, b) => a.startsAt - b.startsAt || (a.source < b.source ? -1 : 1));
  await sql`
    insert into request_log_omissions as o (starts_at, source, requests)
    select * from jsonb_to_recordset(${sql.json(
      rows.map(({ startsAt, source, requests }) => ({ starts_at: startsAt, source, requests })),
    )}) as n (starts_at integer, source text, requests bigint)
    on conflict (starts_at, source) do update set requests = o.requests + excluded.requests`;
}
