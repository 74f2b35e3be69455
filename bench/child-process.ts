import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { HostilePlan, HostileResult } from "./hostile-loads.ts";
import type { ListenerCounts, ListenersPlan } from "./listeners.ts";
import { text } from "node:stream/consumers";

/** Kills the child when this process exits, except after `kill -9`. */
export function killOnExit(child: ChildProcess): void {
  const end = () => child.kill("SIGTERM");
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));
}

/**
 * Runs a script of this folder, named without its suffix, in a separate process and returns the JSON that it prints.
 *
 * `input` is its standard input. An abort kills it and throws.
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

/** Starts the bare Fastify server and waits until it prints its address. */
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
  readCounts(): Promise<ListenerCounts>;
  /** Stops them. Returns when each payment's first callback arrived, and the number of duplicates. */
  collect(): Promise<{
    readonly firstArrivals: readonly (readonly [string, number])[];
    readonly duplicates: number;
  }>;
}

/** Starts listeners and waits for their addresses. */
export async function startListeners(plan: ListenersPlan, signal: AbortSignal): Promise<Listeners> {
  const child = spawnScript("listeners", [], signal);
  const ended = once(child, "exit");
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async () => JSON.parse((await lines.next()).value ?? "null");
  child.stdin.write(`${JSON.stringify(plan)}\n`);
  const { urls }: { urls: string[] } = await line();
  return {
    urls,
    async readCounts() {
      child.stdin.write("\n");
      return line();
    },
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

export interface HostileProcess extends AsyncDisposable {
  /** Stops it and returns its result. */
  collect(): Promise<HostileResult>;
}

/** Starts a hostile load and waits until it has begun. */
export async function startHostileLoad(plan: HostilePlan, signal: AbortSignal): Promise<HostileProcess> {
  const child = spawnScript("hostile-load", [], signal);
  const ended = once(child, "exit");
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async () => JSON.parse((await lines.next()).value ?? "null");
  child.stdin.write(`${JSON.stringify(plan)}\n`);
  await line();
  return {
    async collect() {
      child.stdin.end();
      const result: HostileResult | null = await line();
      if (result === null) throw new Error(`hostile-load ended without a result (${plan.kind})`);
      return result;
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
  // An abort also emits an error. The exit event reports it to the waiting code.
  child.on("error", () => {});
  child.stdin.on("error", () => {});
  killOnExit(child);
  return child;
}
