/** The command prefix for the current installation, and the examples in help. */
import type { Command } from "commander";
import { columnsLeft, wrapText } from "./table.ts";
import { style } from "./styles.ts";

/** The published package is JavaScript, run by npx. The repository is TypeScript, run by an npm script. */
const isPublished = !import.meta.filename.endsWith(".ts");

/** The prefix of every command. `-s` suppresses npm's own output. */
export const commandPrefix = isPublished ? "npx pesarail" : "npm run -s pesarail --";

/** The command that starts a server. */
export const startCommand = isPublished ? "npx pesarail start" : "npm start";

const examples = new WeakMap<Command, readonly string[]>();
const helpTexts = new WeakMap<Command, string>();

/**
 * Adds text and examples below a command's options. An example omits the program's name; one that starts with
 * `$ ` is a shell line in which `pesarail` stands for the program.
 */
export function addHelp(command: Command, text: string, ...lines: readonly string[]): Command {
  helpTexts.set(command, text);
  examples.set(command, lines);
  const exampleLines = lines.map((line) => `  ${formatExample(line)}`).join("\n");
  const heading = lines.length === 1 ? "Example:" : "Examples:";
  return command.addHelpText("after", () =>
    [
      ...(text === "" ? [] : [`\n${wrapParagraphs(text)}`]),
      ...(lines.length === 0 ? [] : [`\n${style("strong", heading)}\n${exampleLines}`]),
    ].join("\n"),
  );
}

/** Wraps paragraphs to the width of the terminal, at most 100 columns. Indented text stays as it is. */
function wrapParagraphs(text: string): string {
  const width = Math.min(columnsLeft(0), 100);
  const paragraphs = text
    .split("\n\n")
    .map((part) => (part.startsWith("  ") ? part : wrapText(part.replaceAll("\n", " "), width).join("\n")));
  return paragraphs.join("\n\n");
}

/** An example with this installation's prefix, or another program in its place. */
export function formatExample(line: string, program: string = commandPrefix): string {
  return line.startsWith("$ ") ? line.slice(2).replaceAll("pesarail ", `${program} `) : `${program} ${line}`;
}

export const getExamples = (command: Command): readonly string[] => examples.get(command) ?? [];
export const getHelpText = (command: Command): string => helpTexts.get(command) ?? "";
