/**
 * Seeds a request log with past requests, spread evenly over its last week.
 *
 * The texts come from a few thousand different requests, which the server's own encoder has compressed: every block is
 * as large as a real one. Rows and roll-ups are those that the server would have written.
 */
import { msPerDay, msPerHour } from "../src/core/clock.ts";
import { idTimestamp } from "../src/core/ids.ts";
import { connect, type DatabaseAddress, type Transaction } from "../src/store/driver/connect.ts";
import { latencyBounds } from "../src/core/latency-histogram.ts";

export interface PastRequests {
  /** The number of requests. */
  readonly count: number;
  /** Every request of this many has the code `INS-15`; the others succeeded. */
  readonly rareInterval: number;
}

const days = 6;

/** The server must have logged requests, and be idle. */
export async function seedRequestLog(
  address: DatabaseAddress,
  schema: string,
  past: PastRequests,
): Promise<void> {
  const sql = connect(address, { schema, maxConnections: 1, name: "pesarail bench" });
  try {
    await sql.begin(async (tx) => {
      await chooseSeries(tx);
      await copyBlocks(tx, past);
      await addRollups(tx);
    });
    await sql`vacuum (analyze) request_log, request_log_blocks, request_log_rollups`;
    await sql`checkpoint`;
  } finally {
    await sql.end();
  }
}

/** The series of successful payments, and one like it with another code. */
async function chooseSeries(tx: Transaction): Promise<void> {
  await tx`
    create temporary table chosen on commit drop as
    select s.* from request_log_series s join request_log r on r.series = s.id
    where code = 'INS-0' and operation = 'c2bSingle' limit 1`;
  await tx`
    insert into request_log_series (application_id, credential_id, environment, protocol, operation, code, http_status)
    select application_id, credential_id, environment, protocol, operation, 'INS-15', 400 from chosen
    on conflict do nothing`;
  await tx`
    create temporary table rare on commit drop as
    select s.id from request_log_series s join chosen c using (application_id, credential_id, environment, protocol, operation)
    where s.code = 'INS-15' and s.http_status = 400`;
  await tx`
    create temporary table samples on commit drop as
    select row_number() over () - 1 as number, data, customers from (
      select data, customers from request_log_blocks where cardinality(customers) > 100 order by id limit 64) as full_blocks`;
}

/** Copies the sampled blocks with ids of the past, and writes their 128 rows each. */
async function copyBlocks(tx: Transaction, { count, rareInterval }: PastRequests): Promise<void> {
  const rowsPerBlock = 128;
  const end = Date.now() - msPerHour;
  const blocks = Math.ceil(count / rowsPerBlock);
  const gapMs = (days * msPerDay) / count;
  await tx`
    create temporary table past on commit drop as
    select n, ((${end}::bigint - ((${count}::bigint - n) * ${gapMs}::float8)::bigint - ${idTimestamp(0n)}::bigint) << 21)
              | (1023 << 11) | (n & 2047) as id
    from generate_series(0, ${blocks * rowsPerBlock - 1}::bigint) as n`;
  await tx`
    insert into request_log (id, block, amount_minor, series, latency_us, segment, ordinal, made_payment)
    select id, max(id) over (partition by n / ${rowsPerBlock}), 1000,
           case when n % ${rareInterval} = 0 then (select id from rare) else (select id from chosen) end,
           2000 + (hashint8(n) & 32767), (select max(number) from request_log_segments),
           n % ${rowsPerBlock}, n % ${rareInterval} <> 0
    from past order by past.id`;
  await tx`
    insert into request_log_blocks (id, first_id, names, customers, data, segment)
    select b.id, b.first_id, '{}', s.customers, s.data, (select max(number) from request_log_segments)
    from (select n / ${rowsPerBlock} as block, max(id) as id, min(id) as first_id from past group by 1) as b
    join samples s on s.number = b.block % (select count(*) from samples)
    order by b.id`;
}

/** Writes the roll-ups of the new rows. */
async function addRollups(tx: Transaction): Promise<void> {
  const bounds = `{${latencyBounds.join(",")}}`;
  await tx`
    create temporary table counted on commit drop as
    select series, (((id >> 21) + ${idTimestamp(0n)}::bigint) / 60000)::integer as minute,
           width_bucket(latency_us, ${bounds}::integer[]) as bucket, count(*) as requests, sum(amount_minor) as value_minor
    from request_log where (id >> 11) & 1023 = 1023 group by 1, 2, 3`;
  for (const resolution of [1, 60, 1440]) {
    await tx`
      insert into request_log_rollups as r (resolution, series, starts_at, requests, value_minor, latency)
      select ${resolution}::smallint, series, starts_at, sum(requests), sum(value_minor), array_agg(requests order by bucket)
      from (
        select k.series, k.starts_at, bucket, coalesce(c.requests, 0)::bigint as requests, coalesce(c.value_minor, 0) as value_minor
        from (select distinct series, minute / ${resolution} * ${resolution} as starts_at from counted) as k
        cross join generate_series(0, ${latencyBounds.length}) as bucket
        left join (
          select series, minute / ${resolution} * ${resolution} as starts_at, bucket, sum(requests) as requests,
                 sum(value_minor) as value_minor
          from counted group by 1, 2, 3) as c using (series, starts_at, bucket)) as filled
      group by series, starts_at
      on conflict (resolution, series, starts_at) do update
      set requests = r.requests + excluded.requests, value_minor = r.value_minor + excluded.value_minor,
          latency = add_counts(r.latency, excluded.latency)`;
  }
}
