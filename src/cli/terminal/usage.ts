/** How the command line is called where it runs, and examples that can be pasted there. */
import type { Command } from "commander";
import { columnsLeft, wrapText } from "./table.ts";
import { style } from "./styles.ts";

/** Published, it is JavaScript that npx finds; in the repository it is TypeScript behind an npm script. */
const isPublished = !import.meta.filename.endsWith(".ts");

/** What stands in front of a command's name. `-s` keeps npm's own lines out of what is printed. */
export const commandPrefix = isPublished ? "npx pesarail" : "npm run -s pesarail --";

/** How somebody starts a server. */
export const startCommand = isPublished ? "npx pesarail start" : "npm start";

const examples = new WeakMap<Command, readonly string[]>();
const helpTexts = new WeakMap<Command, string>();

/**
 * Puts words and examples under a command's options. An example is what follows the program's name, without it;
 * one that begins with `$ ` is a line of shell, in which `pesarail` stands for the program.
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

/** Paragraphs as wide as the terminal, and no wider than is good to read. What is moved in stays as it is. */
function wrapParagraphs(text: string): string {
  const width = Math.min(columnsLeft(0), 100);
  const paragraphs = text
    .split("\n\n")
    .map((part) => (part.startsWith("  ") ? part : wrapText(part.replaceAll("\n", " "), width).join("\n")));
  return paragraphs.join("\n\n");
}

/** An example as it is typed here, or with another program in front. */
export function formatExample(line: string, program: string = commandPrefix): string {
  return line.startsWith("$ ") ? line.slice(2).replaceAll("pesarail ", `${program} `) : `${program} ${line}`;
}

export const getExamples = (command: Command): readonly string[] => examples.get(command) ?? [];
export const getHelpText = (command: Command): string => helpTexts.get(command) ?? "";
