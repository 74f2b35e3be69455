/** Waiting that spreads: many clients that were refused in one moment must not come back in one moment. */

/** A time around this one, up to a quarter shorter or longer. */
export const withJitter = (ms: number): number => ms * (0.75 + Math.random() / 2);

/** Resolves after so long; rejects with the signal's reason if that comes first. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- a signal's reason is its owner's choice
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
