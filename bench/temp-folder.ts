import { chmod, mkdtemp, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A temporary folder for one server: its data, and what it printed. Removed at the end. */
export interface TempFolder extends AsyncDisposable {
  readonly dataDir: string;
  readonly logFile: string;
}

/** Linux's magic number of a file system that lives in memory. */
const tmpfsMagic = 0x01021994;

/**
 * Makes the folder inside `parent`, by default the system's temporary folder.
 *
 * Throws where the file system is kept in memory: `fsync` costs nothing there, and payments that a
 * power cut would take back are not what we claim to measure.
 */
export async function createTempFolder(parent = tmpdir()): Promise<TempFolder> {
  if ((await statfs(parent)).type === tmpfsMagic) {
    throw new Error(
      `${parent} is kept in memory, where nothing is durable; name a folder on a disk with --dir`,
    );
  }
  const folder = await mkdtemp(join(parent, "pesarail-bench-"));
  // Passable, so that PostgreSQL can live inside it as another user when we are root.
  await chmod(folder, 0o711);
  return {
    dataDir: join(folder, "data"),
    logFile: join(folder, "server.log"),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}
