/**
 * Copies PostgreSQL's programs for a user who has no access to `node_modules`.
 */
import { chmodSync, cpSync, existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Binaries } from "./binaries.ts";

/**
 * Copies them into `folder`, unless this version exists there. All clones on this machine share one copy. It is renamed
 * into place when complete, so an interrupted copy is never run.
 */
export function copyBinaries(
  packaged: Binaries,
  folder: string,
  onProgress: (line: string) => void,
): Binaries {
  const root = join(folder, `postgresql-${packaged.version}`);
  if (!existsSync(root)) {
    onProgress(`The user that runs PostgreSQL has no access to its programs; copying them to ${root} …`);
    const draft = `${root}.${process.pid}`;
    // Static libraries are half of the package and not needed.
    cpSync(packaged.root, draft, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (file) => !file.endsWith(".a"),
    });
    makeReadable(draft);
    try {
      renameSync(draft, root);
    } catch (error) {
      rmSync(draft, { recursive: true });
      if (!existsSync(root)) throw error; // Otherwise another start has made the same copy.
    }
  }
  return { root, version: packaged.version };
}

/** Makes the copy readable by every user. In a clone with a strict umask, only the owner can read the files. */
function makeReadable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const file = join(entry.parentPath, entry.name);
    const isExecutable = entry.isDirectory() || (statSync(file).mode & 0o100) !== 0;
    chmodSync(file, isExecutable ? 0o755 : 0o644);
  }
}
