import { renameSync, rmSync, writeFileSync } from "node:fs";

/** Writes a file so that a reader gets all of it or none, even after a crash. A failure leaves nothing behind. */
export function writeFileAtomic(file: string, content: string, mode: number): void {
  const draft = `${file}.new`;
  try {
    writeFileSync(draft, content, { mode, flush: true });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    // The system's error of a write names no file.
    throw error instanceof Error && !("path" in error) ? Object.assign(error, { path: file }) : error;
  }
}
