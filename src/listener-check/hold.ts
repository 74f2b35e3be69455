/**
 * Keeps several requests unfinished, until all of them can be finished together, or until another one has its response.
 */
export interface RequestHold {
  /** Called by a request when only its end is missing. Resolves when it may continue. */
  wait(): Promise<void>;
  /** Resolves when all requests wait. */
  readonly allWait: Promise<void>;
  release(): void;
}

export function createRequestHold(count: number): RequestHold {
  const allWait = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let waiting = 0;
  return {
    wait() {
      waiting += 1;
      if (waiting === count) allWait.resolve();
      return released.promise;
    },
    allWait: allWait.promise,
    release: released.resolve,
  };
}
