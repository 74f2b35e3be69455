/** A program without commands: the layout of help, and the format of usage errors. */
import { Command } from "commander";
import { version } from "../core/version.ts";
import { style } from "./terminal/styles.ts";

export function createBareProgram(): Command {
  const hint = (text: string): string => style("hint", text);
  return new Command("pesarail")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help and examples")
    .helpCommand(false)
    .showHelpAfterError("Try --help.")
    .configureHelp({
      // Every command has options, so the list of commands omits `[options]`.
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
