import { renameSync, writeFileSync } from "node:fs";

/** Writes a file so that a reader gets all of it or none, even after a crash. */
export function writeFileAtomic(file: string, content: string, mode: number): void {
  const draft = `${file}.new`;
  writeFileSync(draft, content, { mode, flush: true });
  renameSync(draft, file);
}
