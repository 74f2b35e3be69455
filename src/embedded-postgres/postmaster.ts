/**
 * One run of PostgreSQL, from its start to its end.
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
 * Everything that differs from PostgreSQL's defaults. On the command line, not in `postgresql.conf`, so that
 * a cluster made by an older Pesarail runs with what this one needs.
 *
 * `fsync` and `synchronous_commit` are not here: they are on, and a payment that was answered is on disk.
 * Nor is compression of the log: of the kinds worth their cost (lz4, zstd) npm's PostgreSQL has none.
 */
// prettier-ignore
const serverSettings = {
  // No network: whoever can open the socket's folder may try the password.
  listen_addresses: "",
  unix_socket_permissions: "0700",

  // Room for the hot tables and for bursts of writing between two checkpoints. The memory is taken as it is used.
  shared_buffers: "512MB",
  max_wal_size: "4GB",
  checkpoint_timeout: "15min",
  max_connections: "200",
  // Nobody replicates from our own cluster; whoever wants replicas brings a server by DATABASE_URL.
  wal_level: "minimal",
  max_wal_senders: "0",
  // Our statements are short. Compiling them costs more than it ever saves.
  jit: "off",

  timezone: "UTC",
  log_timezone: "UTC",
  // Statements and the details of errors quote rows, and rows hold phone numbers: neither belongs in a log.
  log_error_verbosity: "terse",
  log_min_error_statement: "panic",
};

export interface Postmaster {
  /** Fulfilled when it has ended, with how: `signal SIGKILL`, `code 1`. */
  readonly ended: Promise<string>;
  stop(fastMs?: number): Promise<void>;
}

const pollIntervalMs = 10;
const reportEveryMs = 5_000;

/**
 * Starts PostgreSQL and waits until it takes connections: milliseconds as a rule, minutes after a crash
 * with much to recover. Throws `ClusterError`, with PostgreSQL's own words, if it ends instead; aborting
 * `signal` makes it end.
 *
 * It gets a process group of its own, because Ctrl-C goes to every process of a terminal's group and
 * PostgreSQL has to outlive the server that is still finishing its work.
 */
export async function startPostmaster(
  location: ClusterLocation,
  socketDir: string,
  log: string,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Postmaster> {
  const logFrom = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  const output = openSync(log, "a", 0o600);
  const settings = Object.entries({
    ...serverSettings,
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
        return { ended, stop: (fastMs) => stopProcess(child.pid ?? 0, ended, fastMs) };
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

/** The eighth line of this file is PostgreSQL's own word on how far it is; `pg_ctl` waits for it as well. */
function isReady(cluster: string, pid: number | undefined): boolean {
  try {
    const lines = readFileSync(join(cluster, "postmaster.pid"), "utf8").split("\n");
    return Number(lines[0]) === pid && lines[7]?.trim() === "ready";
  } catch {
    return false;
  }
}

/** The last thing that PostgreSQL said was fatal in this attempt. */
function readFatalError(log: string, from: number): string {
  const lines = readFileSync(log).subarray(from).toString().split("\n");
  const fatal = lines.findLast((line) => /FATAL|PANIC/.test(line));
  return `${fatal?.replace(/^.*?(FATAL|PANIC):\s*/, "") ?? "it did not say why"} (see ${log})`;
}

// The setting is a list, and a comma or a space in a folder's name would end an item of it.
const quoteListItem = (dir: string): string => `"${dir.replaceAll('"', '""')}"`;
