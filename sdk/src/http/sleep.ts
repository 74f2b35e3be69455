/** Delays with jitter, so that many clients that were refused at the same time do not all retry at the same time. */

/** Changes a delay at random by up to a quarter. */
export const withJitter = (ms: number): number => ms * (0.75 + Math.random() / 2);

/** Resolves after the delay. Rejects with the signal's reason if it aborts first. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the signal's owner chooses the reason
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
