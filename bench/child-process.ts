import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { text } from "node:stream/consumers";

/** Ends a child that is still there when we go, however we go; a kill -9 of ourselves excepted. */
export function killOnExit(child: ChildProcess): void {
  const end = () => child.kill("SIGTERM");
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));
}

/**
 * Runs a script of this folder, named without its suffix, in a process of its own and returns the JSON that it prints.
 *
 * `input` is what it reads on standard input. An abort kills it and throws.
 */
export async function runScript(
  name: string,
  { args = [], input = "", signal }: { args?: string[]; input?: string; signal: AbortSignal },
): Promise<unknown> {
  const child = spawnScript(name, args, signal);
  child.stdin.end(input);
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  signal.throwIfAborted();
  if (code !== 0) throw new Error(`${name} ended with ${code}`);
  return JSON.parse(printed);
}

export interface BaselineServer extends AsyncDisposable {
  readonly url: string;
}

/** Starts the bare Fastify server and waits for its address. */
export async function startBaselineServer(signal: AbortSignal): Promise<BaselineServer> {
  const child = spawnScript("baseline-server", [], signal);
  const ended = once(child, "exit");
  const [printed] = await Promise.race([once(child.stdout, "data"), ended]);
  const { url }: { url: string } = JSON.parse(String(printed));
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

export interface Listeners extends AsyncDisposable {
  readonly urls: readonly string[];
  /** Ends them, and tells when each conversation was first heard of, and how many were heard again. */
  collect(): Promise<{
    readonly firstArrivals: readonly (readonly [string, number])[];
    readonly duplicates: number;
  }>;
}

/** Starts so many listeners, the first of them dead, and waits for their addresses. */
export async function startListeners(count: number, signal: AbortSignal): Promise<Listeners> {
  const child = spawnScript("listeners", [], signal);
  const ended = once(child, "exit");
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async () => JSON.parse((await lines.next()).value ?? "null");
  child.stdin.write(`${count}\n`);
  const { urls }: { urls: string[] } = await line();
  return {
    urls,
    async collect() {
      child.stdin.end();
      return line();
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function spawnScript(name: string, args: string[], signal: AbortSignal) {
  // TypeScript in the repository, JavaScript in the published package.
  const script = fileURLToPath(new URL(`${name}${extname(import.meta.filename)}`, import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { stdio: ["pipe", "pipe", "inherit"], signal });
  // An abort arrives here as an error too; whoever waits for the child hears of it by its exit.
  child.on("error", () => {});
  child.stdin.on("error", () => {});
  killOnExit(child);
  return child;
}
