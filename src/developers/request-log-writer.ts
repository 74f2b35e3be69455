/**
 * The recorder: gateway requests, written in batches off the payment's path.
 *
 * It may lag behind or lose lines; it may not slow a payment or fill the memory. A line that cannot be
 * kept is counted, and the count is in the metrics.
 */
import type { RailName } from "../core/money.ts";
import type { Sql } from "../store/driver/connect.ts";
import { writeRequestLog, type RequestLogRow } from "../store/request-log.ts";

const flushIntervalMs = 200;
/** How many lines, and characters of bodies in them, may wait for all rails together: some 30 MB. */
const maxQueuedRows = 20_000;
const maxQueuedCharacters = 16_000_000;

export interface RequestLogWriter {
  /** Keeps a line for its rail; null where the path named none. */
  record(rail: RailName | null, line: RequestLogRow): void;
  /** Lines that could not be kept since the start. */
  readonly dropped: number;
  /** Writes what is waiting. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export function createRequestLogWriter(
  getLogPool: (rail: RailName | null) => Sql,
  onError: (error: unknown, lost: number) => void,
): RequestLogWriter {
  const queue = new Map<RailName | null, RequestLogRow[]>();
  let count = 0;
  let characters = 0;
  let dropped = 0;
  let flushing: Promise<void> | null = null;

  async function write(rail: RailName | null, rows: RequestLogRow[]): Promise<void> {
    try {
      await writeRequestLog(getLogPool(rail), rows);
    } catch (error) {
      dropped += rows.length;
      onError(error, rows.length);
    }
  }

  async function flush(): Promise<void> {
    // Two who wait for one flush both go on when it ends: the second waits for the first one's as well.
    for (let running = flushing; running !== null; running = flushing) await running;
    const batches = [...queue];
    queue.clear();
    count = 0;
    characters = 0;
    flushing = Promise.all(batches.map(([rail, rows]) => write(rail, rows))).then(() => {
      flushing = null;
    });
    await flushing;
  }

  const timer = setInterval(() => {
    if (count > 0 && flushing === null) void flush();
  }, flushIntervalMs).unref();

  return {
    record(rail, line) {
      if (count >= maxQueuedRows || characters >= maxQueuedCharacters) {
        dropped += 1;
        return;
      }
      count += 1;
      characters += line.requestBody.length + line.responseBody.length;
      let rows = queue.get(rail);
      if (rows === undefined) queue.set(rail, (rows = []));
      rows.push(line);
    },
    get dropped() {
      return dropped;
    },
    flush,
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}
