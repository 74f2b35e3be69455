/** `pesarail listen` as developers run it: the real command, which a test can stop, kill or suspend. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { commandProgram } from "./programs.ts";

export interface ExitResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ListenCommand extends AsyncDisposable {
  /** Its standard output: one line per delivery. */
  readonly lines: readonly string[];
  /** Its standard error. */
  readonly notices: readonly string[];
  /** Waits for a line or notice that matches. */
  waitForLine(expected: RegExp): Promise<string>;
  /** Waits until this number of deliveries is finished, and their lines printed. */
  waitForLines(count: number): Promise<readonly string[]>;
  sendSignal(signal: NodeJS.Signals): void;
  /** Waits until it has ended, by itself or by the signal. */
  waitForExit(signal?: NodeJS.Signals): Promise<ExitResult>;
}

/** Starts it on a server's data folder, without waiting. */
export function startListenCommand(dataDir: string, ...args: readonly string[]): ListenCommand {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [commandProgram, "listen", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH, HOME, NODE_COMPILE_CACHE, DATA_DIR: dataDir },
  });
  const lines: string[] = [];
  const notices: string[] = [];
  createInterface(child.stdout).on("line", (line) => lines.push(line));
  createInterface(child.stderr).on("line", (line) => notices.push(line));
  const closed = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  const killOnExit = (): boolean => child.kill("SIGKILL");
  process.once("exit", killOnExit);
  child.once("exit", () => process.off("exit", killOnExit));

  async function waitForExit(signal?: NodeJS.Signals): Promise<ExitResult> {
    if (signal !== undefined) child.kill(signal);
    const [code, signalName] = await closed;
    return { code, signal: signalName };
  }

  async function pollUntil<T>(description: string, poll: () => T | undefined): Promise<T> {
    const deadline = performance.now() + 10_000;
    for (;;) {
      const value = poll();
      if (value !== undefined) return value;
      if (performance.now() > deadline)
        throw new Error(`no ${description} in ten seconds:\n${[...notices, ...lines].join("\n")}`);
      await sleep(10);
    }
  }

  return {
    lines,
    notices,
    waitForLine: (expected) =>
      pollUntil(String(expected), () => [...lines, ...notices].find((line) => expected.test(line))),
    waitForLines: (count) => pollUntil(`${count} lines`, () => (lines.length >= count ? lines : undefined)),
    sendSignal: (signal) => void child.kill(signal),
    waitForExit,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await waitForExit("SIGKILL");
    },
  };
}
