/**
 * The operating system user that runs PostgreSQL if Pesarail runs as root. PostgreSQL refuses to run as root.
 */
import { type SpawnOptions, spawnSync } from "node:child_process";
import { ClusterError } from "./cluster-error.ts";

export interface OsUser {
  readonly uid: number;
  readonly gid: number;
}

export const isRoot = (): boolean => process.getuid?.() === 0;

/**
 * `postgres` if it exists, else the user `pesarail` (created if needed). `nobody` is the last resort, because other
 * programs run as that user too.
 */
export function findPostgresUser(): OsUser {
  const user = findUser("postgres") ?? findUser("pesarail") ?? createUser("pesarail") ?? findUser("nobody");
  if (user !== null) return user;
  throw new ClusterError(
    "PostgreSQL does not run as root, and no other user could be found or created. Create a user named postgres, or start Pesarail as a normal user.",
  );
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
 * Options to run a PostgreSQL program: as this user, in a folder that every user can enter, and without this process's
 * environment, which contains secrets and may contain variables such as PGPORT.
 */
export function runAs(user: OsUser | null) {
  return {
    ...user,
    cwd: "/",
    env: { PATH: process.env["PATH"], LC_ALL: "C" },
  } satisfies SpawnOptions;
}

/** Whether the user can enter the folder. Tested by doing it, because modes alone are not enough to know. */
export function canReach(user: OsUser, dir: string): boolean {
  const { status } = spawnSync("/bin/sh", ["-c", 'cd -- "$0"', dir], runAs(user));
  return status === 0;
}

/** Whether the user can run the program with its shared libraries. */
export function canRun(user: OsUser, file: string): boolean {
  return spawnSync(file, ["--version"], runAs(user)).status === 0;
}
