/**
 * One poll loop: runs its work at an interval, and at once when another part of the server knows of new work.
 *
 * Turns never overlap. A notification during a turn causes one more turn, because the running turn may have queried too
 * early. The timers do not keep the process alive.
 */

export interface PollerOptions {
  /** Runs one turn. The next turn follows at once if it resolves with `true`: more work may be waiting. */
  readonly work: () => Promise<unknown>;
  /**
   * From the end of a turn to the start of the next one; a function is called at the end of each turn. Without it, only
   * `notify` and `flush` start turns.
   */
  readonly intervalMs?: number | (() => number);
  /** The pause after each turn, so that many notifications cause few turns. */
  readonly batchDelayMs?: number;
  /** Gets what `work` throws. It must not throw. The work is done by a later turn. */
  readonly onError: (error: unknown) => void;
}

export interface Poller {
  /** Starts a turn: at once, or when the running one has ended. */
  notify(): void;
  /** Starts a turn and resolves when it has ended. That turn starts after the call, so it finds all work of before. */
  flush(): Promise<void>;
  /** Starts no more turns, and resolves when the running one has ended. */
  stop(): Promise<void>;
}

/** Creates a loop. Its first turn starts after `intervalMs`, or earlier by `notify`. */
export function createPoller({ work, intervalMs, batchDelayMs = 0, onError }: PollerOptions): Poller {
  let state: "waiting" | "running" | "pausing" = "waiting";
  let isTurnRequested = false;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let turn = Promise.resolve();
  /** Resolves when the turn that starts next has ended. */
  let nextTurn = Promise.withResolvers<void>();

  function startTurn(): void {
    clearTimeout(timer);
    state = "running";
    isTurnRequested = false;
    const { resolve } = nextTurn;
    nextTurn = Promise.withResolvers();
    turn = runWork().then(() => {
      resolve();
      endTurn();
    });
  }

  async function runWork(): Promise<void> {
    try {
      if ((await work()) === true) isTurnRequested = true;
    } catch (error) {
      onError(error);
    }
  }

  function endTurn(): void {
    if (isStopped) return;
    if (batchDelayMs === 0) return continueLoop();
    state = "pausing";
    timer = setTimeout(continueLoop, batchDelayMs).unref();
  }

  function continueLoop(): void {
    state = "waiting";
    if (isTurnRequested) startTurn();
    else scheduleTurn();
  }

  function scheduleTurn(): void {
    if (intervalMs === undefined) return;
    timer = setTimeout(startTurn, typeof intervalMs === "number" ? intervalMs : intervalMs()).unref();
  }

  function notify(): void {
    isTurnRequested = true;
    if (state === "waiting" && !isStopped) startTurn();
  }

  scheduleTurn();
  return {
    notify,
    flush() {
      if (isStopped) return turn;
      const { promise } = nextTurn;
      notify();
      return promise;
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
      // No turn follows, so a `flush` that waits for one ends with the running turn.
      void turn.then(nextTurn.resolve);
      return turn;
    },
  };
}
