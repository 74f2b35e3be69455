/**
 * A disk that a test can fill: a tmpfs of its own, where this user may mount one. Elsewhere PostgreSQL's processes get
 * a limit for the size of their files, and so does the server, from which a restarted PostgreSQL inherits it.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SmallDisk extends Disposable {
  /** What fills it: `tmpfs` or `RLIMIT_FSIZE`. */
  readonly method: string;
  /** A data folder on it. */
  readonly dataDir: string;
  fill(): void;
  free(): void;
}

export function createSmallDisk(megabytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), "small-disk-"));
  chmodSync(folder, 0o711);
  const options = ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0711`, "tmpfs", folder];
  const mounted = spawnSync("mount", options).status === 0;
  const dataDir = join(folder, "data");
  mkdirSync(dataDir, { mode: 0o711 });
  chmodSync(dataDir, 0o711);
  return {
    method: mounted ? "tmpfs" : "RLIMIT_FSIZE",
    dataDir,
    ...(mounted ? fillTmpfs(folder) : limitFileSize(dataDir)),
    [Symbol.dispose]() {
      if (mounted) execFileSync("umount", ["--lazy", folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function fillTmpfs(folder: string) {
  const file = join(folder, "filler");
  return {
    fill() {
      const descriptor = openSync(file, "w");
      // PostgreSQL writes at the same time, so the space is taken bit by bit.
      for (const size of [1024 * 1024, 4096]) while (tryWrite(descriptor, size));
      closeSync(descriptor);
    },
    free: () => rmSync(file),
  };
}

function tryWrite(descriptor: number, size: number): boolean {
  try {
    return writeSync(descriptor, Buffer.alloc(size)) === size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
    throw error;
  }
}

/** PostgreSQL gets EFBIG from every write beyond the first page of a file. */
function limitFileSize(dataDir: string) {
  const setLimit = (limit: string): void => {
    for (const pid of findServerProcesses(dataDir))
      spawnSync("prlimit", ["--pid", String(pid), `--fsize=${limit}`]);
  };
  return { fill: () => setLimit("8192:unlimited"), free: () => setLimit("unlimited") };
}

/** The server and PostgreSQL's processes. */
function findServerProcesses(dataDir: string): number[] {
  const server = Number(readFileSync(join(dataDir, "server.pid"), "utf8"));
  const listChildren = (pid: number): number[] => {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
    return [pid, ...children.flatMap(listChildren)];
  };
  return listChildren(server);
}
