/** How busy this process is: the share of time that its event loop worked. */
import { performance, type EventLoopUtilization } from "node:perf_hooks";

/** The load is measured over at least this time. */
const intervalMs = 100;

/** Above this share, requests wait for each other. */
const busyShare = 0.9;

export interface EventLoopLoad {
  /** Whether the event loop had almost no idle time lately. */
  isBusy(): boolean;
}

/** Measures only when it is asked, so that an idle process stays idle. */
export function createEventLoopLoad(
  readUtilization: () => EventLoopUtilization = () => performance.eventLoopUtilization(),
): EventLoopLoad {
  let last = readUtilization();
  let busy = false;
  return {
    isBusy() {
      const current = readUtilization();
      const activeMs = current.active - last.active;
      const totalMs = activeMs + current.idle - last.idle;
      if (totalMs < intervalMs) return busy;
      last = current;
      return (busy = activeMs / totalMs > busyShare);
    },
  };
}
