/** How the command line is called where it runs, and examples that can be pasted there. */
import type { Command } from "commander";
import { roomBeside, wrap } from "./table.ts";
import { paint } from "./terminal.ts";

/** Published, it is JavaScript that npx finds; in the repository it is TypeScript behind an npm script. */
const published = !import.meta.filename.endsWith(".ts");

/** What stands in front of a command's name. `-s` keeps npm's own lines out of what is printed. */
export const called = published ? "npx pesarail" : "npm run -s pesarail --";

/** How somebody starts a server. */
export const howToStart = published ? "npx pesarail start" : "npm start";

const examples = new WeakMap<Command, readonly string[]>();
const words = new WeakMap<Command, string>();

/**
 * Puts words and examples under a command's options. An example is what follows the program's name, without it;
 * one that begins with `$ ` is a line of shell, in which `pesarail` stands for the program.
 */
export function explain(command: Command, says: string, ...lines: readonly string[]): Command {
  words.set(command, says);
  examples.set(command, lines);
  const shown = lines.map((line) => `  ${asTyped(line)}`).join("\n");
  const heading = lines.length === 1 ? "Example:" : "Examples:";
  return command.addHelpText("after", () =>
    [
      ...(says === "" ? [] : [`\n${filled(says)}`]),
      ...(lines.length === 0 ? [] : [`\n${paint("strong", heading)}\n${shown}`]),
    ].join("\n"),
  );
}

/** Paragraphs as wide as the terminal, and no wider than is good to read. What is moved in stays as it is. */
function filled(text: string): string {
  const width = Math.min(roomBeside(0), 100);
  const paragraphs = text
    .split("\n\n")
    .map((part) => (part.startsWith("  ") ? part : wrap(part.replaceAll("\n", " "), width).join("\n")));
  return paragraphs.join("\n\n");
}

/** An example as it is typed here, or with another program in front. */
export function asTyped(line: string, program: string = called): string {
  return line.startsWith("$ ") ? line.slice(2).replaceAll("pesarail ", `${program} `) : `${program} ${line}`;
}

export const examplesOf = (command: Command): readonly string[] => examples.get(command) ?? [];
export const wordsOf = (command: Command): string => words.get(command) ?? "";
