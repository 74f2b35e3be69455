/** `pesarail listen` as a developer has it running: the real command, which a test may stop, kill or put to sleep. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Listening extends AsyncDisposable {
  /** What it printed on standard output: a line per delivery. */
  readonly lines: readonly string[];
  /** What it said beside that. */
  readonly notices: readonly string[];
  /** Waits for a line, or a notice, that matches. */
  until(expected: RegExp): Promise<string>;
  /** Waits until so many deliveries are dealt with, and their lines printed. */
  untilLines(count: number): Promise<readonly string[]>;
  signal(signal: NodeJS.Signals): void;
  /** Waits until it has ended, by itself or by the signal. */
  ended(signal?: NodeJS.Signals): Promise<Ended>;
}

/** Starts it on a server's data folder, and does not wait for anything. */
export function startListening(dataDir: string, ...args: readonly string[]): Listening {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, ["src/cli/main.ts", "listen", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH, HOME, NODE_COMPILE_CACHE, DATA_DIR: dataDir },
  });
  const lines: string[] = [];
  const notices: string[] = [];
  createInterface(child.stdout).on("line", (line) => lines.push(line));
  createInterface(child.stderr).on("line", (line) => notices.push(line));
  const ended = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  const endWithUs = (): boolean => child.kill("SIGKILL");
  process.once("exit", endWithUs);
  child.once("exit", () => process.off("exit", endWithUs));

  async function whenEnded(signal?: NodeJS.Signals): Promise<Ended> {
    if (signal !== undefined) child.kill(signal);
    const [code, by] = await ended;
    return { code, signal: by };
  }

  async function untilSeen<T>(what: string, look: () => T | undefined): Promise<T> {
    const giveUpAt = performance.now() + 10_000;
    for (;;) {
      const seen = look();
      if (seen !== undefined) return seen;
      if (performance.now() > giveUpAt)
        throw new Error(`no ${what} in ten seconds:\n${[...notices, ...lines].join("\n")}`);
      await sleep(10);
    }
  }

  return {
    lines,
    notices,
    until: (expected) =>
      untilSeen(String(expected), () => [...lines, ...notices].find((line) => expected.test(line))),
    untilLines: (count) => untilSeen(`${count} lines`, () => (lines.length >= count ? lines : undefined)),
    signal: (signal) => void child.kill(signal),
    ended: whenEnded,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await whenEnded("SIGKILL");
    },
  };
}
