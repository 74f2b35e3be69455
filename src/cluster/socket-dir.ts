/**
 * The folder of the Unix socket, PostgreSQL's only door.
 */
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Account } from "./account.ts";
import { ClusterError } from "./cluster-error.ts";
import { shortHash } from "./place.ts";

/** PostgreSQL names the socket after its port; with no TCP it is nothing else. */
export const socketPort = 5432;

// Linux takes 107 bytes and macOS 103. What is longer, PostgreSQL refuses.
const socketPathBytesMax = 100;

/**
 * Where the socket goes: into the cluster's home, or under the system's temporary folder where that path
 * is too long. The name there is always the same, so that folders do not pile up.
 */
export function socketDir(home: string, account: Account | null): string {
  const name = `pesarail-${shortHash(`${account?.uid ?? process.getuid?.()} ${home}`)}`;
  const dir = [join(home, "socket"), join(tmpdir(), name), join("/tmp", name)].find(fits);
  if (dir !== undefined) return dir;
  throw new ClusterError("There is no folder with a path short enough for a socket.");
}

const fits = (dir: string): boolean =>
  Buffer.byteLength(`${dir}/.s.PGSQL.${socketPort}`) <= socketPathBytesMax;

/**
 * Makes the folder, for the account alone (and for root, whom modes do not bind), and empties it: the
 * socket of a PostgreSQL that was killed is in the way of the next. Call it while none is running.
 */
export function prepareSocketDir(dir: string, account: Account | null): void {
  makePrivate(dir, account);
  for (const stale of readdirSync(dir)) rmSync(join(dir, stale));
}

/** Makes a folder that only the account can use. Throws `ClusterError` if somebody else has it already. */
export function makePrivate(dir: string, account: Account | null): void {
  const made = mkdirSync(dir, { recursive: true, mode: 0o700 }) !== undefined;
  const found = lstatSync(dir);
  const us = process.getuid?.();
  const ours = found.uid === us || found.uid === account?.uid;
  if (!found.isDirectory() || (!made && !ours)) {
    throw new ClusterError(`The folder ${dir} belongs to somebody else; remove it and start again.`);
  }
  chmodSync(dir, 0o700);
  if (account !== null) chownSync(dir, account.uid, account.gid);
}
