/**
 * `pesarail start`: runs the server in the foreground until Ctrl-C.
 *
 * Its options are settings. `src/main.ts` parses them, so that `npm start -- --port 9000` and the published
 * program, which runs that file directly, accept the same options.
 */
import { CommanderError, InvalidArgumentError, type Command } from "commander";
import { settings } from "../../../config/settings.ts";
import { silence, useJson } from "../../../app/startup-output.ts";
import { SettingError, type Parser } from "../../../config/parsers.ts";
import { addHelp } from "../../terminal/usage.ts";
import { exitCodes } from "../../terminal/exit-codes.ts";
import { createBareProgram } from "../../program.ts";

const helpText = `The options can also be given as environment variables; docs/settings.md lists all settings.
The first start creates the data folder and a PostgreSQL in it. When the server is ready, sandbox.json in that
folder contains everything a client needs; \`pesarail keys\` shows it. --json prints one line when the server is
ready, without secrets, and otherwise only the log.

Ctrl-C stops the server. The exit code is then 0; it is 1 if the server could not start or had to stop.`;

interface Options {
  readonly json?: true;
  readonly quiet?: true;
}

export function addStart(program: Command): void {
  const start = program
    .command("start")
    .description("run the server until Ctrl-C")
    .option(
      "-p, --port <number>",
      `the port for HTTP (PORT, default ${settings.PORT.default})`,
      createSettingParser("PORT"),
    )
    .option(
      "--https-port <number>",
      `the port for HTTPS, or off (HTTPS_PORT, default ${settings.HTTPS_PORT.default})`,
      createSettingParser("HTTPS_PORT"),
    )
    .option(
      "--host <address>",
      `the address to listen on; 0.0.0.0 means all (HOST, default ${settings.HOST.default})`,
      createSettingParser("HOST"),
    )
    .option(
      "-d, --data <folder>",
      `the data folder (DATA_DIR, default ${settings.DATA_DIR.default})`,
      createSettingParser("DATA_DIR"),
    )
    .option(
      "--database <url>",
      "your own PostgreSQL instead of the embedded one (DATABASE_URL)",
      createSettingParser("DATABASE_URL"),
    )
    .option("-q, --quiet", "print only warnings and errors")
    .option("--json", "print one line of JSON when ready, instead of text")
    .action((options: Options) => {
      if (options.json === true) useJson();
      else if (options.quiet === true) silence();
    });
  addHelp(
    start,
    helpText,
    "start",
    "start --port 9000 --https-port off --data ~/pesarail",
    "start --database postgres://pesarail@localhost/pesarail",
  );
}

/** Validates an option as its setting, and sets the environment variable. */
function createSettingParser(name: keyof typeof settings): (text: string) => string {
  const parse: Parser<unknown> = settings[name].parse;
  return (text) => {
    try {
      parse(text, name);
    } catch (error) {
      if (error instanceof SettingError) throw new InvalidArgumentError(error.message);
      throw error;
    }
    process.env[name] = text;
    return text;
  };
}

/** Parses the server's arguments into settings. Returns an exit code after help or a usage error. */
export function parseArguments(args: readonly string[]): number | null {
  const program = createBareProgram();
  addStart(program);
  try {
    program.parse(["start", ...args], { from: "user" });
    return null;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
  }
}
