/** Writes samples as files. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export interface SampleFile {
  readonly path: string;
  readonly text: string;
}

/** Creates folders if necessary, and replaces older files. Returns the paths. */
export function writeFiles(files: readonly SampleFile[]): string[] {
  for (const { path, text } of files) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return files.map(({ path }) => path);
}
