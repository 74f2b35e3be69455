/**
 * Where the shared cluster of the tests lives: in memory, if there is enough.
 *
 * Each test's database has 1,700 files. Creating and dropping them took half a second of processor time on ext4, and 20 ms
 * in memory.
 */
import { accessSync, constants, mkdtempSync, readdirSync, rmSync, statfsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { msPerMinute } from "../../src/core/clock.ts";
import { DataDirInUse, lockDataDir } from "../../src/embedded-postgres/data-dir-lock.ts";
import { stopStalePostgres } from "../../src/embedded-postgres/stale-process.ts";

const memoryFolder = "/dev/shm";
const prefix = "pesarail-test-";
/** A database has 25 MB, and is dropped at the end of its test. */
const minFreeBytes = 4 * 1024 ** 3;

/** Creates a data folder in memory or, if that is too small, in the system's temporary folder. */
export async function createClusterFolder(): Promise<string> {
  if (!hasMemory()) return mkdtempSync(join(tmpdir(), prefix));
  await removeAbandoned();
  return mkdtempSync(join(memoryFolder, prefix));
}

/** Both limits count: that of the file system, and what the machine or the container has left. */
function hasMemory(): boolean {
  try {
    accessSync(memoryFolder, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(memoryFolder);
    return Math.min(bavail * bsize, process.availableMemory()) >= minFreeBytes;
  } catch {
    return false;
  }
}

/** Removes the folders of killed runs, which would occupy memory until the machine restarts. */
async function removeAbandoned(): Promise<void> {
  for (const name of readdirSync(memoryFolder).filter((each) => each.startsWith(prefix))) {
    const folder = join(memoryFolder, name);
    const stats = statSync(folder, { throwIfNoEntry: false });
    // A younger one may not be locked yet.
    if (stats?.uid !== process.getuid?.() || Date.now() - (stats?.ctimeMs ?? 0) < msPerMinute) continue;
    try {
      const lock = await lockDataDir(folder, 0);
      await stopStalePostgres(join(folder, "postgres", "cluster"), () => {});
      rmSync(folder, { recursive: true, force: true });
      lock.release();
    } catch (error) {
      if (!(error instanceof DataDirInUse)) throw error;
    }
  }
}
