/**
 * Remembers handled callbacks. Delivery is at least once: the platform sends a callback again if an acknowledgement
 * is lost, or if a developer resends it.
 */

/**
 * A store of handled callbacks, for example in your database.
 *
 * `Context` is what the store passes to `onEvent`, for example a transaction. Then your changes and the record that
 * you made them are committed together.
 */
export interface EventStore<Context = void> {
  /**
   * Runs `work` unless it has succeeded with this key before. Returns `done` if it ran, and `already` if not. If
   * `work` throws, this throws and remembers nothing. A second call with the same key during the first one waits
   * for it, or throws, so that the platform sends the callback again.
   */
  runOnce(key: string, work: (context: Context) => Promise<void>): Promise<"done" | "already">;
}

export interface MemoryStoreOptions {
  /** The maximum number of remembered keys; default 10,000. The oldest are removed first. */
  readonly max?: number;
}

/**
 * Remembers keys in this process's memory. Use it in development, or with a single process whose `onEvent` may safely
 * run twice.
 */
export function createMemoryStore({ max = 10_000 }: MemoryStoreOptions = {}): EventStore {
  const inProgress = new Map<string, Promise<void>>();
  const done = new Set<string>();

  async function run(key: string, work: () => Promise<void>): Promise<"done"> {
    const execution = work();
    inProgress.set(key, execution);
    try {
      await execution;
    } finally {
      inProgress.delete(key);
    }
    done.add(key);
    for (const oldest of done) {
      if (done.size <= max) break;
      done.delete(oldest);
    }
    return "done";
  }

  return {
    async runOnce(key, work) {
      if (done.has(key)) return "already";
      const running = inProgress.get(key);
      if (running === undefined) return run(key, work);
      // If the first fails, this fails too, and the platform sends the callback again.
      await running;
      return "already";
    },
  };
}
