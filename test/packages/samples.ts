/** The files and commands that a page shows, to be run as they stand. */
import { readFileSync } from "node:fs";

export interface SampleFile {
  readonly name: string;
  readonly text: string;
}

const readBlocks = (page: string, languages: string): string[] =>
  [...readFileSync(page, "utf8").matchAll(new RegExp(`^\`\`\`(?:${languages})\\n(.*?)^\`\`\``, "gms"))].map(
    ([, text = ""]) => text,
  );

/** Those whose first line is a comment with their name. */
export const readSampleFiles = (page: string): SampleFile[] =>
  readBlocks(page, "js|ts|mjs|cjs|yaml").flatMap((text) => {
    const [, name] = /^(?:\/\/|#) ([\w./-]+\.\w+)$/m.exec(text.split("\n", 1)[0] ?? "") ?? [];
    return name === undefined ? [] : [{ name, text }];
  });

/** The lines of its shell blocks. */
export const readShellLines = (page: string): string[] =>
  readBlocks(page, "sh").flatMap((text) => text.trimEnd().split("\n"));
