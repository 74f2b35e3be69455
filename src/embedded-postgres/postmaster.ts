/**
 * One PostgreSQL server process.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runAs } from "./os-user.ts";
import { binaryPath } from "./binaries.ts";
import { ClusterError } from "./cluster-error.ts";
import { stopProcess } from "./stop-process.ts";
import type { ClusterLocation, OnProgress } from "./location.ts";
import { socketPort } from "./socket-dir.ts";

/**
 * The settings that differ from PostgreSQL's defaults. They are on the command line, not in `postgresql.conf`, so that a
 * cluster of an older release runs with the settings of this one.
 *
 * `fsync` and `synchronous_commit` stay on, so a payment is on disk before its response is sent. The WAL is not
 * compressed, because npm's PostgreSQL has neither lz4 nor zstd.
 */
// prettier-ignore
const serverSettings = {
  // No TCP: only processes that can open the socket's folder can try to connect.
  listen_addresses: "",
  unix_socket_permissions: "0700",

  // Enough for the hot tables and for bursts of writes between checkpoints. Memory is only allocated when used.
  shared_buffers: "512MB",
  max_wal_size: "4GB",
  checkpoint_timeout: "15min",
  max_connections: "200",
  // The embedded PostgreSQL has no replicas. For replication, set DATABASE_URL to another server.
  wal_level: "minimal",
  max_wal_senders: "0",
  // Pesarail's statements are short, so JIT compilation costs more than it saves.
  jit: "off",

  timezone: "UTC",
  log_timezone: "UTC",
  // Statements and error details contain row values such as phone numbers, which must not be logged.
  log_error_verbosity: "terse",
  log_min_error_statement: "panic",
};

export interface Postmaster {
  /** Fulfilled when it has exited, with the reason: `signal SIGKILL`, `code 1`. */
  readonly ended: Promise<string>;
  stop(fastMs?: number): Promise<void>;
  /** Makes it exit at once, without waiting. Its next start recovers what was committed from the WAL. */
  quit(): void;
}

export interface PostmasterOptions {
  readonly location: ClusterLocation;
  readonly socketDir: string;
  /** The file for PostgreSQL's log. */
  readonly log: string;
  /** Settings that replace those above. */
  readonly settings: Readonly<Record<string, string>>;
}

const pollIntervalMs = 10;
const reportEveryMs = 5_000;

/**
 * Starts PostgreSQL and waits until it accepts connections: usually milliseconds, but minutes after a crash with much to
 * recover. Throws `ClusterError` with PostgreSQL's message if it exits instead. Aborting `signal` makes it exit.
 *
 * It has its own process group, because Ctrl-C signals every process of the terminal's group, and PostgreSQL must run
 * until the server has finished its work.
 */
export async function startPostmaster(
  { location, socketDir, log, settings: extraSettings }: PostmasterOptions,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Postmaster> {
  const logFrom = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  const output = openSync(log, "a", 0o600);
  const settings = Object.entries({
    ...serverSettings,
    ...extraSettings,
    unix_socket_directories: quoteListItem(socketDir),
    port: socketPort,
  });
  const child = spawn(
    binaryPath(location.binaries, "postgres"),
    ["-D", location.cluster, ...settings.flatMap(([name, value]) => ["-c", `${name}=${value}`])],
    { ...runAs(location.user), detached: true, stdio: ["ignore", output, output] },
  );
  closeSync(output);

  const ended = waitForExit(child);
  const interrupt = () => child.kill("SIGINT");
  signal.addEventListener("abort", interrupt);
  if (signal.aborted) interrupt();
  try {
    for (let waitedMs = 0; isRunning(child); waitedMs += pollIntervalMs) {
      if (isReady(location.cluster, child.pid)) {
        return {
          ended,
          stop: (fastMs) => stopProcess(child.pid ?? 0, ended, fastMs),
          quit: () => void child.kill("SIGQUIT"),
        };
      }
      if (waitedMs > 0 && waitedMs % reportEveryMs === 0)
        onProgress("PostgreSQL is still recovering after a crash …");
      await Promise.race([sleep(pollIntervalMs), ended]);
    }
  } finally {
    signal.removeEventListener("abort", interrupt);
  }
  throw new ClusterError(`PostgreSQL did not start (${await ended}): ${readFatalError(log, logFrom)}`);
}

const isRunning = ({ pid, exitCode, signalCode }: ChildProcess): boolean =>
  pid !== undefined && exitCode === null && signalCode === null;

function waitForExit(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal === null ? `code ${code}` : `signal ${signal}`));
  });
}

/** The eighth line of this file is PostgreSQL's status. `pg_ctl` polls it as well. */
function isReady(cluster: string, pid: number | undefined): boolean {
  try {
    const lines = readFileSync(join(cluster, "postmaster.pid"), "utf8").split("\n");
    return Number(lines[0]) === pid && lines[7]?.trim() === "ready";
  } catch {
    return false;
  }
}

/** The last fatal error that PostgreSQL logged in this attempt. */
function readFatalError(log: string, from: number): string {
  const lines = readFileSync(log).subarray(from).toString().split("\n");
  const fatal = lines.findLast((line) => /FATAL|PANIC/.test(line));
  return `${fatal?.replace(/^.*?(FATAL|PANIC):\s*/, "") ?? "no reason was logged"} (see ${log})`;
}

// The setting is a list: a comma or space in an unquoted folder name would end the item.
const quoteListItem = (dir: string): string => `"${dir.replaceAll('"', '""')}"`;
