/** The server as a child process: started, waited for, and stopped whatever happens to us. */
import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { createInterface } from "node:readline";
import { sandboxJsonPath } from "./facts.ts";
import type { ServerCommand } from "./find-server.ts";
import type { DataFolder } from "./folder.ts";
import { SandboxError } from "./sandbox-error.ts";

export interface ServerOptions {
  readonly command: ServerCommand;
  readonly folder: DataFolder;
  readonly databaseUrl: string | undefined;
  readonly settings: Readonly<Record<string, string>>;
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly onOutput: ((line: string) => void) | undefined;
}

export interface Server {
  /** How it ended and what it said before, for the message of whatever went wrong. Null while it runs. */
  exitReport(): string | null;
  /** Ends it: kindly, and by force if that takes too long. Then its folder goes. */
  stop(): Promise<void>;
}

const maxLines = 60;

/** Starts a server and waits until it is ready. Throws `SandboxError`, with what it said, if it is not. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { command, folder, onOutput } = options;
  const [file, ...args] = command;
  const startedAt = Date.now();
  // The channel is never written to. It closes when we die, however we die, and so tells the server to stop.
  const child = spawn(file, args, {
    env: buildEnvironment(options),
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  if (child.pid !== undefined) folder.removeAfterExit(child.pid);

  const output: string[] = [];
  const ready = new Promise<null>((resolve) => {
    forEachLine(child, (line) => {
      output.push(line);
      if (output.length > maxLines) output.shift();
      onOutput?.(line);
      // The server writes the file before it says that it is ready.
      if (isNewer(sandboxJsonPath(folder.path), startedAt)) resolve(null);
    });
  });
  let exitDescription: string | null = null;
  const exited = waitForExit(child, file).then((description) => (exitDescription = description));

  const failure = await withTimeout(options.startTimeoutMs, Promise.race([ready, exited]));
  const stop = async (): Promise<void> => {
    await stopChild(child, exited, options.stopTimeoutMs);
    await folder.remove();
  };
  if (failure !== null) {
    await stop();
    throw new SandboxError(["The sandbox did not start: " + failure, ...output].join("\n"));
  }
  // Whoever forgets to stop it may still end, and it ends with them.
  setRef(child, false);
  return {
    exitReport: () =>
      exitDescription === null ? null : ["The sandbox has ended: " + exitDescription, ...output].join("\n"),
    stop,
  };
}

/**
 * What the server finds in its environment: its settings, and of ours only what every program needs. A PORT or a
 * DATABASE_URL of the tests' own program is none of its business, and neither are a test runner's NODE_OPTIONS.
 */
function buildEnvironment({ folder, databaseUrl, settings }: ServerOptions): NodeJS.ProcessEnv {
  const inherited = [
    "PATH",
    "HOME",
    "USER",
    "TMPDIR",
    "LANG",
    "TZ",
    "LD_LIBRARY_PATH",
    "NODE_EXTRA_CA_CERTS",
  ];
  return {
    ...Object.fromEntries(inherited.map((name) => [name, process.env[name]])),
    PORT: "0",
    HTTPS_PORT: "off",
    LOG_LEVEL: "warn",
    DATA_DIR: folder.path,
    ...(databaseUrl === undefined
      ? {}
      : { DATABASE_URL: databaseUrl, SECRET_KEY: deriveSecretKey(databaseUrl) }),
    ...settings,
  };
}

/** What is sealed in a database has to be opened by the next sandbox on it, whose data folder is another. */
const deriveSecretKey = (databaseUrl: string): string =>
  createHash("sha256").update(`pesarail sandbox ${databaseUrl}`).digest("hex");

function forEachLine({ stdout, stderr }: ChildProcess, onLine: (line: string) => void): void {
  for (const stream of [stdout, stderr]) if (stream !== null) createInterface(stream).on("line", onLine);
}

/** An older file is what a server that was killed has left in a folder of yours. */
const isNewer = (file: string, startedAt: number): boolean =>
  existsSync(file) && statSync(file).mtimeMs >= startedAt;

function waitForExit(child: ChildProcess, file: string): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(describeSpawnError(file, error)));
    child.once("close", (code, signal) => resolve(code === null ? `by ${signal}` : `with exit code ${code}`));
  });
}

/** A program that is there and yet "not found" lacks the C library that it was built for. */
function describeSpawnError(file: string, error: NodeJS.ErrnoException): string {
  return error.code === "ENOENT" && existsSync(file)
    ? "its Node 26 does not run here, since it needs macOS, or a Linux with glibc (Alpine has musl instead)"
    : error.message;
}

async function withTimeout(ms: number, promise: Promise<string | null>): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`it was not ready after ${ms / 1000} s`), ms);
  });
  const first = await Promise.race([promise, timeout]);
  clearTimeout(timer);
  return first;
}

async function stopChild(child: ChildProcess, exited: Promise<unknown>, timeoutMs: number): Promise<void> {
  setRef(child, true);
  child.kill("SIGTERM");
  const killTimer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  await exited;
  clearTimeout(killTimer);
}

/** Whether this process waits for the child before it ends. Sockets, though their type does not say so. */
function setRef(child: ChildProcess, keepAlive: boolean): void {
  const handles = [child, child.channel, child.stdout, child.stderr] as (
    Partial<Handle> | null | undefined
  )[];
  for (const handle of handles) {
    if (keepAlive) handle?.ref?.();
    else handle?.unref?.();
  }
}

interface Handle {
  ref(): unknown;
  unref(): unknown;
}
