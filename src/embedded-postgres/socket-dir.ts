/**
 * The folder of the Unix socket, PostgreSQL's only door.
 */
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OsUser } from "./os-user.ts";
import { ClusterError } from "./cluster-error.ts";
import { shortHash } from "./location.ts";

/** PostgreSQL names the socket after its port; with no TCP it is nothing else. */
export const socketPort = 5432;

// Linux takes 107 bytes and macOS 103. What is longer, PostgreSQL refuses.
const maxSocketPathBytes = 100;

/**
 * Where the socket goes: into the cluster's home, or under the system's temporary folder where that path
 * is too long. The name there is always the same, so that folders do not pile up.
 */
export function socketDir(baseDir: string, user: OsUser | null): string {
  const name = `pesarail-${shortHash(`${user?.uid ?? process.getuid?.()} ${baseDir}`)}`;
  const dir = [join(baseDir, "socket"), join(tmpdir(), name), join("/tmp", name)].find(fits);
  if (dir !== undefined) return dir;
  throw new ClusterError("There is no folder with a path short enough for a socket.");
}

const fits = (dir: string): boolean =>
  Buffer.byteLength(`${dir}/.s.PGSQL.${socketPort}`) <= maxSocketPathBytes;

/**
 * Makes the folder, for the account alone (and for root, whom modes do not bind), and empties it: the
 * socket of a PostgreSQL that was killed is in the way of the next. Call it while none is running.
 */
export function prepareSocketDir(dir: string, user: OsUser | null): void {
  createPrivateDir(dir, user);
  for (const stale of readdirSync(dir)) rmSync(join(dir, stale));
}

/** Makes a folder that only the account can use. Throws `ClusterError` if somebody else has it already. */
export function createPrivateDir(dir: string, user: OsUser | null): void {
  const created = mkdirSync(dir, { recursive: true, mode: 0o700 }) !== undefined;
  const stats = lstatSync(dir);
  const currentUid = process.getuid?.();
  const isOwn = stats.uid === currentUid || stats.uid === user?.uid;
  if (!stats.isDirectory() || (!created && !isOwn)) {
    throw new ClusterError(`The folder ${dir} belongs to somebody else; remove it and start again.`);
  }
  chmodSync(dir, 0o700);
  if (user !== null) chownSync(dir, user.uid, user.gid);
}
