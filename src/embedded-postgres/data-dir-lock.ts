/**
 * One server at a time in a data folder.
 *
 * The lock is SQLite's, on an empty file: SQLite is in Node, takes the kernel's own file lock, and does so
 * alike on Linux and macOS. The kernel drops the lock with the process, however it ends, so nothing stale
 * can be left; two starters cannot both have it; and it also holds between containers that share a folder
 * and cannot see each other's process numbers. A file with a process number in it has none of the three.
 */
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { ClusterError, errorCode } from "./cluster-error.ts";

export interface DataDirLock {
  release(): void;
}

/** Another process has the folder. */
export class DataDirInUse extends ClusterError {}

const sqliteBusy = 5;
const pollIntervalMs = 25;

// A database that nobody refers to is closed by the garbage collector, and its lock gone with it.
const lockedDatabases = new Set<DatabaseSync>();

/**
 * Makes the folder if need be and takes it for this process until `release`, or until the process ends.
 *
 * A holder that is just stopping has `patienceMs` to be done: whoever presses Ctrl-C and starts again
 * should not be told off. Throws `DataDirInUse`, or `ClusterError` if the folder cannot be written.
 */
export async function lockDataDir(dir: string, timeoutMs = 5_000): Promise<DataDirLock> {
  makeWritable(dir);
  const lockFile = join(dir, "lock");
  const holderFile = join(dir, "server.pid");

  const deadline = performance.now() + timeoutMs;
  let lock = tryLock(dir, lockFile);
  while (lock === null && performance.now() < deadline) {
    await sleep(pollIntervalMs);
    lock = tryLock(dir, lockFile);
  }
  if (lock === null) throw new DataDirInUse(`The data folder ${dir} is in use by ${readHolder(holderFile)}.`);

  writeFileSync(holderFile, `${process.pid}\n`, { mode: 0o600 });
  return lock;
}

/**
 * Others may pass through the folder, not list it: PostgreSQL may run as another user inside, and
 * `ca.pem` is for everybody. What is secret in it has mode 600 of its own.
 */
function makeWritable(dir: string): void {
  try {
    const isNew = !existsSync(dir);
    createWithParents(dir);
    accessSync(dir, constants.W_OK | constants.X_OK);
    // It holds keys, and stands in somebody's project as often as not.
    if (isNew) writeFileSync(join(dir, ".gitignore"), "*\n");
  } catch (cause) {
    throw new ClusterError(`The data folder ${dir} cannot be written (${errorCode(cause)}).`, { cause });
  }
}

// Not mkdirSync's own `recursive`: where the system says "no such file" for good, as in /proc, it tries for ever.
function createWithParents(dir: string): void {
  if (existsSync(dir)) return;
  createWithParents(dirname(dir));
  try {
    mkdirSync(dir);
    chmodSync(dir, 0o711); // whatever the umask
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error; // Otherwise another starter was quicker.
  }
}

function tryLock(dir: string, file: string): DataDirLock | null {
  let database: DatabaseSync | undefined;
  try {
    createOnce(file);
    database = new DatabaseSync(file);
    database.exec("begin exclusive");
    const lockedDatabase = database;
    lockedDatabases.add(lockedDatabase);
    return {
      release() {
        lockedDatabases.delete(lockedDatabase);
        lockedDatabase.close();
      },
    };
  } catch (cause) {
    database?.close();
    if (cause instanceof Error && "errcode" in cause && cause.errcode === sqliteBusy) return null;
    throw new ClusterError(`The data folder ${dir} cannot be locked (${errorCode(cause)}).`, { cause });
  }
}

/** Never opens a file that is there: closing it again would drop a lock that this process has on it. */
function createOnce(file: string): void {
  try {
    writeFileSync(file, "", { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  }
}

function readHolder(file: string): string {
  try {
    return `process ${readFileSync(file, "utf8").trim()}`;
  } catch {
    return "another process";
  }
}
