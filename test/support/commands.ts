/** Runs commands as users do: a process of its own, on the data folder of a running server. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { commandProgram } from "./programs.ts";

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly process: ChildProcess;
  readonly result: Promise<CommandResult>;
}

/** Runs a program to its end, with these settings and only `PATH` from this machine's environment. */
export function runProgram(
  file: string,
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
): RunningCommand {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(file, args, {
    env: { PATH, NODE_COMPILE_CACHE, ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const result = (async (): Promise<CommandResult> => {
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close") as Promise<[number | null]>,
    ]);
    return { code, stdout, stderr };
  })();
  return { process: child, result };
}

export const runCommand = (
  settings: Readonly<Record<string, string>>,
  ...args: readonly string[]
): RunningCommand => runProgram(process.execPath, [commandProgram, ...args], settings);
