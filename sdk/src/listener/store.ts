/**
 * What was handled already. Callbacks come at least once: again when an acknowledgement got lost, and whenever
 * somebody has them sent again.
 */

/**
 * Remembers what was handled, wherever you keep it.
 *
 * `Context` is whatever the store hands to `onEvent`: a transaction for instance, so that what you book and
 * that you booked it are committed together.
 */
export interface EventStore<Context = void> {
  /**
   * Runs `work` unless it has succeeded under this key before: `done` when it ran, `already` when it need
   * not. If `work` throws, so does this, and nothing is remembered. A second call under the same key while
   * the first is running waits for it, or throws so that the callback is sent again later.
   */
  runOnce(key: string, work: (context: Context) => Promise<void>): Promise<"done" | "already">;
}

export interface MemoryStoreOptions {
  /** So many keys are remembered, the youngest. 10,000 if nothing is said. */
  readonly max?: number;
}

/**
 * Remembers in this process, and so until it ends: for development, and for one process whose `onEvent` does
 * no harm when it runs twice.
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
      // If the first fails, so does this: whoever sent it is to send it again.
      await running;
      return "already";
    },
  };
}
