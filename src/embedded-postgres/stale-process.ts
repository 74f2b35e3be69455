/**
 * Cleans up after a killed server: a PostgreSQL that still runs, or the child processes of a killed PostgreSQL, and a
 * stale `postmaster.pid`.
 */
import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { msPerSecond } from "../core/clock.ts";
import { errorCode } from "./cluster-error.ts";
import { stopProcess } from "./stop-process.ts";

const pollIntervalMs = 20;

/**
 * Stops all PostgreSQL processes of this cluster and removes a `postmaster.pid` that would prevent the next start.
 *
 * Only call it while holding the lock of the data folder: then no other server may be running PostgreSQL there.
 */
export async function stopStalePostgres(cluster: string, onProgress: (line: string) => void): Promise<void> {
  const file = join(cluster, "postmaster.pid");
  const pid = readPid(file);
  if (pid === null) return;

  if (isPostgresProcess(pid, cluster)) {
    onProgress(`Stopping the PostgreSQL that an earlier server left running (process ${pid}) …`);
    await stopProcess(pid, waitUntilGone(pid, cluster));
  }
  // Child processes of a killed postmaster exit within milliseconds, unless they are busy. Starting another
  // postmaster while they run would corrupt the data.
  for (const child of findProcesses(cluster))
    await stopProcess(child, waitUntilGone(child, cluster), msPerSecond);

  // PostgreSQL would trust the file if another process has the same id now. Otherwise, where child processes
  // are not visible, PostgreSQL itself is the better judge.
  if (process.platform === "linux" || exists(pid)) rmSync(file, { force: true });
}

function readPid(file: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(file, "utf8"), 10);
    return Number.isNaN(pid) ? null : pid;
  } catch {
    return null;
  }
}

/**
 * Whether the process is a PostgreSQL of this cluster. The working directory of all its processes is the cluster's
 * folder. A zombie process has no working directory and so counts as exited.
 */
function isPostgresProcess(pid: number, cluster: string): boolean {
  if (process.platform === "linux") {
    try {
      const workingDir = readlinkSync(`/proc/${pid}/cwd`);
      // After a reinstallation by npm, the name of the running program ends with " (deleted)".
      return (
        workingDir === realpathSync(cluster) &&
        basename(readlinkSync(`/proc/${pid}/exe`)).startsWith("postgres")
      );
    } catch {
      return false;
    }
  }
  const { stdout } = spawnSync("ps", ["-ww", "-o", "args=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.includes("postgres") && stdout.includes(cluster);
}

/** Linux only. Elsewhere PostgreSQL finds such child processes itself, through their shared memory. */
function findProcesses(cluster: string): number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && isPostgresProcess(pid, cluster));
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) !== "ESRCH";
  }
}

async function waitUntilGone(pid: number, cluster: string): Promise<void> {
  while (isPostgresProcess(pid, cluster)) await sleep(pollIntervalMs);
}
