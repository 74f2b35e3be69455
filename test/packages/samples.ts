/** The files and commands that a page shows, to be run unchanged. */
import { readFileSync } from "node:fs";

export interface SampleFile {
  readonly name: string;
  readonly text: string;
}

const readBlocks = (page: string, languages: string): string[] =>
  [...readFileSync(page, "utf8").matchAll(new RegExp(`^\`\`\`(?:${languages})\\n(.*?)^\`\`\``, "gms"))].map(
    ([, text = ""]) => text,
  );

/** The code blocks whose first line is a comment with a file name. */
export const readSampleFiles = (page: string): SampleFile[] =>
  readBlocks(page, "js|ts|mjs|cjs|yaml").flatMap((text) => {
    const [, name] = /^(?:\/\/|#) ([\w./-]+\.\w+)$/m.exec(text.split("\n", 1)[0] ?? "") ?? [];
    return name === undefined ? [] : [{ name, text }];
  });

/** The lines of the page's shell blocks. */
export const readShellLines = (page: string): string[] =>
  readBlocks(page, "sh").flatMap((text) => text.trimEnd().split("\n"));
