import { chmod, mkdtemp, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A temporary folder with a server's data and output. It is removed at the end. */
export interface TempFolder extends AsyncDisposable {
  readonly dataDir: string;
  readonly logFile: string;
}

/** Linux's magic number of in-memory file systems. */
const tmpfsMagic = 0x01021994;

/**
 * Creates the folder in `parent`, by default the system's temporary folder.
 *
 * Throws if the file system is in memory: `fsync` costs nothing there, and the benchmark measures durable payments.
 */
export async function createTempFolder(parent = tmpdir()): Promise<TempFolder> {
  if ((await statfs(parent)).type === tmpfsMagic) {
    throw new Error(
      `${parent} is on an in-memory file system, where nothing is durable. Choose a folder on a disk with --dir.`,
    );
  }
  const folder = await mkdtemp(join(parent, "pesarail-bench-"));
  // If this process is root, PostgreSQL runs as another user and needs access.
  await chmod(folder, 0o711);
  return {
    dataDir: join(folder, "data"),
    logFile: join(folder, "server.log"),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}
