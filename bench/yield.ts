const yieldMs = 1;

/**
 * Blocks the event loop for a millisecond between polls of its sockets, so that it reads several responses at once.
 *
 * Waking for every response cost 23 µs a request and took CPU time from the server. Polling once a millisecond costs
 * 13 µs, and the bare Fastify route served 30,000/s instead of 19,000 on the same two cores. The delay is part of every
 * reported latency.
 */
export function yieldBetweenPolls(): () => void {
  const neverNotified = new Int32Array(new SharedArrayBuffer(4));
  let active = true;
  const yieldOnce = () => {
    if (!active) return;
    Atomics.wait(neverNotified, 0, 0, yieldMs);
    setImmediate(yieldOnce);
  };
  setImmediate(yieldOnce);
  return () => {
    active = false;
  };
}
