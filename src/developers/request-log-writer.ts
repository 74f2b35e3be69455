/**
 * Writes gateway requests to the request log, in batches and independent of payments.
 *
 * It may be late or drop lines, but it must not slow down payments or fill the memory. Dropped lines are counted in the
 * metrics.
 */
import { createPoller } from "../core/poller.ts";
import type { RailName } from "../core/rails.ts";
import type { Sql } from "../store/driver/connect.ts";
import { writeRequestLog, type RequestLogRow } from "../store/request-log.ts";

const flushIntervalMs = 200;
/** The maximum of queued lines, and of characters in their bodies, for all rails together: about 30 MB. */
const maxQueuedRows = 20_000;
const maxQueuedCharacters = 16_000_000;

export interface RequestLogWriter {
  /** Queues a line for a rail; null if the path names none. */
  record(rail: RailName | null, line: RequestLogRow): void;
  /** The number of lines dropped since the start. */
  readonly dropped: number;
  /** Writes the queued lines. */
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
    // Several callers may wait for one flush. When it ends, the first starts its own; the others wait for that too.
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

  const poller = createPoller({
    work: async () => {
      if (count > 0) await flush();
    },
    intervalMs: flushIntervalMs,
    onError: (error) => onError(error, 0),
  });

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
      await poller.stop();
      await flush();
    },
  };
}
