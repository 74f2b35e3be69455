/**
 * The user that PostgreSQL runs as when we are root, because PostgreSQL refuses to be root.
 */
import { type SpawnOptions, spawnSync } from "node:child_process";
import { ClusterError } from "./cluster-error.ts";

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export const isRoot = (): boolean => process.getuid?.() === 0;

/**
 * `postgres` where a package has made it, else one of our own, else `nobody`, who owns other programs'
 * processes too and is the last resort for that.
 */
export function postgresAccount(): Account {
  const account = lookUp("postgres") ?? lookUp("pesarail") ?? create("pesarail") ?? lookUp("nobody");
  if (account !== null) return account;
  throw new ClusterError("PostgreSQL does not run as root, and no other user could be found or made for it.");
}

function lookUp(name: string): Account | null {
  const [uid, gid] = ["-u", "-g"].map((flag) => {
    const { status, stdout } = spawnSync("id", [flag, name], { encoding: "utf8" });
    return status === 0 ? Number(stdout) : 0;
  });
  return uid && gid ? { uid, gid } : null;
}

function create(name: string): Account | null {
  spawnSync("useradd", ["--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name]);
  return lookUp(name);
}

/**
 * How to run a program of PostgreSQL's: as this account, in a folder that every account can enter, and
 * with none of our environment, which holds secrets, and whose PGPORT and the like would be obeyed.
 */
export function runAs(account: Account | null) {
  return {
    ...account,
    cwd: "/",
    env: { PATH: process.env["PATH"], LC_ALL: "C" },
  } satisfies SpawnOptions;
}

/** Whether the account can pass through the folder. Asked of the system, since modes alone do not tell all. */
export function canReach(account: Account, dir: string): boolean {
  const { status } = spawnSync("/bin/sh", ["-c", 'cd -- "$0"', dir], runAs(account));
  return status === 0;
}

/** Whether the account can run the program, its shared libraries included. */
export function canRun(account: Account, file: string): boolean {
  return spawnSync(file, ["--version"], runAs(account)).status === 0;
}
