/**
 * Decides which bearer is decrypted next, so that a flood of forged bearers delays only its senders.
 *
 * Each connection has a rank: `proven` if its last bearer was valid, `suspect` if it was not, and `unknown` before its
 * first one. A better rank is served first. Within a rank, the sources (addresses) take turns.
 */
import { msPerSecond } from "../../core/clock.ts";
import { createLruCache } from "../../core/lru-cache.ts";
import { createSourceLane, type SourceLane } from "./source-lane.ts";

/** Too many bearers are waiting to be decrypted. The caller should retry a little later. */
export class BearerQueueFull extends Error {
  constructor() {
    super("too many bearers are waiting to be decrypted");
  }
}

/** Who sent a bearer. */
export interface BearerSender {
  /** The caller's IP address. */
  readonly source: string;
  /** The caller's socket; null if others share it, because a proxy is in between. */
  readonly connection: object | null;
}

const ranks = ["proven", "unknown", "suspect"] as const;
type Rank = (typeof ranks)[number];

export interface DecryptionQueueOptions<Task, Result> {
  readonly run: (task: Task) => Promise<Result>;
  readonly maxRunning: number;
  /** Of all sources together. */
  readonly maxQueued: number;
  /** Of one source in one rank. */
  readonly maxQueuedPerSource: number;
  /** How long a task may wait. Wall time. */
  readonly maxWaitMs: number;
}

export interface DecryptionQueue<Task, Result> {
  /** Runs the task when it is its turn. Tasks with the same key run once. Rejects with `BearerQueueFull`. */
  add(task: Task, key: string, sender: BearerSender): Promise<Result>;
  /** Records whether the sender's bearer was valid. */
  recordValidity(sender: BearerSender, isValid: boolean): void;
  /** Whether a task would run at once. */
  isIdle(): boolean;
  close(): void;
}

interface QueuedTask<Task, Result> {
  readonly task: Task;
  readonly key: string;
  readonly queuedAt: number;
  readonly promise: Promise<Result>;
  readonly resolve: (result: Promise<Result>) => void;
  readonly reject: (error: Error) => void;
  rank: Rank;
  state: "queued" | "running" | "ended";
}

const maxProxiedSources = 10_000;
const sweepIntervalMs = msPerSecond;

export function createDecryptionQueue<Task, Result>(
  options: DecryptionQueueOptions<Task, Result>,
): DecryptionQueue<Task, Result> {
  type Entry = QueuedTask<Task, Result>;
  const lanes: Lanes<Entry> = {
    proven: createSourceLane(),
    unknown: createSourceLane(),
    suspect: createSourceLane(),
  };
  /** The unfinished tasks. */
  const entries = new Map<string, Entry>();
  const senders = createSenderRanks();
  let runningCount = 0;
  let queuedCount = 0;

  function rejectQueued(entry: Entry): void {
    entry.state = "ended";
    queuedCount -= 1;
    entries.delete(entry.key);
    entry.reject(new BearerQueueFull());
  }

  /** Makes room for a better task by rejecting one of a worse rank. */
  function evictWorse(rank: Rank): boolean {
    for (const worse of ranks.toReversed()) {
      if (worse === rank) return false;
      const entry = lanes[worse].takeNewest((candidate) => isWaiting(candidate, worse));
      if (entry === undefined) continue;
      rejectQueued(entry);
      return true;
    }
    return false;
  }

  function runNext(): void {
    while (runningCount < options.maxRunning && queuedCount > 0) {
      const entry = takeBest(lanes);
      if (entry === undefined) return;
      entry.state = "running";
      queuedCount -= 1;
      runningCount += 1;
      const result = options.run(entry.task).finally(() => {
        entry.state = "ended";
        runningCount -= 1;
        entries.delete(entry.key);
        runNext();
      });
      entry.resolve(result);
    }
  }

  function join(entry: Entry, rank: Rank, source: string): Promise<Result> {
    if (entry.state === "queued" && ranks.indexOf(rank) < ranks.indexOf(entry.rank)) {
      entry.rank = rank;
      lanes[rank].add(source, entry);
    }
    return entry.promise;
  }

  const sweep = setInterval(() => {
    const oldest = performance.now() - options.maxWaitMs;
    for (const entry of entries.values()) {
      if (entry.queuedAt > oldest) break;
      if (entry.state === "queued") rejectQueued(entry);
    }
    for (const rank of ranks) lanes[rank].purge((entry) => isWaiting(entry, rank));
  }, sweepIntervalMs).unref();

  return {
    add(task, key, sender) {
      const rank = senders.getRank(sender);
      const known = entries.get(key);
      if (known !== undefined) return join(known, rank, sender.source);
      if (
        lanes[rank].count(sender.source) >= options.maxQueuedPerSource ||
        (queuedCount >= options.maxQueued && !evictWorse(rank))
      ) {
        return Promise.reject(new BearerQueueFull());
      }
      const { promise, resolve, reject } = Promise.withResolvers<Result>();
      const queuedAt = performance.now();
      const entry: Entry = { task, key, queuedAt, promise, resolve, reject, rank, state: "queued" };
      entries.set(key, entry);
      queuedCount += 1;
      lanes[rank].add(sender.source, entry);
      runNext();
      return promise;
    },
    recordValidity: senders.recordValidity,
    isIdle: () => runningCount < options.maxRunning,
    close: () => clearInterval(sweep),
  };
}

type Lanes<Entry> = Readonly<Record<Rank, SourceLane<Entry>>>;
type RankedTask = Pick<QueuedTask<unknown, unknown>, "state" | "rank">;

function takeBest<Entry extends RankedTask>(lanes: Lanes<Entry>): Entry | undefined {
  for (const rank of ranks) {
    const entry = lanes[rank].takeNext((candidate) => isWaiting(candidate, rank));
    if (entry !== undefined) return entry;
  }
  return undefined;
}

/** Whether a task of this lane still waits there. A task that was promoted is in two lanes. */
const isWaiting = ({ state, rank }: RankedTask, lane: Rank): boolean => state === "queued" && rank === lane;

/** The rank of each sender, by its last bearer. */
function createSenderRanks() {
  const byConnection = new WeakMap<object, boolean>();
  const byProxiedSource = createLruCache<string, boolean>(maxProxiedSources);
  return {
    getRank({ connection, source }: BearerSender): Rank {
      const wasValid = connection === null ? byProxiedSource.get(source) : byConnection.get(connection);
      return wasValid === undefined ? "unknown" : wasValid ? "proven" : "suspect";
    },
    recordValidity({ connection, source }: BearerSender, isValid: boolean): void {
      if (connection === null) byProxiedSource.set(source, isValid);
      else byConnection.set(connection, isValid);
    },
  };
}
