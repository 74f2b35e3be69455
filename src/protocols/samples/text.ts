/** The texts that the samples of all protocols and languages share. */
import { sandboxMarker } from "./spellings.ts";

/** Wraps text to lines of at most `width` characters. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

const commentWidth = 92;

export interface HeaderText {
  /** What the sample does, in sentences. */
  readonly description: string;
  /** What is needed to run it; continues "Needs". */
  readonly needs: string;
  /** Where the file will be, and its name there. */
  readonly path: string;
  readonly fileName: string;
  /** The command that runs a file. */
  run(path: string): string;
}

/** The lines of a file's header comment, without comment marks. */
export const renderHeader = ({ description, needs, path, fileName, run }: HeaderText): string[] => [
  ...wrap(description, commentWidth),
  "",
  ...wrap(`Needs ${needs}`, commentWidth),
  "",
  // A path with other characters would need quotes, and could end the comment.
  ...run(/^[\w./-]+$/.test(path) ? path : fileName)
    .split("\n")
    .map((line) => `  ${line}`),
];

/** The lines of a comment before a step. */
export const renderComment = (comment: string | null, commentMark: string): string[] =>
  comment === null
    ? []
    : wrap(comment, commentWidth - commentMark.length).map((line) => `${commentMark} ${line}`);

/** The comment that says where the values of an unfilled sample come from. */
export const renderSandboxNote = (commentMark: "#" | "//"): string[] => [
  `${commentMark} Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. ${sandboxMarker}`,
  `${commentMark} Put your own value into each line that ends with a name in double braces. ${sandboxMarker}`,
];

/** These lines, each with `{{SANDBOX}}` at the end. */
export const sandboxLines = (commentMark: "#" | "//", lines: readonly string[]): string[] =>
  lines.map((line) => `${line}${commentMark === "#" ? "  " : " "}${commentMark} ${sandboxMarker}`);

/** `C2bSingleStage`, for languages that name files after classes. */
export const toPascalCase = ({ name }: { readonly name: string }): string =>
  name.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());

/** `stkPush` as `stk-push`. */
export const toKebabCase = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
