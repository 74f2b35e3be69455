/**
 * Writes gateway requests to the request log, in batches and independent of payments.
 *
 * It may be late or drop lines, but it must not slow down payments, fill the memory or fill the disk. Dropped lines are
 * counted in the metrics.
 */
import { msPerDay, msPerSecond } from "../../core/clock.ts";
import { createPoller } from "../../core/poller.ts";
import type { RailName } from "../../core/rails.ts";
import type { SegmentLimits } from "../../store/request-log/segments.ts";
import type { LoggedRequest } from "./logged-request.ts";
import { createLog, type Log, type LogLocation } from "./log.ts";

const flushIntervalMs = 200;
/** The maximum of queued lines, and of characters in their texts, for all rails together: about 30 MB. */
const maxQueuedRows = 20_000;
const maxQueuedCharacters = 16_000_000;
/** What one caller may have of a queue that is half full and has lines of others: a quarter of it. */
const maxShareOfCrowdedQueue = 0.25;
/** The length of a usual line, in characters. Longer lines count more. */
const usualLineLength = maxQueuedCharacters / maxQueuedRows;
/** Closing waits this long for a database that does not respond. */
const closeTimeoutMs = 5 * msPerSecond;

export interface RequestLogWriter {
  /** Queues a line for a rail; null if the path names none. */
  record(rail: RailName | null, line: LoggedRequest): void;
  /** The number of lines dropped since the start. */
  readonly dropped: number;
  /** Writes the queued lines. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface RequestLogOptions {
  /** The size of each log; 0 stores no requests. */
  readonly maxBytes: number;
  readonly retentionMs: number;
  locate(rail: RailName | null): LogLocation;
  onError(error: unknown, lost: number): void;
}

/** A segment is open for a day, or as long as the log is kept. */
export const segmentLimits = (maxBytes: number, retentionMs: number): SegmentLimits => ({
  maxBytes,
  openedAfter: Date.now() - Math.min(msPerDay, retentionMs),
  keepFrom: Date.now() - retentionMs,
});

export function createRequestLogWriter({
  maxBytes,
  retentionMs,
  locate,
  onError,
}: RequestLogOptions): RequestLogWriter {
  const logs = new Map<RailName | null, Log>();
  /** The lines of each application in the queue; zero is all strangers. */
  const shares = new Map<bigint, number>();
  let rows = 0;
  /** Whether a flush has something to write: lines, or counts of lines that are not stored. */
  let hasLines = false;
  let characters = 0;
  let dropped = 0;
  let flushing: Promise<void> | null = null;

  const limits = () => segmentLimits(maxBytes, retentionMs);

  function findLog(rail: RailName | null): Log {
    let log = logs.get(rail);
    if (log === undefined) {
      log = createLog(locate(rail), {
        limits,
        onDropped: (error, lost) => {
          dropped += lost;
          onError(error, lost);
        },
      });
      logs.set(rail, log);
    }
    return log;
  }

  async function flush(): Promise<void> {
    // Several callers may wait for one flush. When it ends, the first starts its own; the others wait for that too.
    for (let running = flushing; running !== null; running = flushing) await running;
    rows = 0;
    characters = 0;
    hasLines = false;
    shares.clear();
    flushing = Promise.all([...logs.values()].map((log) => log.flush())).then(() => {
      flushing = null;
    });
    await flushing;
  }

  const poller = createPoller({
    work: async () => {
      if (hasLines) await flush();
    },
    intervalMs: flushIntervalMs,
    onError: (error) => onError(error, 0),
  });

  return {
    record(rail, line) {
      if (maxBytes === 0) return;
      const caller = line.applicationId ?? 0n;
      const share = shares.get(caller) ?? 0;
      const isFull = rows >= maxQueuedRows || characters >= maxQueuedCharacters;
      const isCrowded = rows >= maxQueuedRows / 2 || characters >= maxQueuedCharacters / 2;
      const takesTooMuch = shares.size > 1 && share > maxQueuedRows * maxShareOfCrowdedQueue;
      if (isFull || (isCrowded && takesTooMuch)) {
        dropped += 1;
        return;
      }
      const added = findLog(rail).add(line);
      hasLines = true;
      if (added === null) return;
      rows += 1;
      characters += added;
      shares.set(caller, share + Math.max(1, added / usualLineLength));
    },
    get dropped() {
      return dropped;
    },
    flush,
    async close() {
      await Promise.race([
        poller.stop().then(flush),
        new Promise<void>((resolve) => setTimeout(resolve, closeTimeoutMs).unref()),
      ]);
    },
  };
}
