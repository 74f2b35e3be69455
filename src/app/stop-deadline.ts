/** Ends the process when stopping takes too long: whatever clients, listeners and databases do. */
import { msPerSecond } from "../core/clock.ts";

export interface StopDeadline {
  /** STOP_TIMEOUT, once it is known. */
  timeoutMs: number;
  /** Runs before the process exits too early. */
  beforeExit: () => void;
  /** The process has received the signal to stop. */
  start(): void;
  exitNow(code: number): never;
}

/** Stopping usually ends the process. This much before STOP_TIMEOUT, the process ends itself. */
const marginMs = 500;

export function createStopDeadline(): StopDeadline {
  return {
    timeoutMs: 30 * msPerSecond,
    beforeExit: () => {},
    start() {
      setTimeout(() => {
        process.stderr.write(
          "pesarail: STOP_TIMEOUT has passed and the server has not stopped, so the process ends now. " +
            "Committed payments are safe; callbacks continue after the next start.\n",
        );
        this.exitNow(1);
      }, this.timeoutMs - marginMs).unref();
    },
    exitNow(code) {
      this.beforeExit();
      process.exit(code);
    },
  };
}
