/**
 * The folder of the Unix socket. PostgreSQL accepts no other connections.
 */
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OsUser } from "./os-user.ts";
import { ClusterError } from "./cluster-error.ts";
import { shortHash } from "./location.ts";

/** PostgreSQL names the socket after its port. Without TCP the port has no other use. */
export const socketPort = 5432;

// Linux allows 107 bytes and macOS 103. PostgreSQL rejects longer paths.
const maxSocketPathBytes = 100;

/**
 * The socket's folder: in the cluster's base folder, or under the system's temporary folder if that path is too long. The
 * name there is always the same, so that folders do not accumulate.
 */
export function socketDir(baseDir: string, user: OsUser | null): string {
  const name = `pesarail-${shortHash(`${user?.uid ?? process.getuid?.()} ${baseDir}`)}`;
  const dir = [join(baseDir, "socket"), join(tmpdir(), name), join("/tmp", name)].find(fits);
  if (dir !== undefined) return dir;
  throw new ClusterError(
    "No folder has a path short enough for a socket. Set DATA_DIR or TMPDIR to a shorter path.",
  );
}

const fits = (dir: string): boolean =>
  Buffer.byteLength(`${dir}/.s.PGSQL.${socketPort}`) <= maxSocketPathBytes;

/**
 * Creates the folder, accessible only to the user (and root), and empties it: the socket of a killed PostgreSQL would
 * prevent the next start. Call it while PostgreSQL is not running.
 */
export function prepareSocketDir(dir: string, user: OsUser | null): void {
  createPrivateDir(dir, user);
  for (const stale of readdirSync(dir)) rmSync(join(dir, stale));
}

/** Creates a folder that only the user can access. Throws `ClusterError` if it belongs to another user. */
export function createPrivateDir(dir: string, user: OsUser | null): void {
  const created = mkdirSync(dir, { recursive: true, mode: 0o700 }) !== undefined;
  const stats = lstatSync(dir);
  const currentUid = process.getuid?.();
  const isOwn = stats.uid === currentUid || stats.uid === user?.uid;
  if (!stats.isDirectory() || (!created && !isOwn)) {
    throw new ClusterError(`The folder ${dir} belongs to another user. Remove it and start again.`);
  }
  chmodSync(dir, 0o700);
  if (user !== null) chownSync(dir, user.uid, user.gid);
}
