/**
 * The user that PostgreSQL runs as when we are root, because PostgreSQL refuses to be root.
 */
import { type SpawnOptions, spawnSync } from "node:child_process";
import { ClusterError } from "./cluster-error.ts";

export interface OsUser {
  readonly uid: number;
  readonly gid: number;
}

export const isRoot = (): boolean => process.getuid?.() === 0;

/**
 * `postgres` where a package has made it, else one of our own, else `nobody`, who owns other programs'
 * processes too and is the last resort for that.
 */
export function findPostgresUser(): OsUser {
  const user = findUser("postgres") ?? findUser("pesarail") ?? createUser("pesarail") ?? findUser("nobody");
  if (user !== null) return user;
  throw new ClusterError("PostgreSQL does not run as root, and no other user could be found or made for it.");
}

function findUser(name: string): OsUser | null {
  const [uid, gid] = ["-u", "-g"].map((option) => {
    const { status, stdout } = spawnSync("id", [option, name], { encoding: "utf8" });
    return status === 0 ? Number(stdout) : 0;
  });
  return uid && gid ? { uid, gid } : null;
}

function createUser(name: string): OsUser | null {
  spawnSync("useradd", ["--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name]);
  return findUser(name);
}

/**
 * How to run a program of PostgreSQL's: as this account, in a folder that every account can enter, and
 * with none of our environment, which holds secrets, and whose PGPORT and the like would be obeyed.
 */
export function runAs(user: OsUser | null) {
  return {
    ...user,
    cwd: "/",
    env: { PATH: process.env["PATH"], LC_ALL: "C" },
  } satisfies SpawnOptions;
}

/** Whether the account can pass through the folder. Asked of the system, since modes alone do not tell all. */
export function canReach(user: OsUser, dir: string): boolean {
  const { status } = spawnSync("/bin/sh", ["-c", 'cd -- "$0"', dir], runAs(user));
  return status === 0;
}

/** Whether the account can run the program, its shared libraries included. */
export function canRun(user: OsUser, file: string): boolean {
  return spawnSync(file, ["--version"], runAs(user)).status === 0;
}
