/** Runs the server as a child process: starts it, waits until it is ready, and stops it. */
import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { sandboxJsonPath } from "./sandbox-json.ts";
import type { ServerCommand } from "./find-server.ts";
import type { DataFolder } from "./data-folder.ts";
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
  /** How it ended and its last output, for error messages. Null while it runs. */
  exitReport(): string | null;
  /** Stops it with SIGTERM, kills it after the timeout, and removes its folder. */
  stop(): Promise<void>;
}

const maxLines = 60;

/** Starts a server and waits until it is ready. Throws `SandboxError` with its output if it does not start. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { command, folder, onOutput } = options;
  const [file, ...args] = command;
  const startedAt = Date.now();
  // Nothing is written to the IPC channel. It closes when this process ends, even if killed, and then the server stops.
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
      // The server writes the file before it prints that it is ready.
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
    throw new SandboxError(["The sandbox did not start. " + failure, ...output].join("\n"));
  }
  // A process that does not stop its sandbox can still exit, and the sandbox exits with it.
  setRef(child, false);
  return {
    exitReport: () =>
      exitDescription === null ? null : ["The sandbox has ended. " + exitDescription, ...output].join("\n"),
    stop,
  };
}

/**
 * The server's environment: its settings, and the variables that every program needs. The PORT and the DATABASE_URL of
 * the tested program, and the test runner's NODE_OPTIONS, must not reach the server.
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
    // The calls of IPG v1 have the paths of the main port, too, so that several sandboxes run at the same time.
    IPG_V1_PORT_C2B: "off",
    IPG_V1_PORT_B2C: "off",
    IPG_V1_PORT_B2B: "off",
    IPG_V1_PORT_REVERSAL: "off",
    IPG_V1_PORT_QUERY_TRANSACTION_STATUS: "off",
    IPG_V1_PORT_QUERY_CUSTOMER_NAME: "off",
    LOG_LEVEL: "warn",
    // A test that stops its sandbox has no requests on their way.
    STOP_DELAY: "0s",
    DATA_DIR: folder.path,
    ...(folder.isTemporary && databaseUrl === undefined ? cacheSettings() : {}),
    ...(databaseUrl === undefined
      ? {}
      : { DATABASE_URL: databaseUrl, SECRET_KEY: deriveSecretKey(databaseUrl) }),
    ...settings,
  };
}

/**
 * Settings for a fast start. The cache is beside the temporary data folders, so that prepared ones can be renamed into
 * their place. It contains programs that Node has compiled: it is only used if no other user can write to it.
 */
function cacheSettings(): NodeJS.ProcessEnv {
  const cache = join(realpathSync(tmpdir()), `pesarail-cache-${process.getuid?.() ?? ""}`);
  try {
    mkdirSync(cache, { recursive: true, mode: 0o700 });
    const stats = lstatSync(cache);
    if (!stats.isDirectory() || stats.uid !== process.getuid?.() || (stats.mode & 0o022) !== 0) return {};
  } catch {
    return {};
  }
  return {
    SANDBOX_CACHE_DIR: cache,
    NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? join(cache, "node"),
  };
}

/** The next sandbox on the same database has another data folder, but must decrypt the same secrets. */
const deriveSecretKey = (databaseUrl: string): string =>
  createHash("sha256").update(`pesarail sandbox ${databaseUrl}`).digest("hex");

function forEachLine({ stdout, stderr }: ChildProcess, onLine: (line: string) => void): void {
  for (const stream of [stdout, stderr]) if (stream !== null) createInterface(stream).on("line", onLine);
}

/** An older file is from a server that was killed. */
const isNewer = (file: string, startedAt: number): boolean =>
  existsSync(file) && statSync(file).mtimeMs >= startedAt;

function waitForExit(child: ChildProcess, file: string): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(describeSpawnError(file, error)));
    child.once("close", (code, signal) =>
      resolve(code === null ? `It was killed by ${signal}.` : `It exited with code ${code}.`),
    );
  });
}

/** If the program exists and the error is ENOENT, its C library is missing. */
function describeSpawnError(file: string, error: NodeJS.ErrnoException): string {
  return error.code === "ENOENT" && existsSync(file)
    ? "Its Node 26 does not run here. It needs macOS, or Linux with glibc (Alpine has musl)."
    : error.message;
}

async function withTimeout(ms: number, promise: Promise<string | null>): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`It was not ready after ${ms / 1000} s.`), ms);
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

/** Sets whether the child keeps this process alive. The streams are sockets, although their type does not say so. */
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
