import { renameSync, writeFileSync } from "node:fs";

/** Writes a file so that whoever reads it, even after a crash in the middle, finds all of it or none. */
export function writeFileAtomic(file: string, content: string, mode: number): void {
  const draft = `${file}.new`;
  writeFileSync(draft, content, { mode, flush: true });
  renameSync(draft, file);
}
