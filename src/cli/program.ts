/** A program without commands yet: how its help looks, and how it says that it was not understood. */
import { Command } from "commander";
import { version } from "../core/version.ts";
import { style } from "./terminal/styles.ts";

export function createBareProgram(): Command {
  const hint = (text: string): string => style("hint", text);
  return new Command("pesarail")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "explain it, with examples")
    .helpCommand(false)
    .showHelpAfterError("Try --help.")
    .configureHelp({
      // Every command has options; what it wants besides is worth its room.
      subcommandTerm: (command) =>
        `${command.name()} ${command.usage().replace(/\[options\] ?|\[command\] ?/g, "")}`.trimEnd(),
      styleTitle: (text) => style("strong", text),
      styleCommandText: hint,
      styleSubcommandText: hint,
      styleOptionText: hint,
      styleArgumentText: hint,
    })
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "pesarail: ")) })
    .exitOverride();
}
