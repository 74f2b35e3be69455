/**
 * A copy of PostgreSQL's programs for a user who cannot reach `node_modules`.
 */
import { chmodSync, cpSync, existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Binaries } from "./binaries.ts";

/**
 * Copies them into `folder`, unless this version is there. All clones of this machine share one copy,
 * which appears whole or not at all, so an interrupted copy is never run.
 */
export function copyBinaries(
  packaged: Binaries,
  folder: string,
  onProgress: (line: string) => void,
): Binaries {
  const root = join(folder, `postgresql-${packaged.version}`);
  if (!existsSync(root)) {
    onProgress(`The user that runs PostgreSQL cannot reach its programs here; copying them to ${root} …`);
    const draft = `${root}.${process.pid}`;
    // Static libraries are half of the package and nobody links against them.
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
      if (!existsSync(root)) throw error; // Otherwise another start was quicker, with the same files.
    }
  }
  return { root, version: packaged.version };
}

/** A clone made under a strict umask has files that only their owner may read. */
function makeReadable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const file = join(entry.parentPath, entry.name);
    const isExecutable = entry.isDirectory() || (statSync(file).mode & 0o100) !== 0;
    chmodSync(file, isExecutable ? 0o755 : 0o644);
  }
}
