/**
 * Decides which bearer is decrypted next, so that a flood of forged bearers delays its senders and nobody else.
 *
 * Each connection has a standing: `proven` if its last bearer was valid, `suspect` if it was not, and `unknown` before its
 * first one. A better standing is served first. Within a standing, the sources (addresses) take turns.
 */
import { LRUCache } from "lru-cache";
import { msPerSecond } from "../../../core/clock.ts";

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

const standings = ["proven", "unknown", "suspect"] as const;
type Standing = (typeof standings)[number];

export interface DecryptionQueueOptions<Task, Result> {
  readonly run: (task: Task) => Promise<Result>;
  readonly maxRunning: number;
  /** Of all sources together. */
  readonly maxQueued: number;
  /** Of one source in one standing. */
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
  standing: Standing;
  state: "queued" | "running" | "ended";
}

const maxProxiedSources = 10_000;
const sweepIntervalMs = msPerSecond;

export function createDecryptionQueue<Task, Result>(
  options: DecryptionQueueOptions<Task, Result>,
): DecryptionQueue<Task, Result> {
  type Entry = QueuedTask<Task, Result>;
  const lanes: Readonly<Record<Standing, SourceLane<Entry>>> = {
    proven: createSourceLane(),
    unknown: createSourceLane(),
    suspect: createSourceLane(),
  };
  /** The unfinished tasks. */
  const entries = new Map<string, Entry>();
  const byConnection = new WeakMap<object, boolean>();
  const byProxiedSource = new LRUCache<string, boolean>({ max: maxProxiedSources });
  let runningCount = 0;
  let queuedCount = 0;

  function getStanding({ connection, source }: BearerSender): Standing {
    const wasValid = connection === null ? byProxiedSource.get(source) : byConnection.get(connection);
    return wasValid === undefined ? "unknown" : wasValid ? "proven" : "suspect";
  }

  function rejectQueued(entry: Entry): void {
    entry.state = "ended";
    queuedCount -= 1;
    entries.delete(entry.key);
    entry.reject(new BearerQueueFull());
  }

  /** Makes room for a better task by rejecting one of a worse standing. */
  function evictWorse(standing: Standing): boolean {
    for (const worse of standings.toReversed()) {
      if (worse === standing) return false;
      const entry = lanes[worse].takeNewest((candidate) => isQueuedIn(candidate, worse));
      if (entry === undefined) continue;
      rejectQueued(entry);
      return true;
    }
    return false;
  }

  function runNext(): void {
    while (runningCount < options.maxRunning && queuedCount > 0) {
      const entry = takeNext();
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

  function takeNext(): Entry | undefined {
    for (const standing of standings) {
      const entry = lanes[standing].takeNext((candidate) => isQueuedIn(candidate, standing));
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  /** A task that was promoted is in two lanes. */
  const isQueuedIn = ({ state, standing }: Entry, lane: Standing): boolean =>
    state === "queued" && standing === lane;

  function join(entry: Entry, standing: Standing, source: string): Promise<Result> {
    if (entry.state === "queued" && standings.indexOf(standing) < standings.indexOf(entry.standing)) {
      entry.standing = standing;
      lanes[standing].add(source, entry);
    }
    return entry.promise;
  }

  const sweep = setInterval(() => {
    const oldest = performance.now() - options.maxWaitMs;
    for (const entry of entries.values()) {
      if (entry.queuedAt > oldest) break;
      if (entry.state === "queued") rejectQueued(entry);
    }
    for (const standing of standings) lanes[standing].purge((entry) => isQueuedIn(entry, standing));
  }, sweepIntervalMs).unref();

  return {
    add(task, key, sender) {
      const standing = getStanding(sender);
      const known = entries.get(key);
      if (known !== undefined) return join(known, standing, sender.source);
      if (
        lanes[standing].count(sender.source) >= options.maxQueuedPerSource ||
        (queuedCount >= options.maxQueued && !evictWorse(standing))
      ) {
        return Promise.reject(new BearerQueueFull());
      }
      const { promise, resolve, reject } = Promise.withResolvers<Result>();
      const queuedAt = performance.now();
      const entry: Entry = { task, key, queuedAt, promise, resolve, reject, standing, state: "queued" };
      entries.set(key, entry);
      queuedCount += 1;
      lanes[standing].add(sender.source, entry);
      runNext();
      return promise;
    },
    recordValidity({ connection, source }, isValid) {
      if (connection === null) byProxiedSource.set(source, isValid);
      else byConnection.set(connection, isValid);
    },
    isIdle: () => runningCount < options.maxRunning,
    close: () => clearInterval(sweep),
  };
}

/** Tasks by source, which take turns. */
interface SourceLane<Entry> {
  add(source: string, entry: Entry): void;
  /** Removes and returns the next task that is still wanted. Others are dropped on the way. */
  takeNext(isWanted: (entry: Entry) => boolean): Entry | undefined;
  /** Removes and returns the newest task of the source that has the most. */
  takeNewest(isWanted: (entry: Entry) => boolean): Entry | undefined;
  /** Removes the tasks that are not wanted any more. */
  purge(isWanted: (entry: Entry) => boolean): void;
  /** The source's tasks, with those that are not wanted any more. */
  count(source: string): number;
}

function createSourceLane<Entry>(): SourceLane<Entry> {
  /** In the order of their turns. */
  const bySource = new Map<string, Entry[]>();

  function removeIfEmpty(source: string, tasks: readonly Entry[]): void {
    if (tasks.length === 0) bySource.delete(source);
  }

  return {
    add(source, entry) {
      const tasks = bySource.get(source);
      if (tasks === undefined) bySource.set(source, [entry]);
      else tasks.push(entry);
    },
    takeNext(isWanted) {
      for (const [source, tasks] of bySource) {
        const index = tasks.findIndex(isWanted);
        const [entry] = index < 0 ? [] : tasks.slice(index, index + 1);
        tasks.splice(0, index < 0 ? tasks.length : index + 1);
        bySource.delete(source);
        if (tasks.length > 0) bySource.set(source, tasks);
        if (entry !== undefined) return entry;
      }
      return undefined;
    },
    takeNewest(isWanted) {
      const fullest = [...bySource].toSorted(([, a], [, b]) => b.length - a.length);
      for (const [source, tasks] of fullest) {
        const index = tasks.findLastIndex(isWanted);
        const [entry] = index < 0 ? [] : tasks.splice(index, 1);
        removeIfEmpty(source, tasks);
        if (entry !== undefined) return entry;
      }
      return undefined;
    },
    purge(isWanted) {
      for (const [source, tasks] of bySource) {
        const wanted = tasks.filter(isWanted);
        if (wanted.length === 0) bySource.delete(source);
        else if (wanted.length < tasks.length) bySource.set(source, wanted);
      }
    },
    count: (source) => bySource.get(source)?.length ?? 0,
  };
}
