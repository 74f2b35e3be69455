/**
 * The invariants of the request log: its roll-ups are the sums of its rows, and those of hours and days the sums of the
 * shorter ones. Rows and roll-ups that were dropped because of their age are left out on both sides.
 */
import { idTimestamp } from "../../core/ids.ts";
import { latencyBounds } from "../../core/latency-histogram.ts";
import type { Invariant } from "./invariant.ts";

export const requestLogPopulations: Readonly<Record<string, string>> = {
  "request roll-ups": "select count(*) from request_log_rollups",
  "logged requests": "select count(*) from request_log",
};

/** The minute of an id, in minutes since 1970. */
const toMinuteExpression = (id: string): string => `(((${id} >> 21) + ${idTimestamp(0n)}) / 60000)::integer`;

/** The first minute whose rows are all there. */
const firstFullMinute = `(select greatest(minutes_from, ${toMinuteExpression("dropped_through")} + 1) from request_log_state)`;
/** The smallest id of that minute. A condition on the id lets PostgreSQL skip older rows. */
const firstFullId = `(select ((greatest(minutes_from, ${toMinuteExpression("dropped_through")} + 1)::bigint * 60000 - ${idTimestamp(0n)}) << 21)
                      from request_log_state)`;

const rowsByMinute = `
  select series, ${toMinuteExpression("id")} as starts_at, count(*) as requests, coalesce(sum(amount_minor), 0) as value_minor
  from request_log where id >= ${firstFullId} group by 1, 2`;

const rowsByMinuteAndLatency = `
  select series, ${toMinuteExpression("id")} as starts_at, width_bucket(latency_us, array[${latencyBounds.join(", ")}]) as bucket,
         count(*) as requests
  from request_log where id >= ${firstFullId} group by 1, 2, 3`;

/** Sums of the roll-ups of one resolution, by a longer time or by their own. */
const sums = (resolution: number, from: string, by: number = resolution): string => `
  select series, starts_at - starts_at % ${by} as starts_at, sum(requests) as requests, sum(value_minor) as value_minor
  from request_log_rollups where resolution = ${resolution} and starts_at >= ${from} group by 1, 2`;

const sumsByLatency = (resolution: number, from: string, by: number = resolution): string => `
  select series, starts_at - starts_at % ${by} as starts_at, (ordinal - 1)::integer as bucket, sum(counted) as requests
  from request_log_rollups, unnest(latency) with ordinality as l (counted, ordinal)
  where resolution = ${resolution} and starts_at >= ${from} and counted <> 0 group by 1, 2, 3`;

const differences = (rollups: string, counted: string): string => `
  select series, starts_at, r.requests, c.requests as counted, r.value_minor, c.value_minor as counted_minor
  from (${rollups}) as r full join (${counted}) as c using (series, starts_at)
  where r.requests is distinct from c.requests or r.value_minor is distinct from c.value_minor`;

const latencyDifferences = (rollups: string, counted: string): string => `
  select series, starts_at, bucket, r.requests, c.requests as counted
  from (${rollups}) as r full join (${counted}) as c using (series, starts_at, bucket)
  where r.requests is distinct from c.requests`;

const minutesFrom = "(select minutes_from from request_log_state)";
const hoursFrom = "(select hours_from from request_log_state)";

export const requestLogInvariants: readonly Invariant[] = [
  {
    name: "rollups_are_requests",
    description: "The roll-ups of a minute have the number and the value of its logged requests.",
    over: "logged requests",
    offenders: differences(sums(1, firstFullMinute), rowsByMinute),
  },
  {
    name: "rollup_latencies_are_requests",
    description: "The latencies in the roll-ups of a minute are those of its logged requests.",
    over: "logged requests",
    offenders: latencyDifferences(sumsByLatency(1, firstFullMinute), rowsByMinuteAndLatency),
  },
  ...[
    {
      name: "hours_are_minutes",
      resolution: 60,
      shorter: 1,
      from: minutesFrom,
      says: "an hour",
      of: "minutes",
    },
    { name: "days_are_hours", resolution: 1440, shorter: 60, from: hoursFrom, says: "a day", of: "hours" },
  ].flatMap(({ name, resolution, shorter, from, says, of }) => [
    {
      name,
      description: `The roll-ups of ${says} are the sums of those of its ${of}.`,
      over: "request roll-ups",
      offenders: differences(sums(resolution, from), sums(shorter, from, resolution)),
    },
    {
      name: `${name}_in_latency`,
      description: `The latencies in the roll-ups of ${says} are the sums of those of its ${of}.`,
      over: "request roll-ups",
      offenders: latencyDifferences(
        sumsByLatency(resolution, from),
        sumsByLatency(shorter, from, resolution),
      ),
    },
  ]),
];
