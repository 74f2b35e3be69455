/**
 * What a server that was killed leaves behind: a PostgreSQL without anybody to stop it, or, where that
 * was killed too, its children for a moment, and a `postmaster.pid` that tells of a process long gone.
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
 * Stops whatever still runs on this cluster, and removes the file that would keep the next from starting.
 *
 * Only call it while holding the claim on the data folder: then nobody else can rightly be running one.
 */
export async function stopStalePostgres(cluster: string, onProgress: (line: string) => void): Promise<void> {
  const file = join(cluster, "postmaster.pid");
  const pid = readPid(file);
  if (pid === null) return;

  if (isPostgresProcess(pid, cluster)) {
    onProgress(`Stopping the PostgreSQL that an earlier server left running (process ${pid}) …`);
    await stopProcess(pid, waitUntilGone(pid, cluster));
  }
  // The children of a killed postmaster notice within milliseconds, unless they are in the middle of
  // something. A new one beside them would damage the data.
  for (const child of findProcesses(cluster))
    await stopProcess(child, waitUntilGone(child, cluster), msPerSecond);

  // PostgreSQL would believe the file if the system has given the number to another process since. If it
  // has not, PostgreSQL judges better than we do where children cannot be seen.
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
 * Whether the process is a PostgreSQL on this very cluster. All of its processes work in the cluster's
 * folder. One that has ended and waits to be collected has no folder any more, and so counts as gone.
 */
function isPostgresProcess(pid: number, cluster: string): boolean {
  if (process.platform === "linux") {
    try {
      const workingDir = readlinkSync(`/proc/${pid}/cwd`);
      // After npm installs anew, the running program's name has " (deleted)" at its end.
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

/** Only Linux shows this. Elsewhere PostgreSQL finds such children itself, by the memory that they share. */
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
