/**
 * Locks a data folder, so that only one server uses it.
 *
 * The lock is SQLite's lock on an empty file. SQLite is part of Node and uses the kernel's file locks on Linux and macOS.
 * The kernel releases the lock when the process exits, so it cannot become stale. Two processes cannot both get it. It
 * also works between containers that share a folder and cannot see each other's processes. A file with a process id has
 * none of these properties.
 */
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { ClusterError, errorCode } from "./cluster-error.ts";

export interface DataDirLock {
  release(): void;
}

/** Another process has locked the folder. */
export class DataDirInUse extends ClusterError {}

const sqliteBusy = 5;
const sqliteNotADatabase = 26;
const pollIntervalMs = 25;

// Without a reference, the garbage collector would close the database and release its lock.
const lockedDatabases = new Set<DatabaseSync>();

/**
 * Creates the folder if needed and locks it until `release` or until the process exits.
 *
 * It waits up to `timeoutMs` for another process, so that a restart right after Ctrl-C succeeds. Throws `DataDirInUse`, or
 * `ClusterError` if the folder cannot be written.
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

  try {
    writeFileSync(holderFile, `${process.pid}\n`, { mode: 0o600 });
  } catch (cause) {
    lock.release();
    throw createNotWritableError(dir, cause);
  }
  return lock;
}

/**
 * Other users may enter the folder but not list it: PostgreSQL may run as another user, and `ca.pem` is public. Secret
 * files have mode 600.
 */
function makeWritable(dir: string): void {
  try {
    const isNew = !existsSync(dir);
    createWithParents(dir);
    accessSync(dir, constants.W_OK | constants.X_OK);
    // The folder contains keys and is often inside a project's repository.
    if (isNew) writeFileSync(join(dir, ".gitignore"), "*\n");
  } catch (cause) {
    throw createNotWritableError(dir, cause);
  }
}

const createNotWritableError = (dir: string, cause: unknown): ClusterError =>
  new ClusterError(`The data folder ${dir} cannot be written (${errorCode(cause)}).`, { cause });

// Not the `recursive` option of mkdirSync, which never returns where mkdir always fails with ENOENT, as in /proc.
function createWithParents(dir: string): void {
  if (existsSync(dir)) return;
  createWithParents(dirname(dir));
  try {
    mkdirSync(dir);
    chmodSync(dir, 0o711); // whatever the umask
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error; // Otherwise another process has just created it.
  }
}

function tryLock(dir: string, file: string): DataDirLock | null {
  let database: DatabaseSync | undefined;
  try {
    createOnce(file);
    // SQLite would take a short text for an empty file.
    const stats = statSync(file);
    if (stats.isFile() && stats.size > 0) throw createForeignContentError(file);
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
    if (cause instanceof ClusterError) throw cause;
    if (cause instanceof Error && "errcode" in cause && cause.errcode === sqliteBusy) return null;
    if (cause instanceof Error && "errcode" in cause && cause.errcode === sqliteNotADatabase) {
      throw createForeignContentError(file);
    }
    throw new ClusterError(
      `The data folder ${dir} cannot be locked: ${file} cannot be used (${describeCause(cause)}).`,
      { cause },
    );
  }
}

const createForeignContentError = (file: string): ClusterError =>
  new ClusterError(`The file ${file} has another content than Pesarail gave it. Remove it and start again.`);

/** SQLite's message says more than its code, which is always the same. */
const describeCause = (cause: unknown): string =>
  cause instanceof Error && "errcode" in cause ? cause.message : errorCode(cause);

/** Never opens an existing file: closing it would release a lock that this process holds on it. */
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
