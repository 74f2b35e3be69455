/** The log of one rail: collects its requests, and writes them as a batch. */
import { msPerSecond } from "../../core/clock.ts";
import type { Sql } from "../../store/driver/connect.ts";
import {
  dropOldestSegment,
  maintainSegments,
  readSegment,
  type SegmentLimits,
} from "../../store/request-log/segments.ts";
import { numberSeries } from "../../store/request-log/series.ts";
import { addOmissions, writeLogBatch, type Rollup } from "../../store/request-log/write-batch.ts";
import { isDiskFull } from "../../store/request-log/disk-full.ts";
import { RequestBatch, type Series } from "./batch.ts";
import { encodeInWorker } from "./encoder.ts";
import type { RollupSum } from "./encode-batch.ts";
import type { LoggedRequest } from "./logged-request.ts";
import { createStrangerLimit } from "./strangers.ts";

/** Where a log is stored, and the key of its hashes. */
export interface LogLocation {
  readonly sql: Sql;
  readonly hashKey: Uint8Array;
}

export interface LogOptions {
  limits(): SegmentLimits;
  onDropped(error: unknown, lost: number): void;
}

export interface Log {
  /** Returns by how many characters the queue has grown, or null if the request is only counted. */
  add(request: LoggedRequest): number | null;
  flush(): Promise<void>;
}

/** The numbers of series that are remembered. More need a query again. */
const maxRememberedSeries = 20_000;
/** The size is looked at after this part of the limit was written, and at least this often. */
const partBetweenChecks = 1 / 64;
const msBetweenChecks = 30 * msPerSecond;
const msBetweenChecksIfTooLarge = msPerSecond;
/** The log may exceed its size by this part, when old segments cannot be dropped. Then it drops new lines. */
const toleratedExcess = 1.1;
/** How long nothing is written after the disk was full. */
const pauseMs = 5 * msPerSecond;

const maxTries = 5;

const resolutions = [1, 60, 1440] as const;

export function createLog({ sql, hashKey }: LogLocation, { limits, onDropped }: LogOptions): Log {
  const strangers = createStrangerLimit();
  const seriesNumbers = new Map<string, number>();
  let batch = new RequestBatch();
  let bytesSinceCheck = Number.POSITIVE_INFINITY;
  let checkedAt = 0;
  let isTooLarge = false;
  let pausedUntil = 0;

  async function maintain(): Promise<void> {
    const { maxBytes } = limits();
    bytesSinceCheck = 0;
    checkedAt = Date.now();
    try {
      const { bytes } = await maintainSegments(sql, limits());
      isTooLarge = bytes > maxBytes * toleratedExcess;
    } catch (error) {
      // The next check tries again. Meanwhile the lines themselves may be written.
      onDropped(error, 0);
    }
  }

  async function findSeriesNumbers(series: readonly Series[]): Promise<number[]> {
    const keys = series.map(toKey);
    const unknown = series.filter((_, ordinal) => !seriesNumbers.has(keys[ordinal] ?? ""));
    if (unknown.length > 0) {
      if (seriesNumbers.size > maxRememberedSeries) seriesNumbers.clear();
      // All of the batch: the map may just have been cleared. A restore may remove what was inserted, so it is tried again.
      let numbers = await numberSeries(sql, series);
      for (let tries = 1; numbers.length < series.length && tries < maxTries; tries += 1)
        numbers = await numberSeries(sql, series);
      for (const [ordinal, key] of keys.entries()) seriesNumbers.set(key, numbers[ordinal] ?? 0);
    }
    return keys.map((key) => seriesNumbers.get(key) ?? 0);
  }

  async function write(written: RequestBatch): Promise<void> {
    const msUntilCheck = isTooLarge ? msBetweenChecksIfTooLarge : msBetweenChecks;
    if (bytesSinceCheck >= limits().maxBytes * partBetweenChecks || Date.now() - checkedAt > msUntilCheck)
      await maintain();
    if (isTooLarge) throw new Error("the request log has reached its size and cannot drop old requests");
    const segment = await readSegment(sql);
    const { rows, blocks, sums } = await encodeInWorker(
      written.toTask(segment, hashKey, await findSeriesNumbers(written.series)),
    );
    await writeLogBatch(sql, { rows, blocks, rollups: toRollups(sums) });
    bytesSinceCheck += 2 * rows.length + blocks.length;
  }

  async function writeOrDrop(written: RequestBatch): Promise<void> {
    if (Date.now() < pausedUntil) return onDropped(new Error("the disk was full"), written.rows);
    try {
      await write(written);
    } catch (error) {
      onDropped(error, written.rows);
      // A stopped or restored database may have lost what was remembered.
      seriesNumbers.clear();
      await giveWayIfDiskIsFull();
    }
  }

  /** The log gives way first: payments need the space. */
  async function giveWayIfDiskIsFull(): Promise<void> {
    try {
      if (!(await isDiskFull(sql))) return;
      pausedUntil = Date.now() + pauseMs;
      await dropOldestSegment(sql);
    } catch (error) {
      onDropped(error, 0);
    }
  }

  async function writeOmissions(): Promise<void> {
    const omissions = strangers.takeOmissions();
    if (omissions.length === 0) return;
    try {
      await addOmissions(sql, omissions);
    } catch (error) {
      onDropped(error, 0);
    }
  }

  return {
    add(request) {
      if (request.applicationId === null && !strangers.admit(request.source, Date.now())) return null;
      const before = batch.characters;
      batch.add(request);
      return batch.characters - before;
    },
    async flush() {
      const written = batch;
      if (written.rows > 0) {
        batch = new RequestBatch();
        await writeOrDrop(written);
      }
      await writeOmissions();
    },
  };
}

const toKey = (series: Series): string =>
  `${series.applicationId} ${series.credentialId} ${series.environment} ${series.protocol} ${series.operation} ${series.code} ${series.httpStatus}`;

/** The sums of a batch by minute, hour and day, in the order of their keys. */
export function toRollups(sums: readonly RollupSum[]): Rollup[] {
  const rollups = new Map<string, Rollup>();
  for (const { series, minute, requests, value, latency } of sums) {
    for (const resolution of resolutions) {
      const startsAt = minute - (minute % resolution);
      const key = `${resolution} ${series} ${startsAt}`;
      const known = rollups.get(key);
      rollups.set(key, {
        resolution,
        series,
        startsAt,
        requests: requests + (known?.requests ?? 0),
        valueMinor: value + (known?.valueMinor ?? 0n),
        latency: addCounts(latency, known?.latency ?? []),
      });
    }
  }
  return [...rollups.values()].toSorted(
    (a, b) => a.resolution - b.resolution || a.series - b.series || a.startsAt - b.startsAt,
  );
}

const addCounts = (a: readonly number[], b: readonly number[]): number[] =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, bucket) => (a[bucket] ?? 0) + (b[bucket] ?? 0));
